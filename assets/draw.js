// The drawing of the tab "Draw": its sign, lines, roof and plate are lists to choose from. Runs as js_on_load of its gr.HTML.
let changed; // the clue that was changed here last

element.addEventListener('change', ({target}) => {
  changed = target.dataset.clue;
  trigger('click', {clue: changed, value: target.value});
});

// The drawing is another one now, and the keyboard goes on where it was.
watch('value', () => {
  if (changed && document.activeElement === document.body) element.querySelector(`[data-clue="${changed}"]`)?.focus();
  changed = undefined;
});
