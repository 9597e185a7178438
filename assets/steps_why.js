// What the last step shows, for steps.js to put there. Runs as js_on_load of its own unseen gr.HTML, with element and watch.
watch('value', () =>
  document.dispatchEvent(new CustomEvent('streetclip-why', {detail: element.querySelector('.reasons')})),
);
