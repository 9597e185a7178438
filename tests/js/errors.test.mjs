// The walk through errors: the list in the page and the lines on the map, each with its half of what they tell one another.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {component, open, overhear, run, send, surroundings} from './browser.mjs';
import {openMap} from './leaflet.mjs';

const NAME = '<img src=x onerror=alert(1)>';
const ROWS = [
  [NAME, 35, 139, -33, 151, 7826.4, 'JP', 'Asia'],
  ['b', -1, 36, -1, 36, 0, 'KE', 'Africa'],
  ['c', 48, 2, null, null, null, 'FR', 'Europe'],
];
const WALK = {
  rows: ROWS,
  groups: {continent: {Asia: [['1', '']]}, country: {JP: [['1', '']], KE: [['2', '(1 to 3)']]}},
  names: {continent: {Asia: 'Asia'}, country: {JP: 'Japan', KE: 'Kenya', FR: 'France'}},
};
const SENTENCES = {
  shown: '{shown} of {count}',
  none: 'no answer',
  said: '{id}: {true}, {answer}, {distance}',
  silent: '{id}: {true}, silent',
  continents: 'Continents',
  countries: 'Countries',
  everywhere: 'everywhere',
};

function opened() {
  const window = open(
    '<div id="errors-map"><iframe></iframe></div><p id="errors-note"><p></p></p><div id="walk"></div>',
  );
  const {document} = window;
  const element = document.querySelector('#walk');
  const page = component(window, element);
  const frame = document.querySelector('iframe').contentWindow;
  const sent = overhear(frame);
  run('errors.js', page.given);
  const holder = document.createElement('div');
  holder.className = 'walk';
  Object.assign(holder.dataset, SENTENCES, {walk: JSON.stringify(WALK)});
  holder.innerHTML =
    '<select></select><p class="count"></p><ol></ol><p class="at"></p><button data-step="-1"></button>' +
    '<button data-step="1"></button><table><tr><th class="chosen" hidden></th></tr><tr><td class="chosen" hidden></td></tr></table>';
  element.append(holder);
  page.change('new');
  const press = (key) => {
    const at = element.querySelector('[aria-current]');
    at.dispatchEvent(new window.KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
  };
  const part = (selector) => element.querySelector(selector);
  return {window, element, frame, sent, press, part};
}

test('the list has every error, and what a file holds is text', () => {
  const {element, sent, part} = opened();
  assert.equal(element.querySelectorAll('ol button').length, 3);
  assert.equal(element.querySelector('img'), null);
  assert.ok(part('ol').textContent.includes(NAME));
  assert.equal(part('.count').textContent, '3 of 3');
  assert.deepEqual(sent.at(-1), {streetclip: 'errors', at: 0, lines: [[35, 139, -33, 151], [-1, 36, -1, 36], null]});
});

test('the arrow keys and the buttons go from error to error, and no further than the last', () => {
  const {element, sent, press, part} = opened();
  press('ArrowDown');
  assert.equal(part('[aria-current]').dataset.index, '1');
  assert.equal(element.ownerDocument.activeElement, part('[aria-current]'));
  assert.deepEqual(sent.at(-1), {streetclip: 'errors', at: 1, lines: undefined});
  press('End');
  assert.equal(part('.at').textContent, 'c: 48.0000 / 2.0000, silent');
  press('ArrowDown');
  assert.equal(part('[aria-current]').dataset.index, '2');
  assert.ok(part('[data-step="1"]').disabled);
  part('[data-step="-1"]').click();
  assert.equal(part('[aria-current]').dataset.index, '1');
  assert.equal(element.querySelectorAll('ol [tabindex="0"]').length, 1);
});

test('a filter leaves the errors of a place, with its figures beside those of all', () => {
  const {window, element, sent, part} = opened();
  part('select').value = 'country KE';
  part('select').dispatchEvent(new window.Event('change', {bubbles: true}));
  assert.equal(element.querySelectorAll('ol button').length, 1);
  assert.deepEqual(sent.at(-1).lines, [[-1, 36, -1, 36]]);
  assert.deepEqual(
    [...element.querySelectorAll('.chosen')].map((cell) => [cell.hidden, cell.textContent]),
    [
      [false, 'Kenya'],
      [false, '2 (1 to 3)'],
    ],
  );
});

test('a map that is new is given the lines, and a click on one goes to its error', () => {
  const {window, frame, sent, part} = opened();
  send(window, frame, {streetclip: 'lacking'});
  assert.equal(sent.at(-1).lines.length, 3);
  send(window, window, {streetclip: 'error', at: 1}); // from elsewhere
  assert.equal(part('[aria-current]').dataset.index, '0');
  send(window, frame, {streetclip: 'error', at: 1});
  assert.equal(part('[aria-current]').dataset.index, '1');
});

// The map

function openedMap() {
  const {window, L, map} = openMap();
  const parent = window.document.querySelector('iframe').contentWindow;
  const sent = overhear(parent);
  const {errorMap} = run('error_map.js', {...surroundings(window), L, parent}, ['errorMap']);
  errorMap(map, {truth: '<svg></svg>', model: '<svg></svg>'});
  const lines = () => {
    const found = [];
    map.eachLayer((layer) => layer instanceof L.Polyline && found.push(layer));
    return found;
  };
  const tell = (fields, source = parent) => send(window, source, {streetclip: 'errors', ...fields});
  return {window, L, map, sent, lines, tell};
}

test('a line goes over the globe, in two pieces where it leaves the map', () => {
  const {sent, lines, tell} = openedMap();
  assert.deepEqual(sent, [{streetclip: 'lacking'}]);
  tell({lines: [[0, 0, 0, 90]], at: 5});
  assert.equal(lines().length, 1);
  const points = lines()[0].getLatLngs();
  assert.ok(points.length > 40);
  assert.ok(points.every(({lat}) => Math.abs(lat) < 1e-9)); // the equator
  tell({lines: [[60, 10, 60, -170]], at: 5}); // over the pole, which the map does not have
  assert.ok(
    lines()[0]
      .getLatLngs()
      .every(({lat}) => lat <= 85),
  );
  tell({lines: [[-18, 178, 37, -122]], at: 5}); // Fiji to San Francisco: it leaves at 191 degrees
  assert.equal(lines().length, 2);
});

test('the marked error is in view, and a click on another line tells the page', () => {
  const {L, map, sent, lines, tell} = openedMap();
  tell({
    lines: [
      [35, 139, 34, 135],
      [-1, 36, 6, 3],
    ],
    at: 0,
  });
  assert.ok(map.getBounds().contains([35, 139]));
  assert.ok(!map.getBounds().contains([6, 3]));
  tell({at: 1});
  assert.ok(map.getBounds().contains([6, 3]));
  assert.equal(lines().filter((line) => line.options.className === 'error at').length, 1);
  lines()[0].fire('click', {latlng: L.latLng(35, 139)});
  assert.deepEqual(sent.at(-1), {streetclip: 'error', at: 0});
});

test('what is no line, or comes from elsewhere, draws nothing', () => {
  const {window, lines, tell} = openedMap();
  tell({lines: [null, [91, 0, 0, 0], ['a', 0, 0, 0], [1, 2]], at: 0});
  tell({lines: [[0, 0, 1, 1]], at: 0}, window);
  assert.equal(lines().length, 0);
});
