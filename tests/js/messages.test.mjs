// docs/messages.md against the scripts: each message that is sent or heard stands there with its fields, and the reverse.
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {ASSETS, source} from './browser.mjs';

const root = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf-8');
const scripts = readdirSync(ASSETS).filter((name) => name.endsWith('.js'));
const code = (name) => source(name).replace(/^\s*\/\/.*$/gm, '');
const all = (text, pattern) => [...text.matchAll(pattern)].map((found) => found.slice(1));
const line = (...parts) => parts.join(' | ');

// Rows of the table under a heading, each a list of cells without the backticks
function table(heading) {
  const [, section] = read('docs/messages.md').split(`## ${heading}\n`);
  const rows = section
    .split('\n## ')[0]
    .split('\n')
    .filter((row) => row.startsWith('| `'));
  return rows.map((row) => row.split(' | ').map((cell) => cell.replaceAll(/[`|]/g, '').trim()));
}

const messages = [...table('From the page to a map'), ...table('From a map to the page')];
const events = table('Within the page');

const field = (written) => written.split(':')[0].trim();
const sends = (name) =>
  all(code(name), /\{streetclip: '(\w+)'((?:, [^{}]*)?)\}/g).map(([message, fields]) => [
    message,
    fields.split(',').map(field).filter(Boolean),
  ]);

test('every message that a script sends stands in the table, with its fields', () => {
  const sent = scripts.flatMap((name) =>
    sends(name).map(([message, fields]) => line(message, fields.join(', '), name)),
  );
  const told = messages
    .filter(([, , sender]) => sender.endsWith('.js'))
    .map(([message, fields, sender]) => line(message, fields, sender));
  assert.ok(sent.length > 7);
  assert.deepEqual([...new Set(sent)].sort(), told.sort());
});

test('nothing is posted in any other form', () => {
  for (const name of scripts) {
    const posts = all(code(name), /postMessage\(/g).length;
    assert.equal(posts, sends(name).length, name);
  }
});

test('every message that a script hears stands in the table, with its receiver', () => {
  const heard = scripts.flatMap((name) =>
    all(code(name), /data\??\.streetclip [!=]== '(\w+)'/g).map(([message]) => line(message, name)),
  );
  assert.deepEqual(heard.sort(), messages.map(([message, , , receiver]) => line(message, receiver)).sort());
});

test('what a receiver reads is what its sender sends', () => {
  for (const [message, fields, , receiver] of messages) {
    const missing = fields.split(', ').filter((name) => !new RegExp(`\\b${name}\\b`).test(code(receiver)));
    const unread = {'export.js': ['width', 'height']}[receiver] ?? []; // for other pages
    assert.deepEqual(
      missing.filter((name) => !unread.includes(name)),
      [],
      message,
    );
  }
});

test("every event of the document's own stands in the table, with sender and receiver", () => {
  const raised = scripts.flatMap((name) =>
    all(code(name), /new CustomEvent\('([\w-]+)'/g).map(([event]) => line(event, name)),
  );
  const heard = scripts.flatMap((name) =>
    all(code(name), /document\.addEventListener\('(\w+-[\w-]+)'/g).map(([event]) => line(event, name)),
  );
  assert.deepEqual(raised.sort(), events.map(([event, , sender]) => line(event, sender)).sort());
  const told = events.flatMap(([event, , , receivers]) => receivers.split(', ').map((one) => line(event, one)));
  assert.deepEqual(heard.sort(), told.sort());
});
