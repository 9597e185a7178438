// Runs a script of assets/ as the page does, in a document without a browser: jsdom has no layout, so what asks for it
// gets the answers below. Messages are recorded as structured clones, as postMessage makes them.
import {readFileSync} from 'node:fs';
import {compileFunction} from 'node:vm';
import {JSDOM} from 'jsdom';

export const ASSETS = new URL('../../assets/', import.meta.url);
export const source = (name) => readFileSync(new URL(name, ASSETS), 'utf-8');

// A script of which all it asks of its surroundings is given by name; returns the values of its own names in `wanted`.
export function run(name, given, wanted = []) {
  const body = `${source(name)}\nreturn {${wanted.join(', ')}};`;
  return compileFunction(body, Object.keys(given), {filename: `assets/${name}`})(...Object.values(given));
}

export function open(html = '', {url = 'https://example.org/', isStill = true} = {}) {
  const {window} = new JSDOM(`<!DOCTYPE html><body>${html}`, {
    url,
    pretendToBeVisual: true,
    runScripts: 'outside-only',
  });
  window.matchMedia = () => ({matches: isStill, addEventListener() {}});
  window.Element.prototype.checkVisibility = () => true;
  window.Element.prototype.scrollIntoView = () => {};
  window.HTMLCanvasElement.prototype.getContext = () => ({measureText: (words) => ({width: 7 * words.length})});
  window.ResizeObserver = class {
    observe() {}
    disconnect() {}
  };
  return window;
}

// What Gradio gives the script of a gr.HTML; `change(value)` is an answer of the server.
export function component(window, element, {value = '', server = {}} = {}) {
  const triggered = [];
  const watching = [];
  const props = {value};
  const given = {
    element,
    props,
    server,
    trigger: (event, data) => triggered.push([event, data]),
    watch: (_, then) => watching.push(then),
  };
  const change = (value) => {
    props.value = value;
    for (const then of watching) then();
  };
  return {given: {...surroundings(window), ...given}, triggered, change, props};
}

// The names of a browser that our scripts use
export function surroundings(window) {
  const {document, location, history, navigator, matchMedia} = window;
  const bound = ['addEventListener', 'removeEventListener', 'getComputedStyle'].map((name) => [
    name,
    window[name].bind(window),
  ]);
  const classes = [
    'CustomEvent',
    'Event',
    'File',
    'FormData',
    'HTMLElement',
    'HTMLImageElement',
    'Element',
    'Blob',
    'Image',
  ];
  const own = classes.map((name) => [name, window[name]]);
  return {window, document, location, history, navigator, matchMedia, ...Object.fromEntries([...bound, ...own])};
}

// What is sent to a frame, or to the page round this one
export function overhear(target) {
  const sent = [];
  target.postMessage = (message) => sent.push(structuredClone(message));
  return sent;
}

export function send(window, source, data) {
  window.dispatchEvent(new window.MessageEvent('message', {source, data}));
}

export const soon = () => new Promise((done) => setTimeout(done));
