import assert from 'node:assert/strict';
import {test} from 'node:test';
import {component, open, run} from './browser.mjs';

const STEPS = `<div id="steps">
  <button data-go="previous"></button><button data-go="next"></button><p role="status"></p>
  <ol class="dots"><li><button data-step="0"></button></li><li><button data-step="1"></button></li></ol>
  <section class="step" data-where="Step 1 of 2"><h2>Photo</h2></section>
  <section class="step" data-where="Step 2 of 2"><h2>Shares</h2>
    <table class="softmax" data-logits="[3, 1, 1, 1]"><tbody>
      <tr><th>Japan</th><td></td><td><data></data></td><td class="bar"><span></span></td></tr>
      <tr><th class="others">3 others</th><td></td><td><data></data></td><td class="bar"><span></span></td></tr>
    </tbody></table>
    <div class="temperature"><input type="range" id="temperature" min="-4" max="4"><output></output></div>
    <button data-go="true-temperature"></button>
    <template><i>map</i></template><div class="step-map"></div>
  </section></div>`;

function opened() {
  const window = open(STEPS);
  const element = window.document.querySelector('#steps');
  const page = component(window, element, {value: 'steps'});
  const own = run('steps.js', page.given, ['percent', 'softmax', 'go']);
  const press = (key, options = {}, target = window.document.body) => {
    const event = new window.KeyboardEvent('keydown', {key, bubbles: true, cancelable: true, ...options});
    target.dispatchEvent(event);
    return event.defaultPrevented;
  };
  const shown = () => [...element.querySelectorAll('section')].findIndex((section) => !section.hidden);
  const slide = (power) => {
    const slider = element.querySelector('#temperature');
    slider.value = power;
    slider.dispatchEvent(new window.Event('input', {bubbles: true}));
  };
  return {...own, ...page, window, element, press, shown, slide};
}

test('a share is written as readable.py writes it', () => {
  const {percent} = opened();
  const written = [
    [0, '0 %'],
    [0.0009, '< 0.1 %'],
    [0.001, '0.1 %'],
    [0.25, '25 %'],
    [0.256, '25.6 %'],
  ];
  written.push([0.9995, '> 99.9 %'], [1, '100 %']);
  for (const [share, words] of written) assert.equal(percent(share), words);
});

test('large logits do not overflow the softmax', () => {
  const {softmax} = opened();
  assert.deepEqual(softmax([1000, 1000]), [0.5, 0.5]);
  assert.deepEqual(softmax([1000, -1000]), [1, 0]);
});

test('the keys of a presenter turn the page and stop at both ends', () => {
  const {press, shown} = opened();
  assert.equal(shown(), 0);
  assert.ok(press('PageDown'));
  assert.equal(shown(), 1);
  press('ArrowRight');
  assert.equal(shown(), 1);
  press('PageUp');
  press('ArrowLeft');
  assert.equal(shown(), 0);
});

test('a control keeps its own keys, and the browser its shortcuts', () => {
  const {press, shown, element} = opened();
  assert.ok(!press('ArrowRight', {}, element.querySelector('#temperature')));
  assert.ok(!press('ArrowRight', {altKey: true}));
  assert.ok(!press('a'));
  assert.equal(shown(), 0);
});

test('a turned page is announced, the first is not', () => {
  const {element, press} = opened();
  const status = element.querySelector('[role=status]');
  assert.equal(status.textContent, '');
  press('ArrowRight');
  assert.equal(status.textContent, 'Step 2 of 2');
  assert.equal(element.querySelector('.dots [aria-current]').dataset.step, '1');
  assert.ok(element.querySelector('[data-go=next]').disabled);
});

test('the map is made when its step is seen, and once', () => {
  const {element, go} = opened();
  const holder = element.querySelector('.step-map');
  assert.equal(holder.childElementCount, 0);
  go(1);
  go(0);
  go(1);
  assert.equal(holder.childElementCount, 1);
});

test('a higher temperature spreads the shares, which still sum to one', () => {
  const {element, slide} = opened();
  const shares = () => [...element.querySelectorAll('data')].map(({value}) => Number(value));
  slide(-4);
  assert.ok(shares()[0] > 0.999);
  slide(1); // logits 1.5, 0.5, 0.5, 0.5: e / (e + 3)
  assert.ok(Math.abs(shares()[0] - Math.E / (Math.E + 3)) < 1e-12);
  assert.ok(Math.abs(shares()[0] + shares()[1] - 1) < 1e-12);
  assert.equal(element.querySelector('output').textContent, '2');
  element.querySelector('[data-go=true-temperature]').click();
  assert.equal(element.querySelector('output').textContent, '1');
});

test('the button back to the photo asks the page for it', () => {
  const {element, triggered} = opened();
  element.insertAdjacentHTML('beforeend', '<button data-go="locate"></button>');
  element.querySelector('[data-go=locate]').click();
  assert.deepEqual(triggered, [['click', {go: 'locate-tab'}]]);
});
