// The map as one tab stop: arrow keys go from disc to disc and on through its buttons, plus and minus zoom, Escape closes
// what is open. Called by map.js.
// biome-ignore lint/correctness/noUnusedVariables: map.js calls it
const mapKeys = (map, discs) => {
  const STEPS = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1};
  const MARGIN = 60; // px between a disc that is come to and the map's edge
  const container = map.getContainer();
  const CONTROLS = '.leaflet-popup-close-button, .leaflet-control :is(a[href], button, input)';
  let last; // what had the focus before

  const stops = () => {
    const seen = discs().map((marker) => marker.getElement());
    return [...seen, ...container.querySelectorAll(CONTROLS)].filter((one) => one.checkVisibility());
  };

  // Everything in the map that takes the focus does so by the arrow keys, but for one.
  function settle() {
    const all = stops();
    const current = all.includes(last) ? last : all[0];
    for (const one of [container, ...container.querySelectorAll('a, button, input, [tabindex]')]) {
      const index = one === current ? 0 : -1;
      if (one.tabIndex !== index || !one.hasAttribute('tabindex')) one.tabIndex = index; // each change costs a look at all styles
    }
  }

  function go(to) {
    const marker = discs().find((one) => one.getElement() === to);
    if (marker) map.panInside(marker.getLatLng(), {padding: [MARGIN, MARGIN], animate: false});
    last = to;
    settle();
    to.focus({preventScroll: true});
  }

  container.addEventListener('focusin', ({target}) => {
    if (target === container) return;
    last = target;
    settle();
  });

  container.addEventListener('keydown', (event) => {
    const {key} = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = stops();
    const at = all.indexOf(document.activeElement);
    if (STEPS[key]) go(all[(Math.max(at, STEPS[key] < 0 ? 0 : at) + STEPS[key] + all.length) % all.length]);
    else if (key === 'Home') go(all[0]);
    else if (key === 'End') go(all.at(-1));
    else if ('+='.includes(key)) map.zoomIn();
    else if (key === '-') map.zoomOut();
    else if (key === 'Escape') close();
    else return;
    event.preventDefault();
  });

  function close() {
    map.closePopup();
    if (!container.contains(document.activeElement) || document.activeElement === container) go(stops()[0]);
  }

  map.keyboard.disable();
  return settle;
};
