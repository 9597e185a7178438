import assert from 'node:assert/strict';
import {test} from 'node:test';
import {open, run, soon, surroundings} from './browser.mjs';

const PAGE = `<div id="head"></div><div id="unexpected"><span>Something went wrong.</span></div><div id="labels"><button></button></div>
  <div id="outline"><textarea></textarea></div><button id="update"></button><div id="answer"></div>
  <div class="tree"><details open><p></p></details><details></details></div>`;

function opened({width = 1280, answers = []} = {}) {
  const window = open(PAGE);
  const {document} = window;
  const clicks = [];
  for (const button of document.querySelectorAll('button')) {
    button.addEventListener('click', () => clicks.push(button.id || button.parentElement.id));
  }
  window.fetch = async () => answers.shift();
  window.gradio_config = {components: [{id: 7, props: {elem_id: 'outline'}}]};
  let print;
  const listener = (query) =>
    query === 'print'
      ? (_, then) => {
          print = then;
        }
      : () => {};
  const matchMedia = (query) => ({matches: false, addEventListener: listener(query)});
  const {wirePage} = run('page.js', {...surroundings(window), innerWidth: width, matchMedia}, ['wirePage']);
  wirePage();
  const call = async (url) => {
    const answer = await window.fetch(url, {body: JSON.stringify({trigger_id: 7, fn_index: 3})});
    await soon();
    return answer;
  };
  return {window, document, clicks, call, print: (matches) => print({matches})};
}

const failure = (error) => new Response(JSON.stringify({error}), {status: 422});
const RUN = 'https://example.org/gradio_api/run/predict';

test('an error outside of the queue is said below what it was asked with, until the next try', async () => {
  const {call, document} = opened({answers: [failure('No such country.'), failure('Still none.'), new Response('{}')]});
  await call(RUN);
  const said = () => [...document.querySelectorAll('#outline + .problem[role=alert]')].map((one) => one.textContent);
  assert.deepEqual(said(), ['No such country.']);
  await call(RUN);
  assert.deepEqual(said(), ['Still none.']);
  const answer = await call(RUN);
  assert.deepEqual(said(), []);
  assert.equal(await answer.text(), '{}'); // Gradio's client can still read it
});

test('an error without words gets some', async () => {
  const {call, document} = opened({answers: [new Response('<html>', {status: 500})]});
  await call(RUN);
  assert.equal(document.querySelector('.problem').textContent, 'Something went wrong.');
});

test('errors of other addresses are not said', async () => {
  const {call, document} = opened({answers: [failure('x')]});
  await call('https://example.org/gradio_api/queue/join');
  assert.equal(document.querySelector('.problem'), null);
});

test('Ctrl+Enter in the labels locates, Enter alone is a new line', () => {
  const {clicks, document, window} = opened();
  const press = (options) => {
    const event = new window.KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true, ...options});
    document.querySelector('textarea').dispatchEvent(event);
  };
  press({});
  assert.deepEqual(clicks, []);
  press({ctrlKey: true});
  press({metaKey: true});
  assert.deepEqual(clicks, ['update', 'update']);
});

test('the labels are folded on a phone only', () => {
  assert.deepEqual(opened({width: 390}).clicks, ['labels']);
  assert.deepEqual(opened({width: 1280}).clicks, []);
});

test('paper is light and unfolded; afterwards all is as it was', () => {
  const {document, print} = opened();
  document.body.classList.add('dark');
  print(true);
  assert.equal(document.querySelectorAll('details[open]').length, 2);
  assert.ok(!document.body.classList.contains('dark'));
  print(false);
  assert.equal(document.querySelectorAll('details[open]').length, 1);
  assert.ok(document.body.classList.contains('dark'));
});
