import assert from 'node:assert/strict';
import {test} from 'node:test';
import {overhear, run, send, surroundings} from './browser.mjs';
import {openMap} from './leaflet.mjs';

function opened() {
  const {window, L, map} = openMap();
  const parent = window.document.querySelector('iframe').contentWindow;
  const sent = overhear(parent);
  const timers = [];
  const setTimeout = (then) => timers.push(then);
  const {lessonMap} = run('lesson_map.js', {...surroundings(window), L, parent, setTimeout}, ['lessonMap']);
  lessonMap(map, {html: '<svg></svg>', pin: 'Your pin'});
  const pin = () =>
    Object.values(map._layers)
      .find((layer) => layer instanceof L.Marker)
      ?.getLatLng();
  const press = (key, options = {}) => {
    const event = new window.KeyboardEvent('keydown', {key, bubbles: true, cancelable: true, ...options});
    map.getContainer().dispatchEvent(event);
    return event.defaultPrevented;
  };
  const place = (latitude, longitude, source = parent) =>
    send(window, source, {streetclip: 'place', latitude, longitude});
  return {window, L, map, sent, timers, pin, press, place};
}

test('a click puts the pin there and tells the page', () => {
  const {L, map, pin, sent} = opened();
  map.fire('click', {latlng: L.latLng(36, 138)});
  assert.deepEqual([pin().lat, pin().lng], [36, 138]);
  assert.deepEqual(sent, [{streetclip: 'placed', latitude: 36, longitude: 138}]);
});

test('beyond 180 degrees the page is told the longitude that people use', () => {
  const {L, map, sent} = opened();
  map.fire('click', {latlng: L.latLng(65, 190)});
  assert.deepEqual(sent, [{streetclip: 'placed', latitude: 65, longitude: -170}]);
});

test('a place the page names stands in the map, at its edge if it must, and is not told back', () => {
  const {pin, place, sent} = opened();
  place(48.8566, 2.3522);
  assert.equal(pin().lat, 48.8566);
  assert.ok(Math.abs(pin().lng - 2.3522) < 1e-9);
  place(90, -175); // the map shows from 169 degrees west eastward
  assert.deepEqual([pin().lat, pin().lng], [85, 185]);
  assert.deepEqual(sent, []);
});

test('what is no place, or comes from elsewhere, puts no pin', () => {
  const {pin, place, window} = opened();
  place(91, 0);
  place(0, 181);
  place('north', 0);
  place(1, 1, window);
  assert.equal(pin(), undefined);
});

test('the first arrow key puts the pin in the middle, the next ones move it, with Shift a little', () => {
  const {map, pin, press, sent, timers} = opened();
  const x = () => map.latLngToContainerPoint(pin()).x;
  assert.ok(press('ArrowRight'));
  const middle = x();
  assert.ok(Math.abs(middle - map.getSize().x / 2) <= 1);
  press('ArrowRight');
  assert.ok(Math.abs(x() - middle - 24) <= 1);
  press('ArrowLeft', {shiftKey: true});
  assert.ok(Math.abs(x() - middle - 21) <= 1);
  assert.deepEqual(sent, []); // while keys are pressed the page is not told
  timers.at(-1)();
  assert.equal(sent.length, 1);
});

test('other keys, and keys of the browser, are not taken', () => {
  const {pin, press} = opened();
  assert.ok(!press('a'));
  assert.ok(!press('ArrowUp', {ctrlKey: true}));
  assert.equal(pin(), undefined);
});

test('plus and minus zoom', () => {
  const {map, press} = opened();
  const before = map.getZoom();
  press('+');
  assert.equal(map.getZoom(), before + 1);
  press('-');
  assert.equal(map.getZoom(), before);
});
