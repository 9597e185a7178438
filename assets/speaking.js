// The line of clues under an answer. Runs as js_on_load of its gr.HTML, with element, watch and trigger.
const MOST = 30; // times that it asks whether the captions of clues are there
const SECONDS = 2;
let asked = 0;

const ask = () => trigger('select');

document.addEventListener('streetclip-row', ask); // another row of the tree is chosen

watch('value', () => {
  if (!element.querySelector('[data-later]')) asked = 0;
  else if (asked++ < MOST) setTimeout(ask, 1000 * SECONDS);
});
