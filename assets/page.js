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
}
