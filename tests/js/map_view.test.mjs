import assert from 'node:assert/strict';
import {test} from 'node:test';
import {component, open, overhear, run, send, soon} from './browser.mjs';

const drawing = (name) => JSON.stringify({name, title: `Map: ${name}`, theme: 'dark', body: '<p>', script: '1'});

function opened({stage = async () => ({title: 'Empty map', srcdoc: '<p>'}), value = drawing('first')} = {}) {
  const window = open('<iframe></iframe><div id="map"><div class="map-frames"></div></div>');
  const stand = window.document.querySelector('iframe').contentWindow; // for that of the frame which the script makes
  Object.defineProperty(window.HTMLIFrameElement.prototype, 'contentWindow', {get: () => stand});
  const sent = overhear(stand);
  const element = window.document.querySelector('#map');
  const asked = [];
  const server = {asked_stage: (theme) => asked.push(theme) && stage(asked.length)};
  const page = component(window, element, {value, server});
  run('map_view.js', {...page.given, setTimeout: (then) => setImmediate(then)});
  const up = async () => {
    while (!sent.length) await soon();
    const frame = element.querySelector('iframe');
    return {frame, sent, drawn: (number) => send(window, stand, {streetclip: 'drawn', number})};
  };
  return {...page, window, element, asked, up};
}

test('one frame is made, which no script of it can leave, and the map is sent when it is up', async () => {
  const {up, asked} = opened();
  const {frame, sent} = await up();
  assert.deepEqual(asked, [{theme: 'light', lang: ''}]);
  assert.equal(frame.sandbox, 'allow-scripts');
  const [first] = sent;
  assert.deepEqual(first, {
    streetclip: 'draw',
    number: 1,
    title: 'Map: first',
    theme: 'dark',
    body: '<p>',
    script: '1',
  });
  assert.equal(frame.getAttribute('aria-busy'), 'true');
});

test('the frame gets its name when the newest map is drawn, not before', async () => {
  const {up, change} = opened();
  const {frame, sent, drawn} = await up();
  change(drawing('second'));
  assert.deepEqual(
    sent.map(({number}) => number),
    [1, 2],
  );
  drawn(1);
  assert.equal(frame.title, 'Empty map');
  assert.ok(frame.hasAttribute('aria-busy'));
  drawn(2);
  assert.equal(frame.title, 'second');
  assert.ok(!frame.hasAttribute('aria-busy'));
});

test('a stage that cannot be fetched is asked for again', async () => {
  const stage = async (attempt) => {
    if (attempt < 3) throw new TypeError('failed to fetch');
    return {title: 'Empty map', srcdoc: ''};
  };
  const {asked, element} = opened({stage});
  for (let i = 0; i < 10; i++) await soon();
  assert.equal(asked.length, 3);
  assert.equal(element.querySelectorAll('iframe').length, 1);
});

test('a second answer sets up no second frame', async () => {
  const {asked, change, element} = opened();
  change(drawing('second'));
  await soon();
  change(drawing('third'));
  await soon();
  assert.equal(asked.length, 1);
  assert.equal(element.querySelectorAll('iframe').length, 1);
});

test('a map without an answer is the empty one, which is not drawn before an answer that is there', async () => {
  const {up, change} = opened({value: ''});
  const {sent} = await up();
  change(drawing('first'));
  assert.deepEqual(
    sent.map(({streetclip, title}) => [streetclip, title]),
    [
      ['empty', undefined],
      ['draw', 'Map: first'],
    ],
  );
});
