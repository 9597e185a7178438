import assert from 'node:assert/strict';
import {test} from 'node:test';
import {component, open, overhear, run, send} from './browser.mjs';

function opened() {
  const window = open('<div id="lesson-map"><iframe></iframe></div><iframe id="other"></iframe>');
  const element = window.document.querySelector('#lesson-map');
  const page = component(window, element);
  const map = element.querySelector('iframe').contentWindow;
  const sent = overhear(map);
  run('guess.js', page.given);
  return {...page, window, map, sent, placed: (where) => send(window, map, {streetclip: 'placed', ...where})};
}

test('a pin is told to the listener, its longitude within half a turn', () => {
  const {placed, triggered} = opened();
  placed({latitude: 36, longitude: 138});
  placed({latitude: -41, longitude: 190});
  placed({latitude: 0, longitude: -545});
  const told = [
    [36, 138],
    [-41, -170],
    [0, 175],
  ];
  assert.deepEqual(
    triggered,
    told.map(([latitude, longitude]) => ['click', {latitude, longitude}]),
  );
});

test('what is no place, or comes from elsewhere, is not heard', () => {
  const {map, placed, triggered, window} = opened();
  placed({latitude: 91, longitude: 0});
  placed({latitude: '36', longitude: 138});
  placed({latitude: Number.NaN, longitude: 0});
  placed({latitude: 36});
  const other = window.document.querySelector('#other').contentWindow;
  for (const source of [other, null, window]) send(window, source, {streetclip: 'placed', latitude: 1, longitude: 1});
  send(window, map, 'placed');
  send(window, map, null);
  assert.deepEqual(triggered, []);
});

test('a typed place is told to the map', () => {
  const {sent, window} = opened();
  window.document.dispatchEvent(new window.CustomEvent('lesson-pin', {detail: '48.8566 2.3522'}));
  assert.deepEqual(sent, [{streetclip: 'place', latitude: 48.8566, longitude: 2.3522}]);
});
