() => {
  // On a phone the long list of labels is folded: it stands below the answer.
  if (innerWidth < 640) document.querySelector('#labels > button')?.click();

  // There the answer, too, is out of sight when another is asked for.
  document.addEventListener('click', ({target}) => {
    if (innerWidth >= 640 || !target.closest('#update')) return;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    document.querySelector('#answer').scrollIntoView({behavior: isStill ? 'auto' : 'smooth'});
  });

  // Ctrl+Enter (or Cmd+Enter) in the labels or templates locates again, as the button does.
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    if (!event.target.closest('#outline, #templates')) return;
    event.preventDefault();
    document.querySelector('#update')?.click();
  });

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
