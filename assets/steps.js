// The view "Step by step": one step at a time. Runs as js_on_load of its gr.HTML, with element, watch and trigger.
let step = window.streetclip?.stepInAddress() ?? 0;
let temperature = 0; // as a power of two; 0 is the model's own
let parent = '0';
let followed = '0'; // which of the labels

const $ = (selector) => element.querySelector(selector);
const $$ = (selector) => [...element.querySelectorAll(selector)];

function show(told) {
  const sections = $$('section.step');
  if (!sections.length) return;
  step = Math.min(Math.max(step, 0), sections.length - 1);
  for (const [number, section] of sections.entries()) section.hidden = number !== step;
  $$('.dots button').forEach((dot, number) => {
    if (number === step) dot.setAttribute('aria-current', 'step');
    else dot.removeAttribute('aria-current');
  });
  $('[data-go="previous"]').disabled = step === 0;
  $('[data-go="next"]').disabled = step === sections.length - 1;
  for (const stop of $$('.trail [data-step]')) {
    stop.classList.toggle('to-come', Number(stop.dataset.step) > step);
    stop.classList.toggle('now', Number(stop.dataset.step) === step);
  }
  if (told) $('[role="status"]').textContent = sections[step].dataset.where;
  drawMap(sections[step]);
  if (sections[step].querySelector('.step-why') && element.checkVisibility()) trigger('select'); // which asks for its picture
}

document.addEventListener('streetclip-why', ({detail}) => {
  if (detail) $('.step-why')?.replaceChildren(detail.cloneNode(true));
});

// One label through all steps: its row is marked on every screen, and what has been made of it stands above.
function follow(label) {
  const chooser = $('#follow');
  if (!chooser) return;
  followed = [...chooser.options].some(({value}) => value === label) ? label : '0';
  chooser.value = followed;
  for (const trail of $$('.trail')) trail.hidden = trail.dataset.label !== followed;
  for (const row of $$('tr[data-label]')) row.classList.toggle('marked', row.dataset.label === followed);
  parent = $(`.chooser option[data-label="${followed}"]`)?.value ?? parent;
  choose();
}

// As a visitor would, on the tab "Locate"; the steps follow the answer that comes.
const cities = () => document.querySelector('#add-cities input:enabled:not(:checked)');

// The map's document is only opened where it can be seen: it measures itself.
function drawMap(section) {
  const template = section.querySelector('template');
  const holder = section.querySelector('.step-map');
  if (template && !holder.firstChild) holder.append(template.content.cloneNode(true));
}

function go(where) {
  const before = step;
  step = where;
  show(true);
  window.streetclip?.tellAddress();
  if (step !== before) element.scrollIntoView({block: 'nearest'});
}

// ---- temperature: the same softmax as geolocate.py's, over all labels, from the logits that it used

function softmax(logits) {
  const top = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - top));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

// As words/numbers.py writes it
const language = document.documentElement.lang || 'en';
const [GAP, SIGN] = {en: [' ', ' %'], ja: ['\u00a0', '%']}[language] ?? ['\u00a0', '\u00a0%'];
const decimal = (value, digits) => new Intl.NumberFormat(language, digits).format(value);

function percent(share) {
  const shown = (value) => decimal(value, {maximumFractionDigits: 1}) + SIGN;
  if (share <= 0) return shown(0);
  if (share < 0.001) return `<${GAP}${shown(0.1)}`;
  if (share >= 0.9995 && share < 1) return `>${GAP}${shown(99.9)}`;
  return shown(share * 100);
}

function heat() {
  const holder = $('.softmax');
  if (!holder) return;
  const slider = $('#temperature');
  const factor = 2 ** temperature;
  const shares = softmax(JSON.parse(holder.dataset.logits).map((logit) => logit / factor));
  const rows = $$('.softmax tbody tr');
  const labels = rows.filter((row) => !row.querySelector('.others')).length;
  rows.forEach((row, number) => {
    const others = shares.slice(labels).reduce((total, share) => total + share, 0);
    const share = number < labels ? shares[number] : others;
    const data = row.querySelector('td:nth-child(3) data');
    data.value = String(share);
    data.title = decimal(share, {maximumSignificantDigits: 17});
    data.textContent = percent(share);
    row.querySelector('.bar > span').style.width = `${share * 100}%`;
  });
  const written = decimal(factor, {maximumSignificantDigits: 3});
  slider.value = temperature;
  slider.setAttribute('aria-valuetext', written);
  $('.temperature output').textContent = written;
  $('[data-go="true-temperature"]').disabled = temperature === 0;
}

function choose() {
  const chooser = $('.chooser select');
  if (!chooser) return;
  if (![...chooser.options].some(({value}) => value === parent)) parent = '0';
  chooser.value = parent;
  for (const panel of $$('[data-parent]')) panel.hidden = panel.dataset.parent !== parent;
}

// ---- hands on it

element.addEventListener('click', (event) => {
  const row = event.target.closest('tr[data-label]');
  if (row) follow(row.dataset.label);
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.step) go(Number(button.dataset.step));
  else if (button.dataset.go === 'next') go(step + 1);
  else if (button.dataset.go === 'previous') go(step - 1);
  else if (button.dataset.go === 'locate') trigger('click', {go: 'locate-tab'});
  else if (button.dataset.go === 'cities') cities()?.click();
  else if (button.dataset.go === 'true-temperature') {
    temperature = 0;
    heat();
    $('#temperature').focus();
  }
});

element.addEventListener('input', (event) => {
  if (event.target.name === 'opacity') $('.step-why .layer').style.opacity = event.target.value / 100;
  if (event.target.id !== 'temperature') return;
  temperature = Number(event.target.value);
  heat();
});

element.addEventListener('change', (event) => {
  if (event.target.id === 'follow') follow(event.target.value);
  if (!event.target.closest('.chooser')) return;
  parent = event.target.value;
  choose();
});

// The arrow keys, and the keys that a presenter's remote sends; not while a control of its own uses them.
document.addEventListener('keydown', (event) => {
  const turn = {ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1}[event.key];
  if (!turn || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!element.checkVisibility() || !$('section.step')) return;
  if (event.target.closest('input, select, textarea, [contenteditable]')) return;
  event.preventDefault();
  go(step + turn);
});

// Back or Forward in the browser
document.addEventListener('streetclip-step', ({detail}) => {
  step = detail;
  show(true);
});

const draw = () => {
  show(false);
  if (temperature) heat(); // else the numbers stand as they were computed
  follow(followed);
  choose();
  const adding = $('[data-go="cities"]');
  if (adding) adding.hidden = !cities();
};
watch('value', draw);
draw();
