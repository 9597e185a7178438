// Where the model looked, and what a visitor paints over. Runs as js_on_load of the square's gr.HTML, with element, watch
// and trigger. What is painted is kept here; the server is told the cells, stroke by stroke.
let strokes = []; // sets of cells, the last one last
let answer = ''; // to which they belong
const settings = {}; // of the controls, by name, as the square is drawn anew for each row
let cursor = [0, 0]; // the keyboard's square: its upper left cell, column and row
let isTaken = false; // what the page's link asks for
let stroke = null; // the set of cells of the pointer that is down

const $ = (selector) => element.querySelector(selector);
const canvas = () => $('.brush');
const cells = () => Number($('.square').dataset.cells);
const size = () => Number($('[name=size]').value);
const limited = (value, most) => Math.min(Math.max(value, 0), most);

// A brush that reaches over the edge paints what lies inside.
function square([column, row]) {
  const [side, most] = [size(), cells()];
  const isInside = (value) => value >= 0 && value < most;
  const found = [];
  for (let y = row; y < row + side; y++)
    for (let x = column; x < column + side; x++) if (isInside(x) && isInside(y)) found.push(y * most + x);
  return found;
}

function all() {
  return new Set([...strokes, stroke ?? []].flatMap((one) => [...one]));
}

function draw() {
  const [pen, side] = [canvas().getContext('2d'), cells()];
  pen.clearRect(0, 0, side, side);
  pen.fillStyle = getComputedStyle(canvas()).color;
  pen.globalAlpha = 0.75;
  for (const cell of all()) pen.fillRect(cell % side, Math.floor(cell / side), 1, 1);
  const share = (value) => `${(100 * value) / side}%`;
  const [left, top, width] = [...cursor, size()].map(share);
  Object.assign($('.cursor').style, {left, top, width, height: width});
  $('[name=undo]').disabled = !strokes.length;
}

// What is painted now, for whoever asks without it.
function told() {
  const painted = all();
  const grid = Array.from({length: cells() ** 2}, (_, cell) => (painted.has(cell) ? '1' : '0')).join('');
  return JSON.stringify({cells: grid, fill: $('[name=fill]').value, answer});
}

function ask() {
  draw();
  window.streetclip = {...window.streetclip, brush: told};
  trigger('submit');
}

function undo() {
  if (!strokes.pop()) return;
  if (document.activeElement === $('[name=undo]') && !strokes.length) canvas().focus();
  ask();
}

// ---- the pointer

function paint(event) {
  const box = canvas().getBoundingClientRect();
  const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  const corner = [x, y].map((share) => Math.round(share * cells() - size() / 2));
  for (const cell of square(corner)) stroke.add(cell);
  draw();
}

element.addEventListener('pointerdown', (event) => {
  if (event.target !== canvas() || event.button) return;
  stroke = new Set();
  canvas().setPointerCapture?.(event.pointerId);
  paint(event);
});

element.addEventListener('pointermove', (event) => stroke && paint(event));

element.addEventListener('pointerup', () => {
  if (!stroke) return;
  strokes.push(stroke);
  stroke = null;
  ask();
});

element.addEventListener('pointercancel', () => {
  stroke = null;
  draw();
});

// ---- the keyboard

const STEPS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

element.addEventListener('keydown', (event) => {
  if (event.target !== canvas() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in STEPS) {
    cursor = cursor.map((value, axis) => limited(value + STEPS[event.key][axis], cells() - size()));
    tell();
    draw();
  } else if (event.key === ' ' || event.key === 'Enter') {
    strokes.push(new Set(square(cursor)));
    ask();
  } else if (event.key === 'Backspace' || event.key === 'Delete') undo();
  else return;
  event.preventDefault();
});

function tell() {
  const [right, down] = cursor.map((value) => Math.round((100 * (value + size() / 2)) / cells()));
  $('[role=status]').textContent = canvas().dataset.at.replace('{right}', right).replace('{down}', down);
}

// ---- controls

function fade() {
  const layer = $('.layer');
  if (!layer) return;
  const share = Number($('[name=opacity]').value) / 100;
  layer.style.opacity = share;
  $('.seen').style.filter = `grayscale(${share})`; // on which both colours can be told
}

element.addEventListener('input', ({target}) => {
  settings[target.name] = target.value;
  if (target.name === 'opacity') fade();
  if (target.name === 'size') {
    cursor = cursor.map((value) => limited(value, cells() - size()));
    draw();
  }
});

element.addEventListener('change', ({target}) => {
  if (target.name === 'fill' && strokes.length) ask();
});

element.addEventListener('click', ({target}) => target.name === 'undo' && undo());

document.addEventListener('streetclip-row', () => {
  if (element.checkVisibility()) trigger('select'); // another row of the tree is chosen
});

// ---- after each answer

// What the page's link has on the picture, once: then all is the visitor's.
function takeGiven() {
  const {given} = $('.square').dataset;
  if (isTaken || !given) return;
  isTaken = true;
  const {brush, fill, sweep} = JSON.parse(given);
  if (fill) settings.fill = $('[name=fill]').value = fill;
  if (brush.length) {
    strokes = brush.map(([left, top, width, height]) => {
      const at = Array.from({length: width * height}, (_, one) => [one % width, Math.floor(one / width)]);
      return new Set(at.map(([x, y]) => (top + y) * cells() + left + x));
    });
    ask();
  }
  if (sweep) document.querySelector('#why-sweep').click();
}

function redraw() {
  if (!canvas()) return;
  for (const [name, value] of Object.entries(settings)) if ($(`[name=${name}]`)) $(`[name=${name}]`).value = value;
  if ($('.square').dataset.answer !== answer) {
    answer = $('.square').dataset.answer;
    strokes = [];
    cursor = [0, 0].map(() => Math.round((cells() - size()) / 2));
  }
  for (const one of document.querySelectorAll('#why-area .without, #why-area .sweep'))
    if (one.dataset.answer !== answer) one.remove(); // which came late
  fade();
  draw();
  takeGiven();
}

watch('value', redraw);
redraw();
