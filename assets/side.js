// Models side by side: tells the listener which model's files are to be removed. Runs as js_on_load of its gr.HTML, with
// element and trigger.
element.addEventListener('click', ({target}) => {
  const button = target.closest('button[data-remove]');
  if (button) trigger('click', {index: Number(button.dataset.remove)});
  const keep = target.closest('button[data-keep]');
  if (keep) keep.closest('details').open = false;
});
