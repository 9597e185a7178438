// A phone in a class's room: the photo, a map to put one pin on, and the answer when the lecturer shows it. Asks for the
// map, the photo and one stream of events, and sends its pin; see streetclip_demo/serve/class_routes.py.
const DEGREES = 180 / Math.PI;
const MOST_LATITUDE = 84;
const WIDEST = 360;
const BESIDE_BUTTONS = 66; // pixels: the zoom buttons lie at the right, and half a mark
const NARROWEST = 3; // degrees of longitude on the map
const TAP_PX = 9; // a finger that moves more than this drags
const STEP_PX = 24;
const FINE_PX = 3;
const POLL_MILLISECONDS = 4000; // where there is no stream
const EARTH_KM = 6371;
const ARROWS = {ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0]};
const SHAPES = {
  truth:
    'M0-9.500l2.900 6.100 6.600.900-4.800 4.600 1.200 6.600L0 5.500l-5.900 3.200 1.200-6.600-4.800-4.600 6.600-.900z',
  you: 'M0 0c-4-5.500-7-9-7-13a7 7 0 0 1 14 0c0 4-3 7.500-7 13zm0-10.400a2.600 2.600 0 1 0 0-5.200 2.600 2.600 0 0 0 0 5.200z',
  model: 'M0-8 8 0 0 8-8 0z',
};

const at = (id) => document.getElementById(id);
const words = JSON.parse(document.body.dataset.words);
const language = document.documentElement.lang;
const here = location.pathname.replace(/\/+$/, ''); // also below a path that a proxy takes off
const ours = (sentence) => words.said[sentence] ?? sentence; // what the lesson says is English, if it is one of ours
const filled = (sentence, parts) => sentence.replace(/\{(\w+)\}/g, (_, name) => parts[name]);

// The sphere

const wrapped = (longitude) => ((((longitude + 180) % 360) + 360) % 360) - 180;
const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
const north = (latitude) =>
  -Math.log(Math.tan(Math.PI / 4 + clamp(latitude, -MOST_LATITUDE, MOST_LATITUDE) / DEGREES / 2)) * DEGREES;
const latitudeAt = (y) => (2 * Math.atan(Math.exp(-y / DEGREES)) - Math.PI / 2) * DEGREES;
const TOP = north(MOST_LATITUDE);

function distanceKm([latitude, longitude], [otherLatitude, otherLongitude]) {
  const [a, b] = [latitude / DEGREES, otherLatitude / DEGREES];
  const half =
    Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin((otherLongitude - longitude) / DEGREES / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}

function kilometres(distance) {
  if (distance < 1) return words.UNDER_A_KILOMETRE;
  return new Intl.NumberFormat(language, {maximumSignificantDigits: 2}).format(distance) + '\u00a0km';
}

// As the lecturer's page writes it
function percent(share) {
  const shown = new Intl.NumberFormat(language, {style: 'percent', maximumFractionDigits: 1}).format(share);
  return language === 'en' ? shown.replace('%', '\u00a0%') : shown;
}

// The outlines: rings of [longitude, latitude]

function ringsOf({grid, countries}) {
  return Object.entries(countries).map(([code, rings]) => {
    const unpacked = rings.map((steps) => {
      let [x, y] = [0, 0];
      const ring = [];
      for (let n = 0; n < steps.length; n += 2) {
        x += steps[n];
        y += steps[n + 1];
        ring.push([x / grid, y / grid]);
      }
      return ring;
    });
    return [code, unpacked];
  });
}

function isInside([latitude, longitude], rings) {
  let inside = false;
  for (const ring of rings) {
    for (let n = 0, before = ring.length - 1; n < ring.length; before = n++) {
      const [[x, y], [fromX, fromY]] = [ring[n], ring[before]];
      if (y > latitude !== fromY > latitude && longitude < ((fromX - x) * (latitude - y)) / (fromY - y) + x)
        inside = !inside;
    }
  }
  return inside;
}

const codeAt = (point, outlines) => outlines.find(([, rings]) => isInside(point, rings))?.[0];

function countryAt(point, outlines) {
  const code = codeAt(point, outlines);
  try {
    return code ? new Intl.DisplayNames([language], {type: 'region'}).of(code) : words.PHONE_SEA;
  } catch {
    return code; // not a code of the browser's
  }
}

// What this phone remembers of the room: who it is, and its pins. Where nothing may be kept, until the page is closed.

const KEY = `streetclip-room-${here}`;
const newPhone = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const memory = {phone: newPhone(), pins: {}};
try {
  Object.assign(memory, JSON.parse(localStorage.getItem(KEY)));
} catch {
  // none is kept here
}

function remember() {
  try {
    localStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    // none may be
  }
}

// The map

const world = at('world');
const view = {x: -170, y: north(78), width: 350}; // in degrees of longitude; y goes down
let outlines = [];
const marks = new Map(); // kind -> [latitude, longitude]

function element(name, attributes, parent) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

function drawLand() {
  const ring = (corners) => `M${corners.map(([x, y]) => `${x.toFixed(2)} ${north(y).toFixed(2)}`).join('L')}Z`;
  const dot = ([[x, y]]) => `M${x} ${north(y)}h.01`;
  const lands = element('g', {class: 'lands', id: 'lands'}, world);
  const all = outlines.flatMap(([, rings]) =>
    rings.map((corners) => (corners.length > 1 ? ring(corners) : dot(corners))),
  );
  element('path', {d: all.join('')}, lands);
  for (const x of [-360, 360]) element('use', {href: '#lands', x, class: 'turn'}, world);
  element('g', {id: 'marks'}, world);
}

const box = () => {
  const {width, height} = world.getBoundingClientRect();
  return {width: width || 360, height: height || 300};
};

function drawView() {
  const {width, height} = box();
  const tall = (view.width * height) / width;
  view.y = tall > -2 * TOP ? -tall / 2 : clamp(view.y, TOP, -TOP - tall);
  const middle = wrapped(view.x + view.width / 2);
  view.x = middle - view.width / 2;
  world.setAttribute('viewBox', `${view.x} ${view.y} ${view.width} ${tall}`);
  for (const turn of world.querySelectorAll('.turn')) {
    const isSeen = Number(turn.getAttribute('x')) < 0 ? view.x < -180 : view.x + view.width > 180;
    turn.style.display = isSeen ? '' : 'none';
  }
  drawMarks();
}

function drawMarks() {
  const holder = at('marks');
  if (!holder) return;
  holder.replaceChildren();
  const scale = (1.15 * view.width) / box().width;
  const middle = view.x + view.width / 2;
  for (const [kind, [latitude, longitude]] of marks) {
    const x = wrapped(longitude - middle) + middle;
    element(
      'path',
      {class: `mark ${kind}`, d: SHAPES[kind], transform: `translate(${x} ${north(latitude)}) scale(${scale})`},
      holder,
    );
  }
}

function zoom(factor, px = box().width / 2, py = box().height / 2) {
  const before = view.width / box().width;
  view.width = clamp(view.width / factor, NARROWEST, WIDEST);
  const after = view.width / box().width;
  view.x += px * (before - after);
  view.y += py * (before - after);
  drawView();
}

function pan(dx, dy) {
  const unit = view.width / box().width;
  view.x -= dx * unit;
  view.y -= dy * unit;
  drawView();
}

function show(points) {
  const first = points[0][1];
  const xs = points.map(([, longitude]) => wrapped(longitude - first) + first);
  const ys = points.map(([latitude]) => north(latitude));
  const {width, height} = box();
  const wide = Math.max(
    20,
    ((Math.max(...xs) - Math.min(...xs)) * width) / (width - 2 * BESIDE_BUTTONS),
    (1.5 * (Math.max(...ys) - Math.min(...ys)) * width) / height,
  );
  view.width = Math.min(WIDEST, wide);
  view.x = (Math.max(...xs) + Math.min(...xs) - view.width) / 2;
  view.y = (Math.max(...ys) + Math.min(...ys) - (view.width * height) / width) / 2;
  drawView();
}

const pointAt = (px, py) => {
  const unit = view.width / box().width;
  return [clamp(latitudeAt(view.y + py * unit), -MOST_LATITUDE, MOST_LATITUDE), wrapped(view.x + px * unit)];
};

// The pin

let state; // what the server said last
let isSending = false;

function put(point) {
  if (!state || state.truth) return;
  marks.set('you', point);
  at('send').disabled = isSending;
  say(filled(words.PIN_AT, {position: countryAt(point, outlines)}));
  drawMarks();
}

function say(sentence, isProblem = false) {
  at('status').textContent = sentence;
  at('told').classList.toggle('problem', isProblem);
}

async function send() {
  const [point, {number}] = [marks.get('you'), state];
  if (!point || isSending) return;
  isSending = true;
  at('send').disabled = true;
  const body = JSON.stringify({phone: memory.phone, number, latitude: point[0], longitude: point[1]});
  try {
    const answer = await fetch(`${here}/pin${location.search}`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body,
    });
    if (answer.ok) {
      memory.pins[number] = point;
      remember();
      say(filled(words.PHONE_SENT, {place: countryAt(point, outlines)}));
    } else {
      at('send').disabled = false;
      say((await answer.json()).error, true);
    }
  } catch {
    at('send').disabled = false;
    say(words.PHONE_OFFLINE, true);
  }
  isSending = false;
}

// What the server says

function hear(said) {
  const isNew = said.number !== state?.number;
  state = said;
  if (isNew) begin(said);
  if (said.truth) end(said);
  at('send').hidden = Boolean(said.truth);
}

function begin({number, count, question, credit}) {
  at('question').textContent = ours(question);
  at('number').textContent = filled(words.QUESTION_NUMBER, {number: number + 1, count});
  at('credit').textContent = ours(credit);
  Object.assign(at('photo'), {src: `${here}/photo?${number}`, alt: ours(question), hidden: false});
  at('result').replaceChildren();
  marks.clear();
  say(words.PHONE_HELP);
  at('send').disabled = true;
  const sent = memory.pins[number];
  if (!sent) {
    drawMarks();
    return;
  }
  marks.set('you', sent); // this page was reloaded
  say(filled(words.PHONE_SENT, {place: countryAt(sent, outlines)}));
  drawMarks();
}

function end(said) {
  const {truth, explanation, model, pins, number, count} = said;
  const own = memory.pins[number];
  marks.clear();
  if (model) marks.set('model', model.point);
  marks.set('truth', truth.point);
  if (own) marks.set('you', own);
  show([truth.point, ...[own, model?.point].filter(Boolean)]);
  const lines = [['truth', filled(words.IT_WAS, {place: placeName(truth.place, truth)})]];
  if (explanation) lines.push(['', ours(explanation)]);
  if (pins) lines.push(['', classWords(said)]);
  if (model && truth.country) lines.push(['', `${model.name}: ${placeName(model.place, truth)}`]);
  else if (model) {
    const distance = kilometres(distanceKm(model.point, truth.point));
    lines.push(['', filled(words.PHONE_MODEL, {model: model.name, place: model.place, distance})]);
  }
  if (number + 1 < count) lines.push(['', words.PHONE_WAIT]);
  const paragraphs = lines.map(([className, textContent]) =>
    Object.assign(document.createElement('p'), {className, textContent, dir: 'auto'}),
  );
  at('result').replaceChildren(...paragraphs);
  say(own ? verdict(own, truth) : words.PHONE_NO_PIN);
}

// Countries have the reader's names where the answer is a country; a label may be called like one elsewhere.
const placeName = (place, truth) => (truth.country ? ours(place) : place);

function classWords({pins, medianKm, rightShare}) {
  const share = percent(rightShare);
  if (medianKm === null) return filled(words.ROOM_RIGHT_SHARE, {share});
  return filled(words.PHONE_CLASS, {pins, distance: kilometres(medianKm), share});
}

// A country is right or wrong, and no distance away.
function verdict(pin, truth) {
  if (truth.country) return codeAt(pin, outlines) === truth.country ? words.RIGHT_COUNTRY : words.OTHER_COUNTRY;
  return filled(words.PHONE_AWAY, {distance: kilometres(distanceKm(pin, truth.point))});
}

function over(sentence) {
  document.body.classList.add('over');
  at('result').replaceChildren();
  say(sentence);
}

function listen() {
  const events = new EventSource(`${here}/events`);
  events.addEventListener('message', ({data}) => hear(JSON.parse(data)));
  events.addEventListener('over', () => {
    events.close();
    over(words.ROOM_CLOSED);
  });
  events.addEventListener('error', () => {
    if (events.readyState === 2)
      poll(); // refused, not lost: it does not come again by itself
    else if (!state) say(words.PHONE_OFFLINE, true);
  });
}

async function poll() {
  try {
    const answer = await fetch(`${here}/state${location.search}`);
    if (answer.ok) {
      const said = await answer.json();
      if (JSON.stringify(said) !== JSON.stringify(state)) hear(said);
    } else if ([404, 410].includes(answer.status)) {
      over((await answer.json()).error);
      return;
    }
  } catch {
    say(words.PHONE_OFFLINE, true);
  }
  setTimeout(poll, POLL_MILLISECONDS);
}

// Fingers, wheel, keys

const fingers = new Map(); // pointer -> [x, y]
let isTap = false;

const inMap = ({clientX, clientY}) => {
  const {left, top} = world.getBoundingClientRect();
  return [clientX - left, clientY - top];
};
const spread = ([[ax, ay], [bx, by]]) => Math.max(1, Math.hypot(ax - bx, ay - by));
const centre = (points) => [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
let from; // where the first finger went down

world.addEventListener('pointerdown', (event) => {
  world.setPointerCapture?.(event.pointerId);
  fingers.set(event.pointerId, inMap(event));
  isTap = fingers.size === 1;
  from = inMap(event);
});
world.addEventListener('pointermove', (event) => {
  if (!fingers.has(event.pointerId)) return;
  const spot = inMap(event);
  if (isTap && Math.hypot(spot[0] - from[0], spot[1] - from[1]) < TAP_PX) return;
  isTap = false;
  const before = [...fingers.values()];
  fingers.set(event.pointerId, spot);
  const after = [...fingers.values()];
  const [[x, y], [toX, toY]] = [centre(before), centre(after)];
  pan(toX - x, toY - y);
  if (after.length === 2) zoom(spread(after) / spread(before), toX, toY);
});
for (const name of ['pointerup', 'pointercancel']) {
  world.addEventListener(name, (event) => {
    const isOver = isTap && name === 'pointerup' && fingers.has(event.pointerId);
    fingers.delete(event.pointerId);
    isTap = false;
    if (isOver) put(pointAt(...inMap(event)));
  });
}
world.addEventListener(
  'wheel',
  (event) => {
    event.preventDefault();
    zoom(1.2 ** -Math.sign(event.deltaY), ...inMap(event));
  },
  {passive: false},
);
world.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (ARROWS[event.key]) movePin(...ARROWS[event.key].map((way) => way * (event.shiftKey ? FINE_PX : STEP_PX)));
  else if ('+='.includes(event.key)) zoom(1.5);
  else if (event.key === '-') zoom(1 / 1.5);
  else if (event.key === 'Enter') send();
  else return;
  event.preventDefault();
});

function movePin(dx, dy) {
  const {width, height} = box();
  const unit = view.width / width;
  const pin = marks.get('you');
  if (!pin) {
    put(pointAt(width / 2, height / 2));
    return;
  }
  const middle = view.x + view.width / 2;
  const x = (wrapped(pin[1] - middle) + middle - view.x) / unit + dx;
  const y = (north(pin[0]) - view.y) / unit + dy;
  put(pointAt(x, y));
  const [right, down] = [clamp(x, 30, width - 30) - x, clamp(y, 30, height - 30) - y];
  if (right || down) pan(right, down); // it stays in view
}

at('in').addEventListener('click', () => zoom(1.7));
at('out').addEventListener('click', () => zoom(1 / 1.7));
at('send').addEventListener('click', send);
new ResizeObserver(drawView).observe(world); // its room changes with what is said round it
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', ({matches}) => {
  document.documentElement.dataset.theme = matches ? 'dark' : 'light';
});

async function start() {
  remember();
  listen();
  try {
    outlines = ringsOf(await (await fetch(`${here}/map`)).json());
  } catch {
    say(words.PHONE_OFFLINE, true);
  }
  drawLand();
  drawView();
}

start();
