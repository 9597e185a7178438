// Leaflet itself, of the version that the app ships, on a map of 640 x 400 pixels.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {open} from './browser.mjs';

const LEAFLET = readFileSync(createRequire(import.meta.url).resolve('leaflet'), 'utf-8');

export function openLeaflet() {
  const window = open('<div id="map"></div><iframe></iframe>');
  window.eval(LEAFLET);
  const {L} = window;
  L.HeatLayer = L.Layer.extend({_redraw() {}}); // Folium brings it
  L.Map.addInitHook(function () {
    this._size = L.point(640, 400); // jsdom lays nothing out
    this._sizeChanged = false;
  });
  return {window, L};
}

export function openMap(options = {}) {
  const {window, L} = openLeaflet();
  const maxBounds = [
    [-85, -169],
    [85, 191],
  ];
  const animations = {zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false};
  const map = L.map(window.document.querySelector('#map'), {...animations, maxBounds, zoomSnap: 0, ...options});
  map.setView([0, 11], 3, {animate: false});
  return {window, L, map};
}
