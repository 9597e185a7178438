// The script between Gradio's client and a server that goes away: here a server of a few lines, which can be started again.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {open, run, soon} from './browser.mjs';

const API = 'https://example.org/gradio_api';
const CONFIG = {
  app_id: 1,
  components: [{id: 1, type: 'html'}],
  dependencies: [{id: 0, inputs: [1], outputs: [1], targets: []}],
};
const SENTENCES = ['lost', 'busy', 'full', 'back', 'restarted', 'changed', 'failed']
  .map((word) => `data-${word}="${word}"`)
  .join(' ');
const json = (value, status = 200, headers = {}) => new Response(JSON.stringify(value), {status, headers});
const done = (event) => ({msg: 'process_completed', event_id: event, success: true, output: {data: [event]}});

// A server with Gradio's routes: `streams` are what /queue/data sends in turn, a number stands for a start of the server
// before the next one; `joins` keeps the bodies of all questions.
function opened({streams = [], config = CONFIG, uploads = 0, refuses = []} = {}) {
  const {document} = open(`<div id="connection"><p role="status" ${SENTENCES}></p></div>`);
  const server = {start: 1, joins: [], repeats: [], uploads, refuses: [...refuses], asked: []};
  async function fetch(what, options) {
    const path = new URL(what.url ?? what).pathname.replace(/^\/gradio_api/, '');
    server.asked.push(path);
    if (path === '/app_id') return json({app_id: server.start});
    const refusal = server.refuses.shift();
    if (refusal instanceof Error) throw refusal;
    if (refusal instanceof Response) return refusal;
    if (refusal) return json({}, refusal);
    if (path === '/config') return json(config);
    if (path === '/upload') return json([`/tmp/${++server.uploads}/photo.png`]);
    const headers = {'streetclip-start': server.start};
    if (path === '/queue/join') {
      if (options.headers.get('content-type') !== 'application/json') return json({}, 415);
      if (options.headers.has('streetclip-again')) server.repeats.push(options.body);
      return json({event_id: `e${server.joins.push(options.body)}`}, 200, headers);
    }
    if (path !== '/queue/data') return json({detail: path}, 404);
    const messages = streams.shift() ?? [];
    if (messages.restarts) server.start += 1;
    return new Response(messages.map((message) => `data: ${JSON.stringify(message)}\n\n`).join(''), {headers});
  }
  const window = {fetch, gradio_config: CONFIG};
  const said = [];
  const place = document.querySelector('[role=status]');
  const heard = new Proxy(place, {
    get: (element, name) => element[name],
    set: (element, name, value) => {
      if (name === 'textContent' && value) said.push(value);
      element[name] = value;
      return true;
    },
  });
  // Pauses take no time; what is said for a while stays
  const quick = (then, milliseconds) => milliseconds <= 10_000 && setImmediate(then);
  run('connection.js', {
    window,
    document: {
      querySelector: (selector) => (selector.startsWith('#connection') ? heard : document.querySelector(selector)),
    },
    location: new URL('https://example.org/'),
    setTimeout: quick,
  });
  const post = (path, body) =>
    window.fetch(API + path, {method: 'POST', body, headers: new Headers({'content-type': 'application/json'})});
  const listen = async (client = new AbortController(), ends = true) => {
    const answer = await window.fetch({url: `${API}/queue/data`, headers: {}, signal: client.signal});
    const parts = (await answer.text()).split('\n\n').filter(Boolean);
    if (ends) client.abort(); // as Gradio's does when its stream is closed
    return parts.map((part) => JSON.parse(part.slice('data: '.length)));
  };
  return {server, window, said, post, listen, document};
}

const broken = (messages = []) => Object.assign(messages, {restarts: true});
const photo = (type = 'image/png') => {
  const body = new FormData();
  body.append('files', new File(['x'], 'photo.png', {type}));
  return body;
};

test('while the server is there nothing is asked twice and nothing said', async () => {
  const {post, listen, server, said} = opened({streams: [[done('e1'), {msg: 'close_stream'}]]});
  assert.deepEqual(await (await post('/queue/join', '{}')).json(), {event_id: 'e1'});
  assert.deepEqual(await listen(), [done('e1'), {msg: 'close_stream'}]);
  assert.equal(server.joins.length, 1);
  assert.deepEqual(said, []);
});

test('what a restarted server never answered is asked again, and answered under the name that was asked', async () => {
  const {post, listen, server, said} = opened({streams: [broken(), [done('e2'), {msg: 'close_stream'}]]});
  await post('/queue/join', '{"data": [1]}');
  const [answer] = await listen();
  assert.equal(answer.event_id, 'e1');
  assert.deepEqual(server.joins, ['{"data": [1]}', '{"data": [1]}']);
  assert.ok(said.includes('restarted'));
});

test('a question whose acceptance broke off half way is asked once more', async () => {
  const cut = new ReadableStream({
    start(answer) {
      answer.enqueue(new TextEncoder().encode('{"event_id": '));
      answer.error(new TypeError('the connection was reset'));
    },
  });
  const {post, server} = opened({refuses: [new Response(cut)]});
  assert.deepEqual(await (await post('/queue/join', '{}')).json(), {event_id: 'e1'});
  assert.deepEqual(server.joins, ['{}']);
});

test('what is too much for now waits as long as the server says, is sent again, and the page says so meanwhile', async () => {
  const busy = () => new Response('{}', {status: 429, headers: {'retry-after': '4'}});
  const {post, server, said, document} = opened({refuses: [busy(), busy()]});
  assert.deepEqual(await (await post('/queue/join', '{"data": [1]}')).json(), {event_id: 'e1'});
  assert.deepEqual(server.joins, ['{"data": [1]}']);
  assert.deepEqual(said, ['busy', 'busy']);
  assert.equal(document.querySelector('[role=status]').textContent, '');
  assert.ok(!server.asked.includes('/app_id'), 'the server was there all the time');
});

test('a question for which the queue has no place is sent again by itself, and the page says so meanwhile', async () => {
  const full = new Response('{}', {status: 503, headers: {'retry-after': '4', 'streetclip-full': 'yes'}});
  const {post, server, said, document} = opened({refuses: [full]});
  assert.deepEqual(await (await post('/queue/join', '{"data": [1]}')).json(), {event_id: 'e1'});
  assert.deepEqual(server.joins, ['{"data": [1]}']);
  assert.deepEqual(said, ['full']);
  assert.equal(document.querySelector('[role=status]').textContent, '');
  assert.ok(!server.asked.includes('/app_id'), 'the server was there all the time');
});

test('a question at the end of a stream is accepted when Gradio knows of that end, and so opens another', async () => {
  const {post, listen} = opened({streams: [[done('e1'), {msg: 'close_stream'}]]});
  await post('/queue/join', '{}');
  const client = new AbortController();
  await listen(client, false);
  let isAccepted = false;
  const accepted = post('/queue/join', '{}').then(() => {
    isAccepted = true;
  });
  await soon();
  assert.equal(isAccepted, false);
  client.abort();
  await accepted;
});

test('what was answered before the break is not asked again', async () => {
  const {post, listen, server} = opened({streams: [broken([done('e1')])]});
  await post('/queue/join', '{}');
  assert.deepEqual(await listen(), [done('e1'), {msg: 'close_stream'}]);
  assert.equal(server.joins.length, 1);
});

test('a question taken by a server that was gone before its stream was open is asked again', async () => {
  const {post, listen, server} = opened({streams: [[done('e2'), done('e3'), {msg: 'close_stream'}]]});
  await post('/queue/join', '{"data": ["before"]}');
  server.start = 2;
  await post('/queue/join', '{"data": ["after"]}'); // so that the new server knows of this page
  assert.deepEqual(
    (await listen()).map(({event_id}) => event_id),
    ['e2', 'e1', undefined],
  );
  assert.deepEqual(server.repeats, ['{"data": ["before"]}']);
});

test('a server that does not know the page is asked once more, and not twice', async () => {
  const unknown = [{msg: 'unexpected_error', session_not_found: true}];
  const {post, listen, server} = opened({streams: [unknown, [done('e2'), {msg: 'close_stream'}]]});
  await post('/queue/join', '{}');
  server.start = 2;
  assert.equal((await listen())[0].event_id, 'e1');
  assert.equal(server.joins.length, 2);
});

test('a question that the server ends its stream without answering is asked again', async () => {
  const {post, listen, server} = opened({
    streams: [
      [done('e2'), {msg: 'close_stream'}],
      [done('e3'), {msg: 'close_stream'}],
    ],
  });
  await post('/queue/join', '{"data": [1]}');
  await post('/queue/join', '{"data": [2]}');
  assert.deepEqual(
    (await listen()).map(({event_id}) => event_id),
    ['e2', 'e1', undefined],
  );
  assert.deepEqual(server.repeats, ['{"data": [1]}']);
});

test('the photo of a question is sent again, and the question names where it now lies', async () => {
  const {post, listen, server} = opened({streams: [broken(), [done('e2'), {msg: 'close_stream'}]]});
  const [path] = await (await post('/upload', photo())).json();
  assert.equal(path, '/tmp/1/photo.png');
  await post('/queue/join', JSON.stringify({data: [{path}]}));
  await listen();
  assert.equal(server.joins[1], JSON.stringify({data: [{path: '/tmp/2/photo.png'}]}));
});

test('a question that no server survives is asked three times more and then fails in words', async () => {
  const {post, listen, server} = opened({streams: [broken(), broken(), broken(), broken(), broken()]});
  await post('/queue/join', '{}');
  const [failure, end] = await listen();
  assert.equal(server.joins.length, 4);
  assert.deepEqual(failure.output, {error: 'failed', visible: true});
  assert.equal(failure.event_id, 'e1');
  assert.equal(failure.success, false);
  assert.deepEqual(end, {msg: 'close_stream'});
});

test('a server with another page is asked nothing: the page says that it changed', async () => {
  const config = {...CONFIG, components: [{id: 1, type: 'image'}]};
  const {post, listen, server, said} = opened({config, streams: [broken()]});
  await post('/queue/join', '{}');
  const [failure] = await listen();
  assert.equal(failure.success, false);
  assert.equal(server.joins.length, 1);
  assert.ok(said.includes('changed'));
});

for (const [name, refusal] of [
  ['a proxy without its server', 503],
  ['a broken connection', new TypeError('failed to fetch')],
]) {
  test(`${name} is waited for`, async () => {
    const {post, said} = opened({refuses: [refusal, refusal]});
    assert.equal((await post('/queue/join', '{}')).status, 200);
    assert.ok(said.includes('back'));
  });
}

test('a call that the page itself ended stays ended', async () => {
  const {post} = opened({refuses: [new DOMException('ended', 'AbortError')]});
  await assert.rejects(post('/queue/join', '{}'), {name: 'AbortError'});
});

test('the photo can be sent once more, a lesson is none', async () => {
  const {post, window, listen} = opened({streams: [[done('e1'), {msg: 'close_stream'}]]});
  assert.equal(await window.streetclip.sendAgain(), null);
  await post('/upload', photo('application/json'));
  assert.equal(await window.streetclip.sendAgain(), null);
  await post('/upload', photo());
  assert.equal(await window.streetclip.sendAgain(), null); // nobody has taken it for a photo yet
  await post('/queue/join', JSON.stringify({data: [{path: '/tmp/2/photo.png'}]}));
  await listen();
  const sent = await window.streetclip.sendAgain();
  assert.equal(sent.path, '/tmp/3/photo.png');
  assert.equal(sent.mime_type, 'image/png');
  assert.equal(sent.size, 1);
});

test('files that are dropped together are sent one by one', async () => {
  const {post, server} = opened();
  const body = photo();
  body.append('files', new File(['2'], 'second.png', {type: 'image/png'}));
  const answer = await post('/upload', body);
  assert.deepEqual(await answer.json(), ['/tmp/1/photo.png', '/tmp/2/photo.png']);
  assert.deepEqual(server.asked, ['/upload', '/upload']);
});

test('a photo for a lesson that is made is not the photo of the page', async () => {
  const config = {...CONFIG, components: [{id: 7, type: 'file', props: {elem_id: 'making-photos'}}]};
  const {post, window, listen} = opened({streams: [[done('e1'), {msg: 'close_stream'}]], config});
  window.gradio_config = config;
  const [path] = await (await post('/upload', photo())).json();
  await post('/queue/join', JSON.stringify({data: [[{path}]], trigger_id: 7}));
  await listen();
  assert.equal(await window.streetclip.sendAgain(), null);
});

test('a file that the server refused is not sent in the place of the photo before it', async () => {
  const refused = {...done('e2'), success: false};
  const {post, window, listen, server} = opened({streams: [[done('e1'), refused, {msg: 'close_stream'}]]});
  for (const type of ['image/png', 'image/bmp']) {
    const [path] = await (await post('/upload', photo(type))).json();
    await post('/queue/join', JSON.stringify({data: [{path}]}));
  }
  await listen();
  assert.equal((await window.streetclip.sendAgain()).mime_type, 'image/png');
  assert.equal(server.joins.length, 2);
});

test('an answer that comes before its question is accepted makes the photo known as well', async () => {
  const {post, window, listen} = opened({streams: [[done('e1'), {msg: 'close_stream'}]]});
  const [path] = await (await post('/upload', photo())).json();
  await listen();
  await post('/queue/join', JSON.stringify({data: [{path}]}));
  assert.equal((await window.streetclip.sendAgain()).mime_type, 'image/png');
});

test('other addresses and other routes pass through', async () => {
  const {window, server} = opened();
  await window.fetch(`${API}/info`);
  await window.fetch('https://elsewhere.example/gradio_api/upload');
  assert.deepEqual(server.asked, ['/info', '/upload']);
  await soon();
  assert.deepEqual(server.asked, ['/info', '/upload']);
});

test('another site that is not there is no matter of this page', async () => {
  const {window, said} = opened({refuses: [503]});
  assert.equal((await window.fetch('https://elsewhere.example/gradio_api/upload')).status, 503);
  assert.deepEqual(said, []);
});
