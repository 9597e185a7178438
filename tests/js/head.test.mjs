// The scripts in the page's head: what an address says of the look, photos and their names; and the strip of examples.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {component, open, run, soon, surroundings} from './browser.mjs';

function addressed(query) {
  const window = open('', {url: `https://example.org/${query}`});
  run('address.js', surroundings(window));
  const {classList} = window.document.documentElement;
  return {
    classes: [...classList].sort(),
    isDark: window.document.body.classList.contains('dark'),
    search: window.location.search,
  };
}

test('an address can ask for the compact view, locked, in one theme', () => {
  assert.deepEqual(addressed('?embed=1&locked=YES').classes, ['embed', 'locked']);
  assert.deepEqual(addressed('?embed=0').classes, []);
  assert.deepEqual(addressed('?theme=Dark'), {classes: [], isDark: true, search: '?theme=Dark&__theme=dark'});
  assert.deepEqual(addressed('?theme=sepia'), {classes: [], isDark: false, search: '?theme=sepia'});
});

const PHOTO = `<div id="photo"><input type="file"><div class="source-selection"><button aria-label="Paste from clipboard"></button>
  <button aria-label="Upload file"></button><button aria-label="Capture from camera"></button></div></div>
  <div id="photo-note"><p data-denied="Not allowed." data-nothing="No picture there." data-other="Not a picture."
    data-large="Too large." data-camera="No camera." data-most-bytes="3"></p></div>`;

function photographed({clipboard, mediaDevices} = {}) {
  const window = open(PHOTO);
  const {document} = window;
  const taken = [];
  class DataTransfer {
    files = [];
    items = {add: (file) => this.files.push(file)};
  }
  const input = document.querySelector('input');
  let chosen = [];
  Object.defineProperty(input, 'files', {
    get: () => chosen,
    set: (files) => {
      chosen = files;
    },
    configurable: true,
  });
  input.addEventListener('change', () => taken.push(chosen[0])); // as Gradio does
  const given = {...surroundings(window), DataTransfer, navigator: {clipboard, mediaDevices}, DragEvent: window.Event};
  run('photo_sources.js', given);
  const note = () => document.querySelector('#photo-note p').textContent;
  const paste = (files, target = document.body) => {
    const event = new window.Event('paste', {bubbles: true, cancelable: true});
    event.clipboardData = {files};
    target.dispatchEvent(event);
  };
  const drop = (file) => {
    const event = new window.Event('drop', {bubbles: true, cancelable: true});
    event.dataTransfer = {files: [file]};
    document.querySelector('#photo').dispatchEvent(event);
  };
  const choose = (file) => {
    input.files = [file];
    input.dispatchEvent(new window.Event('change'));
  };
  const made = (name, type = '', content = 'x') => new window.File([content], name, {type});
  return {window, document, taken, note, paste, drop, choose, file: made};
}

test('a file without a type gets that of its name', () => {
  const {file} = photographed();
  assert.equal(file('IMG_1.HEIC').type, 'image/heic');
  assert.equal(file('a.b.jfif').type, 'image/jpeg');
  assert.equal(file('notes.txt').type, '');
  assert.equal(file('none').type, '');
  assert.equal(file('photo.png', 'image/webp').type, 'image/webp');
});

test('a pasted picture is taken, anything else is said', () => {
  const {file, note, paste, taken, document} = photographed();
  paste([file('notes.txt', 'text/plain')]);
  assert.equal(note(), 'No picture there.');
  paste([file('notes.txt', 'text/plain'), file('photo.png', 'image/png')]);
  assert.deepEqual(
    taken.map(({name}) => name),
    ['photo.png'],
  );
  assert.equal(note(), '');
  paste([], document.querySelector('input')); // text that is pasted into a field
  assert.equal(note(), '');
});

for (const way of ['choose', 'drop']) {
  test(`what is no picture, or too large, never comes to Gradio: ${way}`, () => {
    const photo = photographed();
    photo[way](photo.file('notes.txt', 'text/plain'));
    assert.equal(photo.note(), 'Not a picture.');
    photo[way](photo.file('photo.png', 'image/png', 'four'));
    assert.equal(photo.note(), 'Too large.');
    assert.deepEqual(photo.taken, []);
    photo[way](photo.file('photo.png', 'image/png', 'one'));
    assert.equal(photo.note(), '');
    assert.equal(photo.taken.length, 1);
  });
}

test('Gradio is told to open the camera only where there is one that may be used', async () => {
  const opened = async (mediaDevices) => {
    const photo = photographed({mediaDevices});
    const button = photo.document.querySelector('[aria-label^=Capture]');
    let clicks = 0;
    button.addEventListener('click', () => {
      clicks += 1;
    });
    button.click();
    await soon();
    return [clicks, photo.note()];
  };
  const refuses = async () => {
    throw new Error('denied');
  };
  let stopped = 0;
  const camera = {
    getTracks: () => [
      {
        stop: () => {
          stopped += 1;
        },
      },
    ],
  };
  assert.deepEqual(await opened({getUserMedia: refuses}), [0, 'No camera.']);
  assert.deepEqual(await opened(undefined), [0, 'No camera.']);
  assert.deepEqual(await opened({getUserMedia: async () => camera}), [1, '']);
  assert.equal(stopped, 1);
});

test('the paste button says why nothing came', async () => {
  const click = ({document}) => document.querySelector('[aria-label^=Paste]').click();
  const denied = photographed({
    clipboard: {
      read: async () => {
        throw new Error('denied');
      },
    },
  });
  click(denied);
  await soon();
  assert.equal(denied.note(), 'Not allowed.');
  const bare = photographed({clipboard: {read: async () => [{types: ['text/plain']}]}});
  click(bare);
  await soon();
  assert.equal(bare.note(), 'No picture there.');
});

function named() {
  const window = open('<img>');
  const URL = {createObjectURL: () => 'blob:here'};
  run('photo_name.js', {...surroundings(window), URL, crypto: {getRandomValues: (bytes) => bytes.fill(171)}});
  return window;
}

test('of the name of a file only its extension leaves the browser', () => {
  const window = named();
  assert.equal(new window.File(['x'], 'Ada at home, 3 May.JPG').name, 'photo.JPG');
  assert.equal(new window.File(['x'], 'ada').name, 'photo');
  assert.equal(new window.File(['x'], 'photo.of-ada-at-home').name, 'photo');
});

test('a picture of an upload is shown from this browser, not asked of the server', () => {
  const window = named();
  const form = new window.FormData();
  form.append('files', new window.File(['x'], 'ada.png'));
  form.append('other', 'words');
  const {name} = form.get('files');
  const image = window.document.querySelector('img');
  image.src = `https://example.org/file=/tmp/photo-${'ab'.repeat(12)}`;
  assert.equal(image.src, 'blob:here');
  image.setAttribute('src', 'https://example.org/other.png');
  assert.equal(image.src, 'https://example.org/other.png');
  assert.equal(name, 'photo');
  assert.equal(form.get('other'), 'words');
});

test('an example that is chosen is marked, alone, and told by its number', () => {
  const window = open(
    '<div id="strip"><button data-example="0" aria-current="true"></button><button data-example="1"><img></button></div>',
  );
  const element = window.document.querySelector('#strip');
  const {given, triggered} = component(window, element);
  run('examples.js', given);
  element.querySelector('img').click();
  element.click();
  assert.deepEqual(triggered, [['click', {index: 1}]]);
  assert.deepEqual(
    [...element.querySelectorAll('[aria-current]')].map(({dataset}) => dataset.example),
    ['1'],
  );
});

function listening(html, given = {}) {
  const window = open(html);
  const heard = [];
  for (const name of ['lesson-pin', 'streetclip-file'])
    window.document.addEventListener(name, ({detail}) => heard.push([name, detail]));
  window.streetclip = {sendAgain: async () => 'the file'};
  run('listeners.js', {...surroundings(window), window, sessionStorage: window.sessionStorage, ...given});
  return {calls: window.streetclip, document: window.document, heard, window};
}

test('a listener can read the page, and ask with what only the browser knows', async () => {
  const {calls} = listening('<div id="steps"></div>');
  assert.deepEqual(calls.readPage(), ['light', '']);
  assert.notEqual(calls.askedIfSeen('steps')('before'), 'before');
  assert.equal(listening('').calls.askedIfSeen('steps')('before'), 'before');
  assert.deepEqual(calls.closedFold(), [{__type__: 'update', open: false}, '']);
  assert.deepEqual(await calls.withPhotoAgain(null, 'has', 'dark'), ['the file', 'has', 'dark']);
});

test('a listener hands files and pins on to other scripts', () => {
  const {calls, heard} = listening('');
  assert.equal(calls.save('{}'), '');
  calls.tellMap('');
  calls.tellMap('1 2');
  assert.deepEqual(heard, [
    ['streetclip-file', '{}'],
    ['lesson-pin', '1 2'],
  ]);
});

test('the focus goes on when what it was on is gone', async () => {
  const {calls, document} = listening('<button id="next-question"></button>');
  calls.focusNext();
  calls.focusQuestion(); // there is none
  await new Promise((done) => setTimeout(done, 80));
  assert.equal(document.activeElement.id, 'next-question');
});

test('a listener can ask with the address of the page, and with the room that this tab holds', () => {
  const {calls, window} = listening('');
  const here = window.location.origin + window.location.pathname;
  assert.deepEqual(calls.withAddress('has', 'dark', ''), ['has', 'dark', here]);
  assert.deepEqual(calls.withRoom('', 'dark', ''), ['', 'dark', here]);
  window.sessionStorage.setItem('streetclip-room', 'ABC234 s3cret');
  assert.deepEqual(calls.withRoom('', 'dark', ''), ['ABC234 s3cret', 'dark', here]);
});
