// Tree, the chips beside the headline and map speak to each other; bars grow from their last widths. Runs as js_on_load of the tree's gr.HTML,
// with element, watch and trigger.
const BAR_MILLISECONDS = 200;
const isStill = matchMedia('(prefers-reduced-motion: reduce)');
const opened = new Map(); // what a person has unfolded or folded: key -> whether it is open
let widths = new Map(); // bar -> width in the last answer
let chosen = ''; // path
const inLink = new URLSearchParams(location.search);
let wanted = (inLink.get('why') || inLink.get('row'))?.split('\n');
let withCaptions = false;
let level = ''; // whose places alone are listed; "" for the tree itself
let removedAt = -1; // which remove button was pressed; the keyboard goes on from there
const removed = []; // paths, the last one last
let broughtBack = ''; // the path whose removal is being undone: the keyboard goes on from there

const $$ = (selector) => [...element.querySelectorAll(selector)];
const placeOf = (inside) => inside.closest('[data-path]');
const pace = () => (isStill.matches ? 'auto' : 'smooth');
const isListed = (inside) => !inside.closest('[hidden]');

// ---- to the map and back

const showMap = () => document.querySelector('#map').scrollIntoView({block: 'nearest', behavior: pace()});

function frames() {
  return [...document.querySelectorAll('#map iframe')];
}

function choose(place) {
  const {path, point} = place.dataset;
  mark(path);
  tellRow();
  if (!point) return;
  const [names, at] = [JSON.parse(path), JSON.parse(point)];
  frames().at(-1)?.contentWindow.postMessage({streetclip: 'focus', path: names, point: at}, '*'); // its origin is opaque
}

function mark(path) {
  chosen = path;
  for (const place of $$('[data-path]')) {
    if (place.dataset.path === path) place.setAttribute('aria-current', 'true');
    else place.removeAttribute('aria-current');
  }
}

// The row that is chosen, for what speaks of it: see explain.js.
function tellRow() {
  window.streetclip = {...window.streetclip, chosenRow: () => chosen};
  document.dispatchEvent(new CustomEvent('streetclip-row'));
}

// A marker was chosen on the map: unfold all that it lies in.
function reveal(path) {
  const isIt = (one) => JSON.stringify(JSON.parse(one.dataset.path)) === JSON.stringify(path);
  const places = $$('[data-path]').filter(isIt);
  if (!places.some(isListed)) {
    level = '';
    showLevel(level);
  }
  const place = places.find(isListed);
  if (!place) return;
  for (let fold = place.parentElement.closest('details'); fold; fold = fold.parentElement.closest('details')) {
    fold.open = true;
    opened.set(keyOf(fold), true);
  }
  mark(place.dataset.path);
  tellRow();
  const row = place.querySelector('.row');
  row.scrollIntoView({block: 'nearest', behavior: pace()});
}

addEventListener('message', ({source, data}) => {
  if (data?.streetclip !== 'chosen' || !Array.isArray(data.path)) return;
  if (!frames().some((frame) => frame.contentWindow === source)) return; // only from our own map
  reveal(data.path);
});

// ---- after each answer

function keyOf(fold) {
  const item = fold.parentElement;
  return item.dataset.path ?? `more ${placeOf(fold)?.dataset.path ?? ''}`;
}

const removeButtons = () => $$('.remove').filter(isListed);

// Only as long as an answer has that level; it is shown again in the next one that does.
function showLevel(wanted) {
  const lists = $$('[data-level]');
  const shown = lists.some(({dataset}) => dataset.level === wanted) ? wanted : '';
  for (const list of lists) list.hidden = list.dataset.level !== shown;
  for (const radio of $$('.levels input')) radio.checked = radio.value === shown;
}

// A link may name a row that is chosen, or explained on the picture.
function openRow() {
  if (!wanted || !$$('[data-path]').length) return;
  const path = JSON.stringify(wanted);
  const place = $$('[data-path]').find(({dataset}) => JSON.stringify(JSON.parse(dataset.path)) === path);
  wanted = null;
  if (place) chosen = place.dataset.path;
  tellRow();
  if (!inLink.get('why')) return;
  const fold = document.querySelector('#why-area > button');
  if (fold && !document.querySelector('#why-looked')?.checkVisibility()) fold.click();
}

function redraw() {
  openRow();
  const before = widths;
  widths = new Map();
  for (const bar of $$('.bar > span')) {
    const key = bar.closest('[data-level]').dataset.level + placeOf(bar).dataset.path;
    const [from, to] = [before.get(key), bar.style.width];
    widths.set(key, to);
    if (from === undefined || from === to || isStill.matches) continue;
    bar.animate([{width: from}, {width: to}], {duration: BAR_MILLISECONDS, easing: 'ease-out'});
  }
  for (const fold of $$('details')) if (opened.has(keyOf(fold))) fold.open = opened.get(keyOf(fold));
  const captions = element.querySelector('.switch input');
  if (captions) captions.checked = withCaptions;
  showLevel(level);
  if (chosen) mark(chosen);
  if (removedAt >= 0 && document.activeElement === document.body) {
    // the button that was pressed is gone
    const buttons = removeButtons();
    buttons[Math.min(removedAt, buttons.length - 1)]?.focus({preventScroll: true});
  }
  removedAt = -1;
  if (broughtBack && document.activeElement === document.body) {
    const buttons = removeButtons();
    const back = buttons.find((one) => placeOf(one).dataset.path === broughtBack);
    (back ?? buttons[0])?.focus({preventScroll: true});
  }
  broughtBack = '';
}

// ---- hands on it

element.addEventListener('click', (event) => {
  const remove = event.target.closest('.remove');
  if (remove) {
    removedAt = removeButtons().indexOf(remove);
    removed.push(placeOf(remove).dataset.path);
    trigger('click', {line: Number(remove.dataset.line), place: JSON.parse(placeOf(remove).dataset.path).at(-1)});
    return;
  }
  const row = event.target.closest('#tree .row'); // Gradio has a class of that name too
  if (!row) {
    const fold = event.target.closest('summary')?.parentElement;
    if (fold) opened.set(keyOf(fold), !fold.open);
    return;
  }
  if (row.matches('summary')) opened.set(keyOf(row.parentElement), !row.parentElement.open);
  choose(placeOf(row));
  if (!row.matches('summary')) showMap();
});

document.addEventListener('click', ({target}) => {
  if (target.closest('#undo')) broughtBack = removed.pop() ?? ''; // after which the button may be gone
  const chip = target.closest('#answer [data-path]');
  if (!chip) return;
  choose(chip);
  showMap();
});

element.addEventListener('change', (event) => {
  if (event.target.closest('.switch')) withCaptions = event.target.checked;
  if (event.target.closest('.levels')) {
    level = event.target.value;
    showLevel(level);
  }
});

watch('value', redraw);
redraw();
