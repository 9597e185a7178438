import assert from 'node:assert/strict';
import {test} from 'node:test';
import {overhear, run, send, soon, surroundings} from './browser.mjs';
import {openMap} from './leaflet.mjs';

const WORDS = {in: 'Zoom in', out: 'Zoom out', close: 'Close'};
const VIEW = {south: -56, north: 72, west: -169, east: 191, title: 'Map: Japan', credits: 'GeoNames', words: WORDS};
const SQUARE = [13000, 3000, 1000, 0, 0, 1000, -1000, 0]; // 130 to 140 E, 30 to 40 N, in steps of hundredths
const COUNTRIES = [
  ['JP', 'Japan', [135, 35], [[SQUARE]]],
  ['VA', 'Vatican City', [12.45, 41.9], [1245, 4190]],
];
const JAPAN = {code: 'JP', name: 'Japan <b>', share: 0.9, text: '90 %', path: ['Japan <b>']};
const ABOUT = {
  rank: 1,
  place: 'Nagasaki, Japan',
  name: 'Nagasaki',
  share: '60 %',
  label: 'Guess 1: Nagasaki',
  path: ['Japan', 'Nagasaki'],
  rows: [
    ['Share', '60 %'],
    ['Caption', '“<img src=x> in Japan”'],
  ],
};

function opened() {
  const {window, L, map} = openMap({maxZoom: 9});
  const {document} = window;
  const parent = document.querySelector('iframe').contentWindow;
  const sent = overhear(parent);
  const given = {...surroundings(window), L, parent, ResizeObserver: window.ResizeObserver};
  const {streetclip} = run('map.js', given, ['streetclip']);
  streetclip.outlines(COUNTRIES);
  streetclip.land(map, VIEW);
  const hear = (data, source = parent) => send(window, source, data);
  return {window, document, L, map, streetclip, sent, hear};
}

function withGuess(point = [32.75, 129.88]) {
  const page = opened();
  const {L, map, streetclip} = page;
  const html = '<span class="guess-lead"></span><span class="guess-name"></span><span class="guess-disc">1</span>';
  const marker = L.marker(point, {icon: L.divIcon({html, iconSize: [0, 0], className: 'guess first'})});
  streetclip.guess(marker, ABOUT);
  marker.addTo(map);
  return {...page, marker};
}

test('a country is drawn from its steps, where it lies', () => {
  const {document, L} = opened();
  const {d} = [...document.querySelectorAll('path.land')].map((path) => ({d: path.getAttribute('d')}))[0];
  const corner = L.CRS.EPSG3857.latLngToPoint(L.latLng(30, 130), 0);
  assert.ok(d.startsWith(`M${corner.x.toFixed(4)} ${corner.y.toFixed(4)}L`));
  assert.equal(d.split('L').length, 4);
});

test('the map says what it is to those who do not see it', () => {
  const {map} = opened();
  assert.equal(map.getContainer().getAttribute('aria-label'), 'Map: Japan');
});

test('a country speaks its share in its tooltip, as text and never as HTML', () => {
  const {document, map, streetclip} = opened();
  streetclip.shares([JAPAN]).addTo(map);
  const shape = document.querySelector('path.share');
  assert.equal(shape.getAttribute('aria-label'), 'Japan <b>: 90 %');
  map.eachLayer((layer) => layer.path && layer.openTooltip());
  const tooltip = document.querySelector('.leaflet-tooltip');
  assert.equal(tooltip.textContent, 'Japan <b> 90 %');
  assert.equal(tooltip.querySelector('b'), null);
});

test('a likely country is the stronger the larger its share, by the root', () => {
  const {document, map, streetclip} = opened();
  streetclip.shares([{...JAPAN, share: 0.25}]).addTo(map);
  assert.equal(Number(document.querySelector('path.share').getAttribute('fill-opacity')), 0.375);
});

test('a country without an outline here is left out', () => {
  const {document, map, streetclip} = opened();
  streetclip.shares([{...JAPAN, code: 'XX'}]).addTo(map);
  assert.equal(document.querySelector('path.share'), null);
});

test('a click on a country or a marker tells the page its path', () => {
  const {map, marker, sent, streetclip} = withGuess();
  streetclip.shares([JAPAN]).addTo(map);
  map.eachLayer((layer) => layer.path?.length === 1 && layer.fire('click'));
  marker.fire('click');
  assert.deepEqual(sent, [
    {streetclip: 'chosen', path: ['Japan <b>']},
    {streetclip: 'chosen', path: ['Japan', 'Nagasaki']},
  ]);
});

test('a popup lists what is known of a guess, as text', () => {
  const {document, marker} = withGuess();
  marker.openPopup();
  const popup = document.querySelector('.leaflet-popup-content');
  assert.equal(popup.querySelector('h2').textContent, '1. Nagasaki, Japan');
  assert.deepEqual(
    [...popup.querySelectorAll('dt')].map((term) => term.textContent),
    ['Share', 'Caption'],
  );
  assert.equal(popup.querySelector('img'), null);
  assert.equal(marker.getElement().getAttribute('aria-label'), 'Guess 1: Nagasaki');
  assert.equal(document.querySelector('.guess-name').textContent, 'Nagasaki 60 %');
});

test('a guess that is focused opens its popup', () => {
  const {hear, marker} = withGuess();
  hear({streetclip: 'focus', path: ['Japan', 'Nagasaki'], point: [32.75, 129.88]});
  assert.ok(marker.isPopupOpen());
});

test('a place without a marker is named where it lies, the last one only', () => {
  const {document, hear, map} = opened();
  hear({streetclip: 'focus', path: ['Japan', 'Gone'], point: [33, 130]});
  hear({streetclip: 'focus', path: ['Chile', 'Santiago'], point: [-33.45, -70.67]});
  assert.deepEqual(
    [...document.querySelectorAll('.leaflet-tooltip')].map((tip) => tip.textContent),
    ['Santiago'],
  );
  assert.ok(Math.abs(map.getCenter().lng + 70.67) < 0.1);
});

test('the theme is set when the page says so, and another window is not heard', () => {
  const {document, hear, window} = opened();
  hear({streetclip: 'theme', theme: 'dark'}, window);
  assert.equal(document.documentElement.dataset.theme, undefined);
  hear({streetclip: 'theme', theme: 'dark'});
  assert.equal(document.documentElement.dataset.theme, 'dark');
});

test('a disc that would cover a better one moves aside, and its line leads back', async () => {
  const {L, map, marker, streetclip} = withGuess();
  const second = L.marker([32.7, 129.9], {
    icon: L.divIcon({html: '<span class="guess-disc">2</span>', iconSize: [0, 0], className: 'guess'}),
  });
  streetclip.guess(second, {...ABOUT, rank: 2, path: ['Japan', 'Omura']});
  second.addTo(map);
  await soon();
  const lead = (one) => Number.parseFloat(one.getElement().style.getPropertyValue('--lead'));
  assert.equal(lead(marker), 0);
  assert.ok(lead(second) >= 18);
});

test('countries are named where there is room: likely ones with their share', async () => {
  const {document, map, streetclip} = opened();
  map.setView([35, 135], 5, {animate: false});
  streetclip.shares([{...JAPAN, name: 'Japan'}]).addTo(map);
  await soon();
  const names = [...document.querySelectorAll('.name')].map((name) => [name.textContent, name.className]);
  assert.deepEqual(names, [['Japan 90 %', 'name likely']]);
});

test('another map finds nothing of the one before', () => {
  const {L, document, sent, streetclip, hear} = withGuess();
  streetclip.clear();
  const map = L.map(document.querySelector('#map')).setView([0, 0], 2);
  streetclip.land(map, VIEW);
  hear({streetclip: 'focus', path: ['Japan', 'Nagasaki'], point: null});
  assert.equal(document.querySelector('.leaflet-popup'), null);
  assert.deepEqual(sent, []);
});
