// Files are made in this browser from what the page sends: nothing is written on the server. Runs as js_on_load of the
// export area's gr.HTML, with element and props.
const WIDTH = 1600;
const EDGE = 56;
const WAIT_MILLISECONDS = 8000;
const LETTERS = 'system-ui, "Noto Sans", "Noto Sans JP", sans-serif';

const say = (key, name = '') => {
  const sentence = element.querySelector('[data-said]').dataset[key];
  element.querySelector('[role=status]').textContent = sentence.replace('{name}', () => name);
};

document.addEventListener('streetclip-file', async ({detail}) => {
  if (!element.isConnected || !detail) return;
  const file = JSON.parse(detail);
  try {
    save(await contentOf(file), file.name);
    say('saved', file.name);
  } catch (problem) {
    console.warn(problem);
    say('failed');
  }
});

async function contentOf(file) {
  if (file.kind === 'text') return new Blob([file.text], {type: file.type});
  const map = await mapPicture(2);
  const canvas = file.kind === 'map' ? await mapAlone(map, file) : await wholeResult(map, file);
  return new Promise((done) => canvas.toBlob(done, 'image/png'));
}

function save(blob, name) {
  const link = Object.assign(document.createElement('a'), {href: URL.createObjectURL(blob), download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// ---- pictures

// The map draws itself: its frame is closed to this page.
function mapPicture(scale) {
  const frame = [...document.querySelectorAll('#map iframe')].at(-1)?.contentWindow;
  const id = crypto.getRandomValues(new Uint32Array(1))[0];
  return new Promise((done, fail) => {
    const stop = setTimeout(() => finish(() => fail(new Error('the map does not answer'))), WAIT_MILLISECONDS);
    const finish = (then) => {
      removeEventListener('message', hear);
      clearTimeout(stop);
      then();
    };
    const hear = ({source, data}) => {
      if (source !== frame || data?.streetclip !== 'picture' || data.id !== id) return;
      finish(() => (data.url ? load(data.url).then(done, fail) : fail(new Error('the map is not shown'))));
    };
    addEventListener('message', hear);
    frame ? frame.postMessage({streetclip: 'picture', id, scale}, '*') : finish(() => fail(new Error('no map')));
  });
}

async function load(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

function sheet(width, height) {
  const canvas = Object.assign(document.createElement('canvas'), {width, height});
  const pen = canvas.getContext('2d');
  pen.fillStyle = colour('--paper');
  pen.fillRect(0, 0, width, height);
  pen.textBaseline = 'top';
  return [canvas, pen];
}

async function mapAlone(map) {
  const [canvas, pen] = sheet(map.naturalWidth, map.naturalHeight);
  pen.drawImage(map, 0, 0);
  return canvas;
}

// Writes and measures in one: `y` is where the next thing goes. Drawn twice, first to learn the height.
async function wholeResult(map, file) {
  const photo = file.photo ? await load(file.photo) : null;
  const [, measure] = sheet(WIDTH, 10);
  const [canvas, pen] = sheet(WIDTH, Math.ceil(layOut(measure, map, photo, file)));
  layOut(pen, map, photo, file);
  return canvas;
}

function layOut(pen, map, photo, file) {
  let y = EDGE;
  const wide = WIDTH - 2 * EDGE;
  const write = (words, size, ink, {weight = 400, ground = '', gap = 10} = {}) => {
    pen.font = `${weight} ${size}px ${LETTERS}`;
    const lines = broken(pen, words, wide - (ground ? 32 : 0));
    const high = lines.length * size * 1.35;
    if (ground) {
      pen.fillStyle = colour(ground);
      pen.fillRect(EDGE, y, wide, high + 24);
      y += 12;
    }
    pen.fillStyle = colour(ink);
    for (const [number, line] of lines.entries())
      pen.fillText(line, EDGE + (ground ? 16 : 0), y + number * size * 1.35);
    y += high + gap + (ground ? 12 : 0);
  };
  write(file.headline, 46, '--ink', {weight: 600, gap: 6});
  if (file.mark) write(file.mark, 26, '--warn-ink', {weight: 600, ground: '--warn-soft', gap: 14});
  write(file.details, 26, '--ink-soft', {gap: 24});
  y = pictures(pen, map, photo, y, wide) + 32;
  write(file.treeTitle, 30, '--ink', {weight: 600, gap: 12});
  for (const row of file.rows) y = bar(pen, row, y, wide);
  y += 20;
  for (const line of file.foot) write(line, 20, '--ink-soft', {gap: 2});
  return y + EDGE - 10;
}

function broken(pen, words, wide) {
  const lines = [''];
  for (const word of words.split(/(?<=\s)/)) {
    if (pen.measureText(lines.at(-1) + word).width <= wide) {
      lines[lines.length - 1] += word;
      continue;
    }
    if (lines.at(-1)) lines.push('');
    // a word may be longer than a line
    for (const letter of word) {
      if (pen.measureText(lines.at(-1) + letter).width > wide) lines.push('');
      lines[lines.length - 1] += letter;
    }
  }
  return lines;
}

function pictures(pen, map, photo, y, wide) {
  const mapRatio = map.naturalHeight / map.naturalWidth;
  if (!photo) {
    pen.drawImage(map, EDGE, y, wide, wide * mapRatio);
    return y + wide * mapRatio;
  }
  const photoRatio = photo.naturalHeight / photo.naturalWidth;
  const high = Math.min((wide - 20) / (1 / mapRatio + 1 / photoRatio), 900); // both equally high, side by side
  pen.drawImage(photo, EDGE, y, high / photoRatio, high);
  pen.drawImage(map, EDGE + high / photoRatio + 20, y, high / mapRatio, high);
  return y + high;
}

function bar(pen, {depth, name, share, part}, y, wide) {
  const left = EDGE + depth * 40;
  const middle = EDGE + 560;
  const size = depth ? 24 : 26;
  pen.font = `${depth ? 400 : 600} ${size}px ${LETTERS}`;
  pen.fillStyle = colour('--ink');
  pen.fillText(shortened(pen, name, middle - left - 160), left, y);
  pen.textAlign = 'right';
  pen.fillText(share, middle - 20, y);
  pen.textAlign = 'left';
  pen.fillStyle = colour('--line');
  pen.fillRect(middle, y + 6, wide - 560, 20);
  pen.fillStyle = colour('--accent');
  pen.fillRect(middle, y + 6, Math.max(1, (wide - 560) * part), 20);
  return y + size * 1.6;
}

function shortened(pen, words, wide) {
  let said = words;
  while (said && pen.measureText(said).width > wide) said = said.slice(0, -2) + '…';
  return said;
}
