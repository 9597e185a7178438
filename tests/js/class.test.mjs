import assert from 'node:assert/strict';
import {test} from 'node:test';
import {open, run, soon, surroundings} from './browser.mjs';

const WORDS = {
  said: {},
  PHONE_HELP: 'Tap',
  PHONE_SENT: 'Sent: {place}',
  PHONE_SEA: 'the sea',
  PHONE_NO_PIN: 'None',
  PHONE_AWAY: '{distance} away',
  ROOM_RIGHT_SHARE: '{share} right',
  PHONE_CLASS: '{pins} pins, {distance}, {share}',
  PHONE_MODEL: '{model}: {place}, {distance}',
  PHONE_WAIT: 'Wait',
  PHONE_OFFLINE: 'Offline',
  PIN_AT: 'Pin: {position}',
  QUESTION_NUMBER: '{number} of {count}',
  IT_WAS: 'It was {place}',
  UNDER_A_KILOMETRE: 'less than 1 km',
  ROOM_CLOSED: 'Closed',
};
const QUESTION = {number: 0, count: 2, question: 'Where?', credit: 'By a test'};
// A square country round 0, 0, five degrees to each side, with a hole in its middle, and one that is a dot.
const SQUARE = [-250, -250, 500, 0, 0, 500, -500, 0];
const HOLE = [-50, -50, 100, 0, 0, 100, -100, 0];
const MAP = {grid: 50, countries: {FR: [SQUARE, HOLE], MC: [[370, 2187]]}};
const NAMES = [
  'distanceKm',
  'isInside',
  'ringsOf',
  'north',
  'latitudeAt',
  'kilometres',
  'memory',
  'view',
  'put',
  'zoom',
];

// The page of a phone; `answers` are those to what it sends, `kept` what an earlier visit left.
async function phone({kept, pin = {ok: true}, state} = {}) {
  const ids = ['question', 'number', 'credit', 'status', 'result'].map((id) => `<p id="${id}"></p>`).join('');
  const window = open(
    `${ids}<div id="told"></div><img id="photo"><svg id="world"></svg><button id="in"></button><button id="out"></button>` +
      '<button id="send" disabled></button>',
    {url: 'https://example.org/demo/class/ABC234/'},
  );
  const {document} = window;
  document.documentElement.lang = 'en';
  document.body.dataset.words = JSON.stringify(WORDS);
  const asked = [];
  const streams = [];
  class EventSource {
    constructor(url) {
      Object.assign(this, {url, heard: {}, readyState: 1, close: () => asked.push('close')});
      streams.push(this);
    }
    addEventListener(name, then) {
      this.heard[name] = then;
    }
  }
  const fetch = async (url, {body} = {}) => {
    asked.push(body ? [url, JSON.parse(body)] : url);
    if (url.endsWith('/map')) return {ok: true, json: async () => MAP};
    return url.endsWith('/pin') ? pin : state;
  };
  const box = {};
  const localStorage = {getItem: () => kept ?? null, setItem: (key, value) => Object.assign(box, {[key]: value})};
  const given = {...surroundings(window), fetch, EventSource, localStorage, crypto: globalThis.crypto};
  const own = run('class/class.js', {...given, ResizeObserver: window.ResizeObserver, setTimeout: () => {}}, NAMES);
  await soon();
  const at = (id) => document.getElementById(id);
  const hear = (said) => streams[0].heard.message({data: JSON.stringify(said)});
  return {...own, window, at, asked, streams, hear, box, says: () => at('status').textContent};
}

test('it asks below its own path, whatever a proxy takes off, for map, events and photo', async () => {
  const {asked, at, hear, streams} = await phone();
  hear(QUESTION);
  assert.deepEqual(asked, ['/demo/class/ABC234/map']);
  assert.equal(streams[0].url, '/demo/class/ABC234/events');
  assert.equal(at('photo').getAttribute('src'), '/demo/class/ABC234/photo?0');
  assert.equal(at('number').textContent, '1 of 2');
});

test('a pin says where it stands, is sent with the id of the phone, and is remembered', async () => {
  const {asked, at, box, hear, memory, put, says} = await phone();
  hear(QUESTION);
  assert.equal(at('send').disabled, true);
  put([3, 3]);
  assert.equal(says(), 'Pin: France');
  put([0, 0]);
  assert.equal(says(), 'Pin: the sea'); // in the hole
  put([4, -4]);
  at('send').click();
  await soon();
  const sent = {phone: memory.phone, number: 0, latitude: 4, longitude: -4};
  assert.deepEqual(asked.at(-1), ['/demo/class/ABC234/pin', sent]);
  assert.match(memory.phone, /^[0-9a-f]{32}$/);
  assert.equal(says(), 'Sent: France');
  const [kept] = Object.values(box);
  const again = await phone({kept}); // the page is loaded anew
  again.hear(QUESTION);
  assert.equal(again.memory.phone, memory.phone);
  assert.equal(again.says(), 'Sent: France');
});

test('a pin that is refused may be sent again, and the sentence is that of the server', async () => {
  const {at, hear, put, says} = await phone({pin: {ok: false, json: async () => ({error: 'Full'})}});
  hear(QUESTION);
  put([3, 3]);
  at('send').click();
  await soon();
  assert.equal(says(), 'Full');
  assert.equal(at('send').disabled, false);
});

test('the answer shows the truth, the model and the own distance; the next question takes them away', async () => {
  const {at, hear, put, says, window} = await phone();
  hear(QUESTION);
  put([0, 4]);
  at('send').click();
  await soon();
  const model = {name: 'A model', place: 'There', point: [0, 1]};
  const truth = {place: 'Here', point: [0, 0]};
  hear({...QUESTION, truth, model, explanation: 'Because', pins: 3, medianKm: 1234.5, rightShare: 2 / 3});
  assert.equal(says(), '440\u00a0km away'); // 4 degrees of the equator are 444.8 km
  const lines = [...at('result').children].map((line) => line.textContent);
  const shown = ['It was Here', 'Because', '3 pins, 1,200\u00a0km, 66.7\u00a0%', 'A model: There, 110\u00a0km', 'Wait'];
  assert.deepEqual(lines, shown);
  const marks = () => [...window.document.querySelectorAll('.mark')].map((mark) => mark.classList[1]);
  assert.deepEqual(marks(), ['model', 'truth', 'you']);
  put([1, 1]); // too late
  assert.equal(says(), '440\u00a0km away');
  hear({...QUESTION, number: 1});
  assert.deepEqual(marks(), []);
  assert.equal(at('result').children.length, 0);
});

test('neither end of the answer lies under the zoom buttons', async () => {
  const {hear, put, at, view, window} = await phone();
  window.document.getElementById('world').getBoundingClientRect = () => ({width: 336, height: 260});
  hear(QUESTION);
  put([0, -20]);
  at('send').click();
  await soon();
  hear({...QUESTION, truth: {place: 'Japan', point: [36, 138]}, pins: 1, medianKm: null, rightShare: 0});
  const pixels = (longitude) => ((longitude - view.x) / view.width) * 336;
  assert.ok(pixels(138) < 336 - 60); // the buttons are 44 pixels wide, 8 from the edge
  assert.ok(pixels(-20) > 60);
});

test('a closed room says so, and a stream that is refused is replaced by asking', async () => {
  const closed = await phone();
  closed.hear(QUESTION);
  closed.streams[0].heard.over();
  assert.equal(closed.says(), 'Closed');
  assert.ok(closed.window.document.body.classList.contains('over'));
  const refused = await phone({state: {ok: true, json: async () => QUESTION}});
  refused.streams[0].readyState = 2;
  refused.streams[0].heard.error();
  await soon();
  assert.equal(refused.asked.at(-1), '/demo/class/ABC234/state');
  assert.equal(refused.at('number').textContent, '1 of 2');
});

test('keys put and move the pin, and zoom', async () => {
  const {hear, says, view, window} = await phone();
  hear(QUESTION);
  const press = (key) => {
    const event = new window.KeyboardEvent('keydown', {key, bubbles: true, cancelable: true});
    window.document.getElementById('world').dispatchEvent(event);
    return event.defaultPrevented;
  };
  assert.equal(press('ArrowUp'), true);
  assert.match(says(), /^Pin: /);
  const {width} = view;
  press('+');
  assert.ok(view.width < width);
  assert.equal(press('Tab'), false); // there is a way out
});

test('distances and the map are right', async () => {
  const {distanceKm, isInside, latitudeAt, north, ringsOf} = await phone();
  assert.ok(Math.abs(distanceKm([0, 179], [0, -179]) - 222.39) < 0.01); // the antimeridian is no seam
  assert.ok(Math.abs(distanceKm([90, 0], [-90, 77]) - 20015.09) < 0.01);
  for (const latitude of [-60, 0, 45, 80]) assert.ok(Math.abs(latitudeAt(north(latitude)) - latitude) < 1e-9);
  const rings = Object.fromEntries(ringsOf(MAP));
  assert.deepEqual(rings.FR[0], [
    [-5, -5],
    [5, -5],
    [5, 5],
    [-5, 5],
  ]); // prettier-ignore
  assert.deepEqual(rings.MC, [[[7.4, 43.74]]]);
  assert.deepEqual(
    [
      [4, 4],
      [0, 0],
      [6, 0],
    ].map((point) => isInside(point, rings.FR)),
    [true, false, false],
  ); // prettier-ignore
});
