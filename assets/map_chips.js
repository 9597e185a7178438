// What of an answer lies outside the map's view stands at its edge, as a button that goes there; and "Back to the answer".
// No tab stops: the keyboard walks from place to place (assets/map_keys.js). Called by map.js.
// biome-ignore lint/correctness/noUnusedVariables: map.js calls it
const mapChips = (map, words, goTo) => {
  const INSETS = [6, 38, 70]; // px from the map's edge
  const FAINT = 0.01; // a place less likely than this is its number alone
  const STEPS = [0, ...Array.from({length: 16}, (_, i) => [(i + 1) / 2, (i + 1) / -2]).flat()]; // in chips
  const NEAR = 9; // of these steps: a chip with its name goes no farther, lest it covers the first place
  const holder = L.DomUtil.create('div', 'chips', map.getContainer());
  L.DomEvent.disableClickPropagation(holder);

  function chip({about, marker}, isNamed) {
    const button = L.DomUtil.create('button', 'chip', holder);
    const part = (name, text) =>
      Object.assign(L.DomUtil.create('span', name, button), {textContent: text, dir: 'auto'});
    button.type = 'button';
    button.tabIndex = -1;
    button.dataset.path = JSON.stringify(about.path);
    button.title = words.go.replace('{place}', `${about.name} ${about.share}`);
    button.setAttribute('aria-label', button.title);
    part('chip-rank', about.rank || '');
    if (isNamed && about.probability >= FAINT) {
      part('chip-name', about.name);
      part('chip-share', about.share);
    }
    part('chip-arrow', '→');
    button.addEventListener('click', () => goTo(marker));
    return button;
  }

  const isIn = (boxes, room) => boxes.some((other) => other.overlaps(room));
  const halfOf = (button) => L.point(button.offsetWidth, button.offsetHeight).divideBy(2);

  // The first free spot along the edge, from where the straight line to the place leaves the map; farther in if there is none.
  // Returns whether there was one.
  function put(button, half, target, taken, free, most) {
    for (const inset of INSETS) {
      for (const spot of spotsAlong(half, target, inset, most)) {
        const at = map.containerPointToLayerPoint(spot);
        const room = L.bounds(at.subtract(half), at.add(half));
        if (isIn(taken, room) || isIn(free, room)) continue;
        taken.push(room);
        const {x, y} = target.subtract(spot);
        button.style.translate = `${spot.x - half.x}px ${spot.y - half.y}px`;
        button.querySelector('.chip-arrow').style.rotate = `${Math.atan2(y, x)}rad`;
        return true;
      }
    }
    return false;
  }

  // With its name; as a number where there is no room for that; not at all on a map that is full.
  function add(button, half, target, taken, free) {
    if (put(button, half, target, taken, free, NEAR)) return;
    for (const part of button.querySelectorAll('.chip-name, .chip-share')) part.remove();
    if (!put(button, halfOf(button), target, taken, free, STEPS.length)) button.remove();
  }

  function spotsAlong(half, target, inset, most) {
    const foot = map.attributionControl.getContainer().offsetHeight;
    const middle = map.getSize().subtract([0, foot]).divideBy(2);
    const reach = middle.subtract(half).subtract([inset, inset]);
    const away = target.subtract(middle);
    const [across, down] = [reach.x / Math.abs(away.x), reach.y / Math.abs(away.y)];
    const edge = middle.add(away.multiplyBy(Math.min(across, down)));
    const step = across < down ? L.point(0, 2 * half.y + 4) : L.point(half.x + 12, 0);
    return STEPS.slice(0, most)
      .map((steps) => edge.add(step.multiplyBy(steps)))
      .filter(({x, y}) => Math.abs(x - middle.x) < reach.x + 1 && Math.abs(y - middle.y) < reach.y + 1);
  }

  // Puts chips there anew; returns the boxes that they take.
  function chipped(outside, isNamed, taken, free) {
    holder.replaceChildren();
    const boxes = [...taken];
    const made = outside.map(({place, at}) => ({button: chip(place, isNamed), at}));
    const halves = made.map(({button}) => halfOf(button)); // all at once, as each look after a change lays them out again
    for (const [i, {button, at}] of made.entries()) add(button, halves[i], at, boxes, free);
    return boxes.slice(taken.length);
  }

  // `places`: {about, marker} of all that has a number, or is a second pin, best first; `taken`, and `free` to be left
  // free by chips alone: boxes in layer points.
  return (places, taken, free) => {
    const size = map.getSize();
    holder.replaceChildren();
    if (!size.x || !size.y) return;
    const view = L.bounds([0, 0], size);
    const outside = places
      .map((place) => ({place, at: map.latLngToContainerPoint(place.marker.getLatLng())}))
      .filter(({at}) => !view.contains(at));
    let boxes = chipped(outside, true, taken, free);
    // All of them as numbers, rather than some with their names and one not at all
    if (holder.childElementCount < outside.length) boxes = chipped(outside, false, taken, free);
    taken.push(...boxes);
  };
};
