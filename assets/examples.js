// The strip of drawn streets: tells the listener which picture was chosen. Runs as js_on_load of its gr.HTML, with
// element and trigger.
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-example]');
  if (!button) return;
  for (const other of element.querySelectorAll('button')) other.removeAttribute('aria-current');
  button.setAttribute('aria-current', 'true');
  trigger('click', {index: Number(button.dataset.example)});
});
