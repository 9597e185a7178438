// The open tab and the step in the address
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {open, run, soon, surroundings} from './browser.mjs';

const TABS = `<div id="tabs"><div role="tablist">
  <button role="tab" aria-selected="true" data-tab-id="locate-tab"></button>
  <button role="tab" aria-selected="false" data-tab-id="steps-tab"></button>
</div><div id="steps"><ol class="dots"><li><button data-step="2" aria-current="step"></button></li></ol></div></div>`;

function opened(query = '', classes = '') {
  const window = open(TABS, {url: `https://example.org/${query}`});
  window.document.documentElement.className = classes;
  const {MutationObserver, URLSearchParams} = window;
  const CSS = {escape: (name) => name};
  run('whereabouts.js', {...surroundings(window), MutationObserver, URLSearchParams, CSS});
  const tabs = [...window.document.querySelectorAll('[role=tab]')];
  const choose = (tab) => {
    for (const one of tabs) one.setAttribute('aria-selected', String(one === tab));
  };
  for (const tab of tabs) tab.addEventListener('click', () => choose(tab));
  return {window, locate: tabs[0], steps: tabs[1]};
}

test('a chosen tab is a new address with its step, beside what the address said before', async () => {
  const {window, steps} = opened('?example=3#there');
  steps.click();
  await soon();
  assert.equal(window.location.href, 'https://example.org/?example=3&view=steps&step=3#there');
  assert.equal(window.history.length, 2);
});

test('Back opens the tab that was open', async () => {
  const {window, steps, locate} = opened('?labels=Japan');
  steps.click();
  await soon();
  window.history.back();
  await new Promise((done) => window.addEventListener('popstate', done));
  await soon();
  assert.equal(locate.getAttribute('aria-selected'), 'true');
  assert.equal(window.location.search, '?labels=Japan');
});

test('in slides the history is left alone', async () => {
  const {window, steps} = opened('?embed=1', 'embed');
  steps.click();
  await soon();
  assert.equal(window.location.search, '?embed=1&view=steps&step=3');
  assert.equal(window.history.length, 1);
});

test('a step that is no number is the first', () => {
  for (const [query, step] of [
    ['?step=4', 3],
    ['?step=x', 0],
    ['?step=-1', 0],
    ['', 0],
  ])
    assert.equal(opened(query).window.streetclip.stepInAddress(), step);
});
