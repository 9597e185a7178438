import assert from 'node:assert/strict';
import {test} from 'node:test';
import {run, send, surroundings} from './browser.mjs';
import {openMap} from './leaflet.mjs';

function opened() {
  const {window, L, map} = openMap();
  const parent = window.document.querySelector('iframe').contentWindow;
  const {classMap} = run('class_map.js', {...surroundings(window), L, parent}, ['classMap']);
  classMap(map);
  const spots = () =>
    Object.values(map._layers)
      .filter((layer) => layer instanceof L.CircleMarker)
      .map((layer) => [layer.getLatLng().lat, layer.getLatLng().lng]);
  const tell = (pins, source = parent) => send(window, source, {streetclip: 'pins', pins});
  return {window, spots, tell};
}

test('pins stand on the map as they are told, and no other', () => {
  const {spots, tell, window} = opened();
  const first = [
    [10, 20],
    [-33, 151],
  ]; // prettier-ignore
  tell(first);
  assert.deepEqual(spots(), first);
  tell([[0, -175]]);
  assert.deepEqual(spots(), [[0, 185]]); // the map shows from 169 degrees west eastward
  tell([[1, 1]], window); // not from the page
  tell('nothing');
  tell([
    [91, 0],
    [89, 0],
    ['north', 0],
  ]); // prettier-ignore
  assert.deepEqual(spots(), [[85, 0]]);
});
