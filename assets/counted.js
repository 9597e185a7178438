// The list of what counts: tells the listener which photo is to go. Runs as js_on_load of its gr.HTML, with element and
// trigger.
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-photo]');
  if (button) trigger('click', {index: Number(button.dataset.photo)});
});
