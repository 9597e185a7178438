// Runs once the page is there; Gradio calls the function.
// biome-ignore lint/correctness/noUnusedVariables: see above
function wirePage() {
  // On a phone the long list of labels is folded: it stands below the answer.
  if (innerWidth < 640) document.querySelector('#labels > button')?.click();

  // There the answer, too, is out of sight when another is asked for.
  document.addEventListener('click', ({target}) => {
    if (innerWidth >= 640 || !target.closest('#update')) return;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    document.querySelector('#answer').scrollIntoView({behavior: isStill ? 'auto' : 'smooth'});
  });

  // What is told of the model lies over the page, until something else is pressed, or Escape.
  const fold = () => document.querySelector('#model details')?.removeAttribute('open');
  document.addEventListener('click', ({target}) => target.closest('#model') ?? fold());
  document.addEventListener('keydown', ({key}) => key === 'Escape' && fold());

  // What is told of an address, too.
  document.addEventListener('click', ({target}) => target.closest('.link-notes button')?.parentElement.remove());

  // Ctrl+Enter (or Cmd+Enter) in the labels or templates locates again, as the button does.
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    if (!event.target.closest('#outline, #templates')) return;
    event.preventDefault();
    document.querySelector('#update')?.click();
  });

  // A listener outside of the queue that fails is told by Gradio to nobody: here, below what it was asked with.
  const ask = window.fetch;
  window.fetch = async (...request) => {
    const answer = await ask(...request);
    if (/\/run\/predict\b/.test(request[0]?.url ?? request[0])) tell(request[1]?.body, answer.clone());
    return answer;
  };

  async function tell(body, answer) {
    const {trigger_id: id, fn_index: number} = JSON.parse(body);
    const key = `problem-of-${id ?? number}`;
    document.getElementById(key)?.remove();
    if (answer.ok) return;
    const {error} = await answer.json().catch(() => ({}));
    const name = window.gradio_config.components.find((one) => one.id === id)?.props.elem_id;
    const place = document.getElementById(name || `component-${id}`) ?? document.getElementById('head');
    const said = document.createElement('p');
    Object.assign(said, {
      id: key,
      className: 'problem',
      textContent: error || document.querySelector('#unexpected span').textContent,
    });
    said.setAttribute('role', 'alert');
    document.getElementById(key)?.remove();
    place.after(said);
  }

  // Dark prints light, and every folded branch unfolded; afterwards all is as it was.
  let restore = () => {};
  matchMedia('print').addEventListener('change', ({matches}) => {
    restore();
    restore = matches ? laidOut() : () => {};
  });

  function laidOut() {
    const folds = [...document.querySelectorAll('.tree details:not([open]), .notes details:not([open])')];
    const isDark = document.body.classList.contains('dark');
    const {background} = document.body.style; // Gradio's, as dark as the page was opened
    for (const fold of folds) fold.open = true;
    document.body.classList.remove('dark');
    document.body.style.background = 'white';
    return () => {
      for (const fold of folds) fold.open = false;
      document.body.classList.toggle('dark', isDark);
      document.body.style.background = background;
    };
  }
}
