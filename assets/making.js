// The questions of a lesson that is being made: their buttons. Runs as js_on_load of the gr.HTML that lists them.
let pressed = ''; // which button, so that the keyboard goes on at it in the list that comes

element.addEventListener('click', ({target}) => {
  const button = target.closest('button[data-do]');
  if (!button) return;
  pressed = `[data-do="${button.dataset.do}"]`;
  trigger('click', {what: button.dataset.do, number: Number(button.dataset.number)});
});

watch('value', () => {
  if (pressed && document.activeElement === document.body) element.querySelector(pressed)?.focus();
  pressed = '';
});
