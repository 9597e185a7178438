import assert from 'node:assert/strict';
import {test} from 'node:test';
import {component, open, overhear, run, send, soon} from './browser.mjs';

const SHARE = `<div id="share"><div class="share-fields" data-link="?labels=Japan%22&amp;x" data-embed="?embed=1&amp;labels=Japan"
  data-title="Where &lt;b&gt; &quot;here&quot;?" data-copied="Copied." data-not-copied="Press Ctrl+C.">
  <input id="share-link"><textarea id="share-code"></textarea><button data-copy="share-link"></button></div>
  <p class="loopback" hidden></p><p role="status"></p></div>`;

function share(writeText, url = 'https://example.org/space/?old=1#here') {
  const window = open(SHARE, {url});
  const element = window.document.querySelector('#share');
  const page = component(window, element);
  run('share.js', {...page.given, navigator: {clipboard: {writeText}}});
  const copy = async () => {
    element.querySelector('button').click();
    await soon();
    return element.querySelector('[role=status]').textContent;
  };
  return {element, window, copy};
}

test("the link has this page's own address, without its query", () => {
  const {element} = share();
  assert.equal(element.querySelector('#share-link').value, 'https://example.org/space/?labels=Japan%22&x');
});

test('a link that is of use on this computer only says so', () => {
  const isHidden = (url) => share(undefined, url).element.querySelector('.loopback').hidden;
  for (const host of ['localhost:7860', 'demo.localhost', '127.0.0.1:7860', '127.1.2.3', '[::1]:7860', '0.0.0.0'])
    assert.equal(isHidden(`http://${host}/`), false, host);
  for (const host of ['example.org', '192.168.0.4', 'localhost.example.org', '1270.example.org'])
    assert.equal(isHidden(`http://${host}/`), true, host);
});

test('the code is one iframe whatever the title says', () => {
  const {element, window} = share();
  const holder = window.document.createElement('div');
  holder.innerHTML = element.querySelector('#share-code').value;
  const [frame, ...more] = holder.children;
  assert.equal(more.length, 0);
  assert.equal(frame.getAttribute('src'), 'https://example.org/space/?embed=1&labels=Japan');
  assert.equal(frame.title, 'Where <b> "here"?');
});

test('copying says that it did, or selects what to copy by hand', async () => {
  const copied = [];
  assert.equal(await share(async (words) => copied.push(words)).copy(), 'Copied.');
  assert.deepEqual(copied, ['https://example.org/space/?labels=Japan%22&x']);
  const refused = share(async () => {
    throw new Error('denied');
  });
  assert.equal(await refused.copy(), 'Press Ctrl+C.');
  assert.equal(refused.window.document.activeElement.id, 'share-link');
});

const EXPORT = `<div id="map"><iframe></iframe></div><iframe id="other"></iframe>
  <div id="export"><p role="status"></p><i data-said data-saved="Saved {name}." data-failed="Not saved."></i></div>`;

function exporting() {
  const window = open(EXPORT);
  const {document} = window;
  const element = document.querySelector('#export');
  const map = document.querySelector('#map iframe').contentWindow;
  const sent = overhear(map);
  const timers = [];
  const saved = [];
  const URL = {createObjectURL: (blob) => `blob:${saved.push(blob)}`, revokeObjectURL() {}};
  window.HTMLAnchorElement.prototype.click = function () {
    saved.push(this.download);
  };
  const given = {...component(window, element).given, URL, Blob, console: {warn() {}}};
  const own = run(
    'export.js',
    {...given, setTimeout: (then) => timers.push(then), clearTimeout() {}, crypto: {getRandomValues: () => [42]}},
    ['broken', 'shortened', 'mapPicture'],
  );
  const ask = async (file) => {
    document.dispatchEvent(new window.CustomEvent('streetclip-file', {detail: JSON.stringify(file)}));
    await soon();
    return element.querySelector('[role=status]').textContent;
  };
  return {...own, window, document, map, sent, timers, saved, ask};
}

const pen = {measureText: (words) => ({width: words.length})};

test('a text is saved under its name, which is said', async () => {
  const {ask, saved} = exporting();
  const name = 'where $& is it.csv'; // $& would be the text that is replaced
  assert.equal(await ask({kind: 'text', text: 'a,b\n', type: 'text/csv', name}), `Saved ${name}.`);
  assert.equal(saved[1], name);
  assert.equal(await saved[0].text(), 'a,b\n');
});

test('a map that does not answer is said', async () => {
  const {ask, document, sent, timers} = exporting();
  assert.equal(await ask({kind: 'map', name: 'map.png'}), '');
  assert.deepEqual(sent, [{streetclip: 'picture', id: 42, scale: 2}]);
  timers[0]();
  await soon();
  assert.equal(document.querySelector('[role=status]').textContent, 'Not saved.');
});

test("only the map's own answer to this question counts, and one without a picture fails", async () => {
  const {mapPicture, map, document, window} = exporting();
  const picture = mapPicture(2);
  const answer = {streetclip: 'picture', id: 42, url: ''};
  let isSettled = false;
  const settled = picture.catch((problem) => {
    isSettled = true;
    return problem.message;
  });
  send(window, document.querySelector('#other').contentWindow, answer);
  send(window, map, {...answer, id: 41});
  await soon();
  assert.ok(!isSettled);
  send(window, map, answer);
  assert.equal(await settled, 'the map is not shown');
});

test('lines break between words, and within one that is longer than a line', () => {
  const {broken} = exporting();
  assert.deepEqual(broken(pen, 'one two three', 8), ['one two ', 'three']);
  assert.deepEqual(broken(pen, 'abcdefghij', 4).filter(Boolean), ['abcd', 'efgh', 'ij']);
});

test('a name too long for its place ends in an ellipsis', () => {
  const {shortened} = exporting();
  assert.equal(shortened(pen, 'Nagasaki', 8), 'Nagasaki');
  assert.equal(shortened(pen, 'Nagasaki', 5), 'Naga…');
});
