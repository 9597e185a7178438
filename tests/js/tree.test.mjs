import assert from 'node:assert/strict';
import {test} from 'node:test';
import {component, open, overhear, run, send} from './browser.mjs';

const row = (
  path,
  point,
  line,
) => `<div data-path='${JSON.stringify(path)}' ${point ? `data-point='${JSON.stringify(point)}'` : ''}>
  <div class="row"><button class="name">${path.at(-1)}</button><span class="bar"><span style="width: 50%"></span></span></div>
  <button class="remove" data-line="${line}"></button></div>`;
const fold = (path, inside) => `<li data-path='${JSON.stringify(path)}' data-point="[36, 138]"><details>
  <summary class="row"><span class="name">${path.at(-1)}</span></summary><ul>${inside}</ul></details></li>`;
const LEVELS = `<fieldset class="levels"><input type="radio" name="tree-level" value="" checked>
  <input type="radio" name="tree-level" value="city"></fieldset>`;
const CITIES = row(['Japan', 'Nagasaki'], [32.75, 129.88], 1);
const TREE = `${LEVELS}<label class="switch"><input type="checkbox"></label><div class="tree" data-level="">
  ${fold(['Japan'], CITIES + row(['Japan', 'Somewhere'], null, 2))}</div>
  <div class="listed" data-level="city" hidden>${CITIES}</div>`;

function opened() {
  const window = open(
    `<div id="map"><iframe></iframe></div><iframe id="other"></iframe><div id="answer"></div><div id="tree">${TREE}</div>`,
  );
  const {document} = window;
  const element = document.querySelector('#tree');
  const page = component(window, element);
  const map = document.querySelector('#map iframe').contentWindow;
  const sent = overhear(map);
  run('tree.js', page.given);
  const redraw = () => {
    element.innerHTML = TREE;
    page.change('again');
  };
  const at = (name) =>
    [...element.querySelectorAll('[data-path]')].find(({dataset}) => JSON.parse(dataset.path).at(-1) === name);
  return {...page, window, document, element, map, sent, redraw, at};
}

test('a place that is chosen is told to the map with its point', () => {
  const {at, sent} = opened();
  at('Nagasaki').querySelector('.name').click();
  assert.deepEqual(sent, [{streetclip: 'focus', path: ['Japan', 'Nagasaki'], point: [32.75, 129.88]}]);
  assert.equal(at('Nagasaki').getAttribute('aria-current'), 'true');
});

test('the row that is chosen, here or on the map, is told to what speaks of it', () => {
  const {at, document, map, window} = opened();
  const rows = [];
  document.addEventListener('streetclip-row', () => rows.push(window.streetclip.chosenRow()));
  at('Somewhere').querySelector('.name').click();
  send(window, map, {streetclip: 'chosen', path: ['Japan', 'Nagasaki']});
  assert.deepEqual(
    rows.map((row) => JSON.parse(row)),
    [
      ['Japan', 'Somewhere'],
      ['Japan', 'Nagasaki'],
    ],
  );
});

test('a place without a point is marked, and the map hears nothing', () => {
  const {at, sent, element} = opened();
  at('Nagasaki').querySelector('.name').click();
  sent.length = 0;
  at('Somewhere').querySelector('.name').click();
  assert.deepEqual(sent, []);
  assert.equal(element.querySelectorAll('[aria-current]').length, 1);
  assert.ok(at('Somewhere').hasAttribute('aria-current'));
});

test('a marker that is chosen on the map unfolds and marks its row', () => {
  const {at, element, map, window} = opened();
  send(window, map, {streetclip: 'chosen', path: ['Japan', 'Nagasaki']});
  assert.ok(element.querySelector('details').open);
  assert.ok(at('Nagasaki').hasAttribute('aria-current'));
});

test('another frame, another message and an unknown path are not heard', () => {
  const {document, element, map, window} = opened();
  const chosen = {streetclip: 'chosen', path: ['Japan', 'Nagasaki']};
  send(window, document.querySelector('#other').contentWindow, chosen);
  send(window, null, chosen);
  send(window, map, {streetclip: 'chosen', path: 'Japan'});
  send(window, map, {streetclip: 'chosen', path: ['Atlantis']});
  send(window, map, null);
  assert.equal(element.querySelectorAll('[open], [aria-current]').length, 0);
});

test('the places of one level stand in place of the tree, and do so in the next answer that has that level', () => {
  const {at, element, map, redraw, sent, window} = opened();
  const shown = () => [...element.querySelectorAll('[data-level]:not([hidden])')].map(({dataset}) => dataset.level);
  element.querySelector('[value="city"]').click();
  assert.deepEqual(shown(), ['city']);
  element.querySelector('.listed .name').click();
  assert.deepEqual(sent.at(-1).path, ['Japan', 'Nagasaki']);
  redraw();
  assert.deepEqual(shown(), ['city']);
  assert.ok(element.querySelector('[value="city"]').checked);
  send(window, map, {streetclip: 'chosen', path: ['Japan']}); // which is not among them
  assert.deepEqual(shown(), ['']);
  assert.ok(at('Japan').hasAttribute('aria-current'));
});

test('a chip beside the headline goes to its disc on the map', () => {
  const {at, document, sent} = opened();
  const chip = '<button data-path=\'["Japan"]\' data-point="[36, 138]"><span>Japan</span></button>';
  document.querySelector('#answer').innerHTML = `${chip}<span>Atlantis</span>`;
  document.querySelector('#answer > span').click(); // has no position
  assert.deepEqual(sent, []);
  document.querySelector('#answer button span').click();
  assert.deepEqual(sent, [{streetclip: 'focus', path: ['Japan'], point: [36, 138]}]);
  assert.ok(at('Japan').hasAttribute('aria-current'));
});

test('what a person unfolded and chose is kept in the next answer', () => {
  const {at, element, map, redraw, window} = opened();
  send(window, map, {streetclip: 'chosen', path: ['Japan', 'Nagasaki']});
  element.querySelector('.switch input').click();
  redraw();
  assert.ok(element.querySelector('details').open);
  assert.ok(at('Nagasaki').hasAttribute('aria-current'));
  assert.ok(element.querySelector('.switch input').checked);
  element.querySelector('summary .name').click(); // folds it
  redraw();
  assert.ok(!element.querySelector('details').open);
});

test('a removal names line and place, and the keyboard goes on from there', () => {
  const {at, document, element, redraw, triggered} = opened();
  const last = at('Somewhere').querySelector('.remove');
  last.focus();
  last.click();
  assert.deepEqual(triggered, [['click', {line: 2, place: 'Somewhere'}]]);
  element.innerHTML = '';
  redraw();
  assert.equal(document.activeElement, at('Somewhere').querySelector('.remove'));
});

test('an answer that nobody caused by a removal leaves the focus alone', () => {
  const {document, redraw} = opened();
  redraw();
  assert.equal(document.activeElement, document.body);
});

test('after a removal is undone the keyboard goes on at what came back, though the button that was pressed is gone', () => {
  const {document, at, element, redraw} = opened();
  at('Somewhere').querySelector('.remove').click();
  const undo = Object.assign(document.createElement('button'), {id: 'undo'});
  document.body.append(undo);
  undo.focus();
  undo.click();
  undo.remove();
  element.innerHTML = '';
  redraw();
  assert.equal(document.activeElement, at('Somewhere').querySelector('.remove'));
});
