// Tree, chart and map speak to each other; bars grow from their last widths. Runs as js_on_load of the tree's gr.HTML,
// with element, watch and trigger.
const BAR_MILLISECONDS = 200;
const isStill = matchMedia('(prefers-reduced-motion: reduce)');
const opened = new Map(); // what a person has unfolded or folded: key -> whether it is open
let widths = new Map(); // bar -> width in the last answer
let chosen = ''; // path
let withCaptions = false;
let removedAt = -1; // which remove button was pressed; the keyboard goes on from there
const removed = []; // paths, the last one last
let broughtBack = ''; // the path whose removal is being undone: the keyboard goes on from there

const $$ = (selector) => [...element.querySelectorAll(selector)];
const placeOf = (inside) => inside.closest('[data-path]');
const pace = () => (isStill.matches ? 'auto' : 'smooth');
const inChart = (inside) => inside.closest('.chart') !== null;

// ---- to the map and back

function frames() {
  return [...document.querySelectorAll('#map iframe')];
}

function choose(place) {
  const {path, point} = place.dataset;
  mark(path);
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

// A marker was chosen on the map: unfold all that it lies in.
function reveal(path) {
  const isIt = (one) => JSON.stringify(JSON.parse(one.dataset.path)) === JSON.stringify(path);
  const place = $$('.tree [data-path]').find(isIt);
  if (!place) return;
  for (let fold = place.parentElement.closest('details'); fold; fold = fold.parentElement.closest('details')) {
    fold.open = true;
    opened.set(keyOf(fold), true);
  }
  mark(place.dataset.path);
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

function redraw() {
  const before = widths;
  widths = new Map();
  for (const bar of $$('.bar > span')) {
    const key = (inChart(bar) ? 'chart ' : 'tree ') + placeOf(bar).dataset.path;
    const [from, to] = [before.get(key), bar.style.width];
    widths.set(key, to);
    if (from === undefined || from === to || isStill.matches) continue;
    bar.animate([{width: from}, {width: to}], {duration: BAR_MILLISECONDS, easing: 'ease-out'});
  }
  for (const fold of $$('details')) if (opened.has(keyOf(fold))) fold.open = opened.get(keyOf(fold));
  const captions = element.querySelector('.switch input');
  if (captions) captions.checked = withCaptions;
  if (chosen) mark(chosen);
  if (removedAt >= 0 && document.activeElement === document.body) {
    // the button that was pressed is gone
    const buttons = $$('.remove');
    buttons[Math.min(removedAt, buttons.length - 1)]?.focus({preventScroll: true});
  }
  removedAt = -1;
  if (broughtBack && document.activeElement === document.body) {
    const place = $$('.tree [data-path]').find((one) => one.dataset.path === broughtBack);
    (place?.querySelector('.remove') ?? element.querySelector('.remove'))?.focus({preventScroll: true});
  }
  broughtBack = '';
}

// ---- hands on it

element.addEventListener('click', (event) => {
  const remove = event.target.closest('.remove');
  if (remove) {
    removedAt = $$('.remove').indexOf(remove);
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
  if (!row.matches('summary')) document.querySelector('#map').scrollIntoView({block: 'nearest', behavior: pace()});
});

document.addEventListener('click', ({target}) => {
  if (target.closest('#undo')) broughtBack = removed.pop() ?? ''; // after which the button may be gone
});

element.addEventListener('change', (event) => {
  if (event.target.closest('.switch')) withCaptions = event.target.checked;
});

watch('value', redraw);
redraw();
