// A walk through errors: the list, which one is looked at, the filter, and the lines that the map in its sandboxed frame
// shows (assets/error_map.js). Runs as js_on_load of the tab's gr.HTML, with element and watch. What stands in people's files
// is only ever set as text.
const MOST_SHOWN = 500; // of the chosen ones, the largest
const STEPS = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1};
let walk = {rows: [], groups: {}, names: {}};
let shown = [];
let at = 0;

const part = (selector) => element.querySelector(selector);
const mapFrame = () => [...document.querySelectorAll('#errors-map iframe')].at(-1);
const reader = () => document.documentElement.lang || 'en';
const holder = () => part('.walk');
const written = (value, digits = 0) =>
  value.toLocaleString(reader(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
const distance = (km) => (km === null ? holder().dataset.none : `${written(km, km < 10 ? 1 : 0)} km`);
const place = (latitude, longitude) => `${written(latitude, 4)} / ${written(longitude, 4)}`;
const filled = (sentence, parts) => sentence.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
const made = (tag, properties, ...inside) => {
  const one = Object.assign(document.createElement(tag), properties);
  one.append(...inside);
  return one;
};

function begin() {
  if (!holder()) return;
  walk = JSON.parse(holder().dataset.walk);
  const {continents, countries, everywhere} = holder().dataset;
  const group = (kind, label) => {
    const options = Object.keys(walk.groups[kind])
      .map((key) => made('option', {value: `${kind} ${key}`, textContent: walk.names[kind][key]}))
      .sort((a, b) => a.textContent.localeCompare(b.textContent, reader()));
    return made('optgroup', {label}, ...options);
  };
  const all = made('option', {value: '', textContent: everywhere});
  part('select').replaceChildren(all, group('continent', continents), group('country', countries));
  choose('');
}

function choose(value) {
  const [kind, key] = value ? [value.split(' ', 1)[0], value.slice(value.indexOf(' ') + 1)] : [];
  const column = {country: 6, continent: 7}[kind];
  const chosen = column ? walk.rows.filter((row) => row[column] === key) : walk.rows;
  shown = chosen.slice(0, MOST_SHOWN);
  part('.count').textContent = filled(holder().dataset.shown, {
    shown: written(shown.length),
    count: written(chosen.length),
  });
  part('ol').replaceChildren(...shown.map(item));
  fillFigures(kind, key);
  go(0, {tellsLines: true});
}

function item([id, , , , , km, country], index) {
  const name = walk.names.country[country] ?? country;
  const button = made('button', {type: 'button', tabIndex: -1}, made('strong', {textContent: distance(km)}));
  button.append(' ', made('span', {dir: 'auto', textContent: id}), ' ', made('small', {textContent: name}));
  button.dataset.index = index;
  return made('li', {}, button);
}

// The chosen group's figures beside those of all photos
function fillFigures(kind, key) {
  const cells = kind && walk.groups[kind][key];
  const [head, ...column] = element.querySelectorAll('.chosen');
  for (const one of [head, ...column]) one.hidden = !cells;
  if (!cells) return;
  head.textContent = walk.names[kind][key];
  column.forEach((cell, row) => {
    const [value, range] = cells[row];
    cell.replaceChildren(value, ...(range ? [' ', made('span', {textContent: range})] : []));
  });
}

function go(to, {tellsLines = false, focuses = false} = {}) {
  const buttons = [...element.querySelectorAll('ol button')];
  at = Math.max(0, Math.min(shown.length - 1, to));
  buttons.forEach((button, index) => {
    button.tabIndex = index === at ? 0 : -1;
    if (index === at) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  });
  const button = buttons[at];
  if (button) {
    const list = part('ol');
    const [top, height] = [button.offsetTop - list.offsetTop, button.offsetHeight];
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + height > list.scrollTop + list.clientHeight) list.scrollTop = top + height - list.clientHeight;
    if (focuses) button.focus({preventScroll: true});
  }
  for (const step of element.querySelectorAll('[data-step]')) step.disabled = !shown[at + Number(step.dataset.step)];
  part('.at').textContent = shown[at] ? saidOf(shown[at]) : '';
  tellMap(tellsLines);
}

function saidOf([id, latitude, longitude, toLatitude, toLongitude, km]) {
  const {said, silent} = holder().dataset;
  const parts = {id, true: place(latitude, longitude)};
  if (km === null) return filled(silent, parts);
  return filled(said, {...parts, distance: distance(km), answer: place(toLatitude, toLongitude)});
}

function tellMap(tellsLines) {
  const lines = tellsLines ? shown.map((row) => (row[3] === null ? null : row.slice(1, 5))) : undefined;
  mapFrame()?.contentWindow?.postMessage({streetclip: 'errors', at, lines}, '*'); // its origin is opaque
}

element.addEventListener('change', ({target}) => target.matches('select') && choose(target.value));

element.addEventListener('click', ({target}) => {
  const button = target.closest('button');
  if (button?.dataset.index) go(Number(button.dataset.index));
  else if (button?.dataset.step) go(at + Number(button.dataset.step));
});

element.addEventListener('keydown', (event) => {
  if (!event.target.closest('ol') || event.ctrlKey || event.metaKey || event.altKey) return;
  const to = {Home: 0, End: shown.length - 1}[event.key] ?? at + STEPS[event.key];
  if (Number.isNaN(to)) return;
  event.preventDefault();
  go(to, {focuses: true});
});

addEventListener('message', ({source, data}) => {
  if (source === null || source !== mapFrame()?.contentWindow || typeof data !== 'object') return;
  if (data?.streetclip === 'lacking' && holder()) tellMap(true);
  if (data?.streetclip === 'error' && Number.isInteger(data.at)) go(data.at);
});

// A file that is too large is not sent at all.
function refuse(event, file) {
  const note = document.querySelector('#errors-note p');
  const isLarge = file?.size > Number(note.dataset.mostBytes);
  note.textContent = isLarge ? note.dataset.large : '';
  if (!isLarge) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}
document.addEventListener(
  'change',
  (event) => event.target.matches?.('#errors-file input[type=file]') && refuse(event, event.target.files[0]),
  true,
);
document.addEventListener(
  'drop',
  (event) => event.target.closest?.('#errors-file') && refuse(event, event.dataTransfer?.files[0]),
  true,
);

watch('value', begin);
begin();
