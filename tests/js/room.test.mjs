import assert from 'node:assert/strict';
import {test} from 'node:test';
import {component, open, overhear, run, soon} from './browser.mjs';

const CARD =
  '<section class="room" data-key="ABC234 s3cret"><p class="loopback" hidden></p>' +
  '<p class="room-count" data-count="{pins} pins, {phones} phones"></p></section>';

function opened({answer, url = 'https://example.org/demo/'}) {
  const window = open('<div id="lesson-map"><iframe></iframe></div><div id="room"></div>', {url});
  const element = window.document.querySelector('#room');
  const page = component(window, element);
  const sent = overhear(window.document.querySelector('#lesson-map iframe').contentWindow);
  const asked = [];
  const later = [];
  const fetch = async (path, options) => {
    asked.push([path, options.headers['x-room-secret']]);
    return answer;
  };
  const given = {
    ...page.given,
    fetch,
    sessionStorage: window.sessionStorage,
    setTimeout: (...call) => later.push(call),
  };
  run('room.js', given);
  const show = (html) => {
    element.innerHTML = html;
    page.change(html);
    return soon();
  };
  return {
    ...page,
    window,
    element,
    sent,
    asked,
    later,
    show,
    kept: () => window.sessionStorage.getItem('streetclip-room'),
  };
}

test('pins go to the map, their number to the card, and the secret into a header', async () => {
  const board = {
    pins: [
      [1, 2],
      [3, 4],
    ],
    phones: 5,
  }; // prettier-ignore
  const {asked, element, kept, later, sent, show} = opened({answer: {ok: true, json: async () => board}});
  await show(CARD);
  assert.deepEqual(asked, [['class/ABC234/board', 's3cret']]);
  assert.deepEqual(sent, [{streetclip: 'pins', pins: board.pins}]);
  assert.equal(element.querySelector('.room-count').textContent, '2 pins, 5 phones');
  assert.equal(kept(), 'ABC234 s3cret');
  assert.ok(later[0][1] <= 500); // milliseconds until it asks again
  await show(CARD); // drawn anew: still asked once at a time
  assert.equal(asked.length, 1);
});

test('a room that the server has closed is told to the page, and forgotten', async () => {
  const unknown = {ok: false, status: 404}; // after a restart
  const closed = {ok: true, json: async () => ({isOver: true})};
  for (const answer of [unknown, closed]) {
    const {kept, later, show, triggered} = opened({answer});
    await show(CARD);
    assert.deepEqual(triggered, [['click', {}]]);
    assert.equal(kept(), null);
    assert.equal(later.length, 0);
  }
});

test('a closed room is no longer asked for', async () => {
  const {asked, kept, later, show} = opened({answer: {ok: true, json: async () => ({pins: [], phones: 0})}});
  await show(CARD);
  await show('<p class="room-over"></p>');
  assert.equal(kept(), null);
  const [[ask, , key]] = later;
  await ask(key);
  assert.equal(asked.length, 1);
});

test('an address that phones cannot reach is said', async () => {
  const answer = {ok: true, json: async () => ({pins: [], phones: 0})};
  for (const [url, hidden] of [
    ['http://127.0.0.1:7860/', false],
    ['https://example.org/', true],
  ]) {
    const {element, show} = opened({answer, url});
    await show(CARD);
    assert.equal(element.querySelector('.loopback').hidden, hidden);
  }
});
