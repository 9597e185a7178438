// The link and the code to copy. Runs as js_on_load of the share area's gr.HTML, with element and watch.
const quoted = (words) => words.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/; // nobody else's computer

function fillIn() {
  const fields = element.querySelector('.share-fields');
  if (!fields) return;
  const here = location.origin + location.pathname;
  element.querySelector('.loopback').hidden = !LOOPBACK.test(location.hostname);
  const {link, embed, title} = fields.dataset;
  fields.querySelector('#share-link').value = here + link;
  fields.querySelector('#share-code').value =
    `<iframe src="${quoted(here + embed)}" title="${quoted(title)}" ` +
    'style="width: 100%; aspect-ratio: 16 / 9; border: 0" allow="fullscreen" loading="lazy"></iframe>';
}

element.addEventListener('click', async ({target}) => {
  const button = target.closest('[data-copy]');
  if (!button) return;
  const fields = element.querySelector('.share-fields');
  const field = fields.querySelector(`#${button.dataset.copy}`);
  const status = element.querySelector('[role=status]');
  status.textContent = '';
  try {
    await navigator.clipboard.writeText(field.value);
    status.textContent = fields.dataset.copied;
  } catch {
    // no permission, or no secure address
    field.focus();
    field.select();
    status.textContent = fields.dataset.notCopied;
  }
});

watch('value', fillIn);
fillIn();
