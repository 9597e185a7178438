// Marks a list or templates that were edited and not yet applied, dims the answer that they do not belong to, and brings
// into view what is wrong with them. Runs as js_on_load of the note under the list.
const FIELDS = {labels: '#outline textarea', templates: '#templates textarea'};
const CHECKS = {labels: '#label-check', templates: '#template-check'};

const TABLE = Uint32Array.from({length: 256}, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

// As zlib's: the server says with each answer what it was asked with.
function crc32(words) {
  let crc = ~0;
  for (const byte of new TextEncoder().encode(words)) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

function isPending(name) {
  const applied = document.querySelector('#answer [data-applied]');
  const field = document.querySelector(FIELDS[name]);
  return Boolean(applied && field && Number(applied.dataset[name]) !== crc32(field.value));
}

function look() {
  const pending = Object.keys(FIELDS).filter(isPending);
  document.body.classList.toggle('is-pending', pending.length > 0);
  for (const note of document.querySelectorAll('.not-applied')) note.hidden = !pending.includes(note.dataset.of);
}

function showProblem() {
  for (const [name, check] of Object.entries(CHECKS)) {
    const problem = document.querySelector(`${check} .problem`);
    if (!problem || problem.contains(document.activeElement)) continue;
    const fold = name === 'templates' && document.querySelector('#fine-tuning > button:not(.open)');
    if (fold && !problem.offsetParent) fold.click();
    problem.scrollIntoView({block: 'nearest'});
  }
}

document.addEventListener('input', ({target}) => target.closest?.('#outline, #templates') && look());
const looking = new MutationObserver(look);
const showing = new MutationObserver(showProblem);
for (const place of ['#answer', ...Object.values(CHECKS)]) {
  const at = document.querySelector(place);
  if (!at) continue;
  // Where an answer has the same parts as the one before, Gradio changes their texts and attributes only.
  looking.observe(at, {childList: true, subtree: true, attributeFilter: ['data-labels', 'data-templates']});
  if (place !== '#answer') showing.observe(at, {childList: true, subtree: true});
}
look();
