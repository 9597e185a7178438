// The line of clues under an answer, and the hint that a photo may be none of a street. Runs as js_on_load of its gr.HTML,
// with element, watch and trigger.
const MOST = 30; // times that it asks whether the captions of clues are there
const SECONDS = 2;
let asked = 0;
let closed = ''; // the photo whose hint was closed

const ask = () => trigger('select');
const hint = () => element.querySelector('.doubt');

document.addEventListener('streetclip-row', ask); // another row of the tree is chosen

element.addEventListener('click', ({target}) => {
  if (!target.closest('.dismiss')) return;
  closed = hint().dataset.photo;
  hint().remove();
});

watch('value', () => {
  if (hint()?.dataset.photo === closed) hint().remove();
  if (!element.querySelector('[data-later]')) asked = 0;
  else if (asked++ < MOST) setTimeout(ask, 1000 * SECONDS);
});
