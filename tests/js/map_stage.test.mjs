import assert from 'node:assert/strict';
import {test} from 'node:test';
import {open, overhear, run, send, surroundings} from './browser.mjs';

function opened() {
  const window = open('<p>empty map</p><iframe></iframe>');
  const told = [];
  const parent = window.document.querySelector('iframe').contentWindow; // any other window
  const sent = overhear(parent);
  const given = {
    parent,
    streetclip: {clear: () => told.push('clear'), measureAgain: () => told.push('measure')},
    drawEmpty: () => told.push('empty'),
  };
  run('map_stage.js', {...surroundings(window), ...given});
  return {window, parent, sent, told, document: window.document};
}

const MAP = {
  streetclip: 'draw',
  number: 7,
  title: 'Map: Japan',
  theme: 'dark',
  body: '<b>Japan</b>',
  script: 'let world = 1;',
};

test('a map that is sent takes the place of the last one, and the page hears its number', () => {
  const {document, parent, sent, told, window} = opened();
  send(window, parent, MAP);
  send(window, parent, {...MAP, number: 8});
  assert.deepEqual(told, ['clear', 'clear']);
  assert.equal(document.title, 'Map: Japan');
  assert.equal(document.documentElement.dataset.theme, 'dark');
  assert.equal(document.querySelectorAll('b').length, 1);
  assert.equal(document.querySelector('script').textContent, '{let world = 1;}');
  assert.deepEqual(sent, [
    {streetclip: 'drawn', number: 7},
    {streetclip: 'drawn', number: 8},
  ]);
});

test('only the page that holds the frame may draw', () => {
  const {document, sent, window} = opened();
  send(window, null, MAP);
  send(window, window, MAP);
  assert.equal(document.body.textContent, 'empty map');
  assert.deepEqual(sent, []);
});

test('the empty map is drawn when the page has no other, and by that page alone', () => {
  const {parent, told, window} = opened();
  assert.deepEqual(told, []);
  send(window, window, {streetclip: 'empty'});
  send(window, parent, {streetclip: 'empty'});
  assert.deepEqual(told, ['empty']);
});
