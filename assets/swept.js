// What each part of the picture does. Runs as js_on_load of its gr.HTML, with element and watch.
function underlay() {
  const [own, seen] = [element.querySelector('.seen'), document.querySelector('#why-looked .seen')];
  if (own && seen) own.src = seen.src; // which need not be sent with each picture
  const [mine, shown] = [element.querySelector('.sweep'), document.querySelector('#why-looked .square')];
  if (mine && mine.dataset.answer !== shown?.dataset.answer) mine.remove(); // it came after another model was chosen
}

// The button that stops is gone as soon as it has.
document.addEventListener(
  'click',
  ({target}) => target.closest('#why-stop') && document.querySelector('#why-sweep')?.focus(),
);

watch('value', underlay);
underlay();
