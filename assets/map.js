// What the map's document does beyond Folium (streetclip_demo/maps/world_map.py). People's text arrives as JSON and is only
// ever set as text. Longitudes of places are in the map's frame already: the 360 degrees round its middle.
// biome-ignore lint/correctness/noUnusedVariables: the map's own script calls it
const streetclip = (() => {
  const OFFLINE_ZOOM = 7; // beyond it the outlines have no more to show
  const ONLINE_ZOOM = 18;
  const WHOLE_ZOOM = 7; // at 17 the world would be wider than a browser's widest box
  const HINT_MS = 1600;
  const SMALL = 0.15; // of the map
  const APART = 12; // px between a name's end and another disc
  const NARROW = 600; // px: there a popup finds room under the buttons only
  const UNDER_BUTTONS = [
    [8, 80],
    [8, 8],
  ];
  const BETWEEN_BUTTONS = [
    [52, 8],
    [100, 8],
  ];
  const INSIDE_ZOOM = 5; // from here on the best places inside the discs' labels show
  const MOST_LATITUDE = L.Projection.SphericalMercator.MAX_LATITUDE; // there the world is as tall as wide
  const UNITS = 256 / 360; // of the world's drawing, in one degree of longitude
  const countries = new Map(); // code -> {name, label: [x, y], width in degrees, isPoint, polygons, drawn}
  const likely = new Map(); // code -> what shares() was told
  const guesses = []; // markers in the order in which they get their place
  const known = new Map(); // marker -> what guess() was told
  const widths = new Map(); // of texts, by font
  const sizes = new Map(); // of discs' names, by their greatest width
  const pen = document.createElement('canvas').getContext('2d');
  let map, frame, shifts, sharesPane, visited, moves, chips, settleKeys;
  let chosen = ''; // path, as JSON

  // ---- outlines, read and drawn once in a document, whatever maps it shows

  function outlines(shapes) {
    for (const [code, name, label, shape] of shapes) {
      const isPoint = typeof shape[0] === 'number';
      const polygons = (isPoint ? [[shape]] : shape).map((rings) => polygon(rings.map(ring)));
      const width = Math.max(...polygons.map(({west, east}) => east - west));
      countries.set(code, {name, label, width, isPoint, polygons, drawn: {}});
    }
  }

  // A ring is its first point and then steps, in hundredths of a degree: x, y, dx, dy, ...
  function ring(steps) {
    const points = [];
    for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      points.push([x / 100, y / 100]);
    }
    return points;
  }

  function polygon(rings) {
    const xs = rings[0].map(([x]) => x);
    return {rings, west: Math.min(...xs), east: Math.max(...xs)};
  }

  // As L.CRS.EPSG3857.latLngToPoint at zoom 0, 256 units to the world's side, without its thousands of objects.
  function line(points) {
    let drawn = '';
    for (const [x, y] of points) {
      const sine = Math.sin((Math.max(-MOST_LATITUDE, Math.min(MOST_LATITUDE, y)) * Math.PI) / 180);
      const down = 128 - (64 / Math.PI) * Math.log((1 + sine) / (1 - sine));
      drawn += `${drawn ? 'L' : 'M'}${rounded((x + 180) * UNITS)} ${rounded(down)}`;
    }
    return drawn;
  }

  const rounded = (units) => Math.round(units * 1e4) / 1e4; // toFixed takes three times as long

  // The polygons were cut at 180 degrees; no border is drawn along the cut.
  const onCut = ([x]) => Math.abs(x) === 180;

  function border(points) {
    const lines = [];
    for (let i = 1; i < points.length; i++) {
      if (onCut(points[i - 1]) && onCut(points[i])) continue;
      const last = lines.at(-1);
      if (last && last.at(-1) === points[i - 1]) last.push(points[i]);
      else lines.push([points[i - 1], points[i]]);
    }
    return lines.map(line).join('');
  }

  // Land and, unless it was cut, its border are one drawing; made once for all places where it stands.
  function drawing(kind, {drawn, polygons}) {
    const rings = polygons.flatMap(({rings}) => rings);
    drawn.land ??= rings.map(line).join('');
    if (kind === 'borders')
      drawn.borders ??= rings.some((ring) => ring.some(onCut)) ? rings.map(border).join('') : drawn.land;
    return drawn[kind];
  }

  function grid() {
    const lines = [];
    for (let x = -180; x < 180; x += 30)
      lines.push([
        [x, -85],
        [x, 85],
      ]);
    for (let y = -60; y <= 60; y += 30)
      lines.push([
        [-180, y],
        [180, y],
      ]);
    return lines.map(line).join('');
  }

  // Kept, as a browser takes long to read them.
  const paths = new Map();
  function path(kind, shift, code, d) {
    const key = `${kind} ${shift} ${code}`;
    if (!paths.has(key)) {
      const made = L.SVG.create('path');
      made.setAttribute('class', kind);
      made.setAttribute('d', d());
      paths.set(key, made);
    }
    return paths.get(key);
  }

  // What shows of the world in the map's frame: a country at its edge stands on both sides.
  function sheet(kind) {
    const svg = L.SVG.create('svg');
    svg.setAttribute('viewBox', `${(frame.west + 180) * UNITS} 0 256 256`);
    svg.setAttribute('preserveAspectRatio', 'none');
    for (const shift of shifts) {
      const group = L.SVG.create('g');
      group.setAttribute('transform', `translate(${shift * UNITS} 0)`);
      if (kind === 'land') group.append(path('grid', shift, '', grid));
      for (const [code, country] of countries) {
        const {isPoint, polygons} = country;
        if (!polygons.some(isInFrame(shift))) continue;
        if (isPoint) {
          if (kind === 'land') group.append(path('land dot', shift, code, () => `${line(polygons[0].rings[0])}h0`));
          continue;
        }
        group.append(path(kind, shift, code, () => drawing(kind, country)));
      }
      svg.append(group);
    }
    return svg;
  }

  const isInFrame =
    (shift) =>
    ({west, east}) =>
      west + shift <= frame.east && east + shift >= frame.west;

  // ---- layers

  // Leaflet measures the list whenever a layer is added, which lays the document out; ours is closed then.
  L.Control.Layers.prototype.expand = function () {
    this._container.classList.add('leaflet-control-layers-expanded');
    return this;
  };

  function pane(name, zIndex) {
    map.createPane(name).style.zIndex = zIndex;
    return {pane: name};
  }

  // A map in a tab that is not shown has no size, and the heat layer cannot draw on nothing. Heat goes by the root of a
  // share, as the countries' tint does: by the share itself only the first place's could be seen beside them.
  const drawHeat = L.HeatLayer.prototype._redraw;
  L.HeatLayer.prototype._redraw = function () {
    const {x, y} = this._map?.getSize() ?? {};
    if (!x || !y) return;
    const told = this._latlngs;
    this._latlngs = told.map(([y, x, share]) => [y, x, Math.sqrt(share)]);
    drawHeat.call(this);
    this._latlngs = told;
  };

  function land(target, view) {
    const middle = (view.west + view.east) / 2;
    map = target;
    frame = {west: middle - 180, east: middle + 180};
    shifts = [-360, 0, 360].filter((shift) => -180 + shift < frame.east && 180 + shift > frame.west);
    pane('names', 420);
    listen(view); // first: what is drawn before the map has its view is drawn twice
    const bounds = [
      [-MOST_LATITUDE, frame.west],
      [MOST_LATITUDE, frame.east],
    ];
    const sheets = [
      L.svgOverlay(sheet('land'), bounds, pane('land', 150)), // tiles cover it
      L.svgOverlay(sheet('borders'), bounds, pane('borders', 410)),
    ];
    for (const one of sheets) one.addTo(map);
    map.on('moveend', () => crop(sheets, L.latLngBounds(bounds)));
    sharesPane = {...pane('shares', 380), renderer: L.svg({pane: 'shares', padding: 0.5}), smoothFactor: 0.6};
  }

  // No browser draws a picture as wide as the world is near by: then the sheets are what lies round the view.
  function crop(sheets, world) {
    const seen = map.getZoom() > WHOLE_ZOOM ? map.getBounds().pad(1) : world;
    const corners = [seen.getNorthWest(), seen.getSouthEast()].map((at) => L.CRS.EPSG3857.latLngToPoint(at, 0));
    const {x, y} = corners[1].subtract(corners[0]);
    for (const one of sheets) {
      if (one.getBounds().equals(seen)) continue;
      one.getElement().setAttribute('viewBox', `${corners[0].x} ${corners[0].y} ${x} ${y}`);
      one.setBounds(seen);
    }
  }

  // Makes room for another map.
  function clear() {
    map?.remove();
    map = visited = chips = settleKeys = undefined;
    likely.clear();
    known.clear();
    sizes.clear();
    guesses.length = 0;
    chosen = '';
  }

  function shares(told) {
    const group = L.featureGroup();
    for (const country of told) {
      const {code, share} = country;
      const look = {...sharesPane, weight: 1, stroke: false, fillOpacity: 0.75 * Math.sqrt(share)};
      const outline = countries.get(code);
      likely.set(code, country);
      for (const shift of outline ? shifts : []) {
        const rings = outline.polygons.filter(isInFrame(shift)).map(({rings}) => rings.map(shifted(shift)));
        if (!rings.length) continue;
        const shape = outline.isPoint
          ? L.circleMarker(rings[0][0][0], {...look, radius: 4, className: 'share small'})
          : L.polygon(rings, {...look, className: 'share'});
        group.addLayer(dressed(shape, country));
      }
    }
    arrangeSoon();
    return group;
  }

  const shifted = (shift) => (points) => points.map(([x, y]) => [y, x + shift]);

  function dressed(shape, {code, name, text, path}) {
    shape.path = path;
    shape.key = JSON.stringify(path);
    shape.bindTooltip(() => element('span', '', element('strong', name), ` ${text}`), {sticky: true});
    shape.on('click', () => tell(path));
    return shape.on('add', () => {
      Object.assign(shape.getElement().dataset, {code, path: shape.key});
      shape.getElement().setAttribute('role', 'img');
      shape.getElement().setAttribute('tabindex', '-1'); // or Chromium stops at it, as it listens to the focus
      shape.getElement().setAttribute('aria-label', `${name}: ${text}`);
    });
  }

  function guess(marker, about) {
    const terms = about.rows.flatMap(([term, text]) => [element('dt', term), element('dd', text)]);
    const caption = terms[1 + 2 * about.rows.findIndex(([term]) => term === about.caption)];
    if (about.caption) Object.assign(caption, {lang: 'en', title: about.read});
    const title = about.rank ? `${about.rank}. ${about.place}` : about.place;
    const [topLeft, bottomRight] = map.getSize().x < NARROW ? UNDER_BUTTONS : BETWEEN_BUTTONS;
    marker.bindPopup(element('div', '', element('h2', title), element('dl', '', ...terms)), {
      autoPanPaddingTopLeft: topLeft,
      autoPanPaddingBottomRight: bottomRight,
    });
    known.set(marker, about);
    marker.path = about.path;
    marker.isSeen = () => !about.disc || map.getZoom() >= INSIDE_ZOOM || isChosen(about.path) || isChosen(about.disc);
    marker.on('click', () => tell(about.path));
    marker.on('popupopen', () => choose(about.path)); // by the keyboard too
    marker.on('add', () => {
      marker.getElement().dataset.path = JSON.stringify(about.path);
      marker.getElement().setAttribute('aria-label', about.label);
      for (const name of marker.getElement().querySelectorAll('.guess-name')) {
        name.textContent = `${about.name} ${about.share}`;
      }
      arrangeSoon();
    });
    guesses.push(marker);
  }

  const isChosen = (path) => JSON.stringify(path) === chosen;

  function choose(path) {
    chosen = JSON.stringify(path);
    arrangeSoon();
  }

  function element(tag, text, ...children) {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    made.dir = 'auto';
    made.append(...children);
    return made;
  }

  // ---- what must not cover what, in pixels, after every move

  const box = (at, width, height) => L.bounds(at.subtract([width / 2, height / 2]), at.add([width / 2, height / 2]));
  const isFree = (spot, taken) => !taken.some((other) => other.overlaps(spot));

  let isToBeArranged = false;

  // Once for all that is added in one go.
  function arrangeSoon() {
    if (isToBeArranged) return;
    isToBeArranged = true;
    queueMicrotask(() => {
      isToBeArranged = false;
      if (map) arrange();
    });
  }

  function arrange() {
    const taken = marks();
    const seen = new Map(); // marker -> where its disc stands
    for (const marker of guesses) {
      const icon = marker.getElement();
      if (!icon?.isConnected) continue;
      icon.classList.toggle('unseen', !marker.isSeen());
      if (marker.isSeen()) seen.set(marker, setDown(marker, taken));
    }
    const [first, ...others] = seen;
    const view = inner();
    if (first) setName(...first, taken, view);
    const named = [...seen.keys()].filter((marker) => !marker.getElement().classList.contains('inside'));
    chips?.(
      named.map((marker) => ({marker, about: known.get(marker)})),
      taken,
      [...marks('.leaflet-popup-content-wrapper'), ...smallOutline(first?.[0])],
    );
    for (const [marker, spot] of others) setName(marker, spot, taken, view);
    nameCountries(taken, view, new Set([...seen.keys()].map(({path}) => JSON.stringify(path))));
    settleKeys?.();
  }

  // Where the first place lies, if a chip would cover much of it.
  function smallOutline(marker) {
    const shape = marker && shapeOf(marker.path);
    if (!shape) return [];
    const limits = shape.getBounds();
    const corners = [limits.getNorthEast(), limits.getSouthWest()];
    const room = L.bounds(corners.map((corner) => map.latLngToLayerPoint(corner)));
    const {x, y} = room.getSize();
    const size = map.getSize();
    return x * y < SMALL * size.x * size.y ? [room] : [];
  }

  // What is seen of the map, but for its edge.
  function inner(edge = 4) {
    const corners = [L.point(edge, edge), map.getSize().subtract([edge, edge])];
    return L.bounds(...corners.map((corner) => map.containerPointToLayerPoint(corner)));
  }

  // Where the map's buttons, scale and credits stand, and a lesson's marks and their names.
  function marks(names = '.leaflet-control, .spot svg, .spot-name') {
    const frame = map.getContainer().getBoundingClientRect();
    return [...document.querySelectorAll(names)].map((mark) => {
      const {left, top, right, bottom} = mark.getBoundingClientRect();
      const corners = [
        [left, top],
        [right, bottom],
      ].map(([x, y]) => L.point(x - frame.left, y - frame.top));
      return L.bounds(corners.map((corner) => map.containerPointToLayerPoint(corner)));
    });
  }

  // A disc that would cover one of a better rank moves aside, and a line leads back to its place.
  function setDown(marker, taken) {
    const icon = marker.getElement();
    const at = map.latLngToLayerPoint(marker.getLatLng());
    const isAtEnd = Math.abs(marker.getLatLng().lat) > MOST_LATITUDE - 1;
    const side = icon.classList.contains('inside') ? 15 : icon.classList.contains('first') ? 31 : 25;
    const spot = freeSpot(at, taken, isAtEnd, side);
    const aside = spot.subtract(at);
    taken.push(box(spot, side, side));
    icon.style.setProperty('--aside-x', `${aside.x}px`);
    icon.style.setProperty('--aside-y', `${aside.y}px`);
    icon.style.setProperty('--lead', `${Math.hypot(aside.x, aside.y)}px`);
    icon.style.setProperty('--turn', `${Math.atan2(aside.y, aside.x)}rad`);
    return spot;
  }

  // A name that ends right beside another disc would seem to be that one's.
  const apart = ({min, max}, x) => L.bounds(min.subtract([x > 0 ? 0 : APART, 0]), max.add([x < 0 ? 0 : APART, 0]));

  // A name stands at its disc, in one line or in several, or not at all.
  function setName(marker, spot, taken, view) {
    const icon = marker.getElement();
    const name = icon.querySelector('.guess-name');
    if (!name) return;
    const aside = spot.subtract(map.latLngToLayerPoint(marker.getLatLng()));
    const gap = (icon.classList.contains('first') ? 15 : 12) + 4;
    const [one, several] = ['none', '9em'];
    for (const width of [one, several]) {
      const [wide, high] = nameSize(name, width);
      const beside = gap + wide / 2;
      const below = gap + high / 2;
      for (const [x, y] of [
        [beside, 0],
        [-beside, 0],
        [0, below],
        [0, -below],
      ]) {
        const room = box(spot.add([x, y]), wide, high);
        if (!view.contains(room) || !isFree(apart(room, x), taken)) continue;
        taken.push(room);
        name.style.translate = `calc(${aside.x + x}px - 50%) calc(${aside.y + y}px - 50%)`;
        name.classList.remove('off');
        return;
      }
    }
    name.classList.add('off');
  }

  // At the map's end, and at the edge of what is seen of it, a disc would be cut in half.
  function freeSpot(at, taken, isAtEnd, side) {
    const view = inner();
    const isSeen = inner(0).contains(at) || (isAtEnd && box(at, side, side).overlaps(view));
    if (isFree(box(at, side, side), taken) && (!isSeen || view.contains(box(at, side, side)))) return at;
    for (let radius = 18; radius <= 130; radius += 8) {
      for (let turn = 0; turn < 24; turn++) {
        const angle = (turn / 12) * Math.PI;
        const spot = at.add([Math.round(radius * Math.cos(angle)), Math.round(radius * Math.sin(angle))]);
        const room = box(spot, side, side);
        if (isFree(room, taken) && (view.contains(room) || !isSeen)) return spot;
      }
    }
    return at;
  }

  // Measured once, until another typeface comes.
  function textWidth(text, font) {
    const key = `${font}/${text}`;
    if (!widths.has(key)) {
      pen.font = font;
      widths.set(key, pen.measureText(text).width);
    }
    return widths.get(key);
  }

  function nameSize(name, maxWidth) {
    name.style.maxWidth = maxWidth;
    const known = sizes.get(name)?.[maxWidth];
    if (known) return known;
    const size = [name.offsetWidth, name.offsetHeight];
    if (size[0]) sizes.set(name, {...sizes.get(name), [maxWidth]: size}); // in a hidden tab it has none
    return size;
  }

  function measureAgain() {
    widths.clear();
    sizes.clear();
    arrangeSoon();
  }

  // Names of countries that have no disc, in their middle where there is room: first the likely ones with their share,
  // then the wide ones.
  function nameCountries(taken, view, withDisc) {
    const holder = map.getPane('names');
    const pixels = (256 * 2 ** map.getZoom()) / 360; // in one degree of longitude
    const {fontFamily} = getComputedStyle(map.getContainer());
    const order = [...countries].sort(
      ([a, one], [b, other]) => (likely.get(b)?.share ?? 0) - (likely.get(a)?.share ?? 0) || other.width - one.width,
    );
    holder.replaceChildren();
    for (const [code, country] of order) {
      const about = likely.get(code);
      if (about && withDisc.has(JSON.stringify(about.path))) continue;
      const isLikely = about?.share >= 0.01;
      const text = isLikely ? `${about.name} ${about.text}` : country.name;
      const width = textWidth(text, `${isLikely ? '600 ' : ''}12px ${fontFamily}`) + 8;
      if (country.width * pixels < (isLikely ? 0.5 : 1.1) * width && !(about?.share >= 0.05)) continue;
      const [x, y] = country.label;
      const spot = box(map.latLngToLayerPoint([y, x - 360 * Math.floor((x - frame.west) / 360)]), width, 16);
      if (!view.contains(spot) || !isFree(spot, taken)) continue;
      taken.push(spot);
      const name = element('span', text);
      name.className = isLikely ? 'name likely' : 'name';
      name.dir = 'ltr'; // its share stands after it, whichever way it is written
      L.DomUtil.setPosition(name, spot.getCenter());
      holder.append(name);
    }
  }

  // ---- view and events

  // Fits the answer, again whenever the frame gets another size, until someone moves the map.
  function listen(view) {
    const container = map.getContainer();
    let isTouched = false;
    const fit = () => {
      const size = map.getSize();
      if (!size.x || !size.y) return;
      const whole = [
        [view.south, view.west],
        [view.north, view.east],
      ];
      let least = Math.log2(size.x / 256); // the world is never narrower than the map, but for pins near the poles
      if (view.polar) least = Math.min(least, map.setMinZoom(0).getBoundsZoom(whole, false, L.point(52, 52)));
      map.setMinZoom(least);
      if (isTouched) return;
      map.setMaxBounds(null).stop(); // Leaflet may be on its way back into them, and would go on
      map.options.maxBounds = bounds;
      map.fitBounds(whole, {padding: [26, 26], animate: false});
      map.setMaxBounds(bounds);
      fitted = {centre: map.getCenter(), zoom: map.getZoom()};
      container.classList.remove('moved');
    };
    let fitted;
    const hasMoved = () => {
      if (!fitted || Math.abs(map.getZoom() - fitted.zoom) > 0.01) return true;
      return map.latLngToContainerPoint(fitted.centre).distanceTo(map.getSize().divideBy(2)) > 4;
    };
    moves = {
      touch: () => (isTouched = true),
      back() {
        if (isZooming()) {
          map.once('zoomend', moves.back);
          return;
        }
        isTouched = false;
        chosen = '';
        visited?.remove();
        map.closePopup();
        fit();
        arrangeSoon();
      },
    };
    const bounds = L.latLngBounds([-85.06, frame.west], [85.06, frame.east]);
    map.setMaxBounds(bounds);
    map.on('resize', fit);
    // The frame may have no size yet, or be hidden with its tab: then nothing can be drawn, and what is there stays.
    const watch = new ResizeObserver(
      ([
        {
          contentRect: {width, height},
        },
      ]) => {
        if (width && height) map.invalidateSize({animate: false});
      },
    );
    watch.observe(container);
    map.on('unload', () => watch.disconnect());
    map.on('moveend', () => {
      container.classList.toggle('moved', hasMoved());
      arrangeSoon();
    });
    map.on('zoomstart', () => container.classList.add('zooming'));
    map.on('zoomend', () => container.classList.remove('zooming'));
    map.on('overlayadd overlayremove', ({layer, type}) => {
      arrangeSoon();
      if (!(layer instanceof L.TileLayer)) return;
      const isOnline = type === 'overlayadd';
      container.classList.toggle('online', isOnline);
      map.setMaxZoom(isOnline ? ONLINE_ZOOM : OFFLINE_ZOOM);
    });
    for (const type of ['pointerdown', 'wheel', 'keydown']) {
      container.addEventListener(type, moves.touch, {passive: true});
    }
    // One finger scrolls the page, as map.css allows it to; two move the map.
    const letDrag = ({pointerType}) => map.dragging[pointerType === 'touch' ? 'disable' : 'enable']();
    container.addEventListener('pointerdown', letDrag, {capture: true, passive: true});
    map.on('click focus', () => map.scrollWheelZoom.enable()); // scrolling a page must not zoom the map in passing
    container.addEventListener('mouseleave', () => map.scrollWheelZoom.disable());
    // Leaflet focuses the map when the mouse is pressed: the page round it must not scroll away under the mouse.
    container.focus = () => HTMLElement.prototype.focus.call(container, {preventScroll: true});
    container.setAttribute('role', 'region');
    container.setAttribute('aria-label', view.title);
    nameButtons(container, view.words);
    map.attributionControl.setPrefix('Leaflet').addAttribution(view.credits);
    fit();
  }

  // Leaflet's own names for its buttons are English.
  function nameButtons(container, words) {
    const name = (button, said) => {
      if (button?.title) button.title = said;
      button?.setAttribute('aria-label', said);
    };
    name(container.querySelector('.leaflet-control-zoom-in'), words.in);
    name(container.querySelector('.leaflet-control-zoom-out'), words.out);
    map.on('popupopen', () => name(container.querySelector('.leaflet-popup-close-button'), words.close));
  }

  // The page may say {streetclip: "focus", path: [...], point: [latitude, longitude]} or {streetclip: "theme",
  // theme: "dark"}, and hears {streetclip: "chosen", path: [...]} of a click.
  function tell(path) {
    choose(path);
    if (parent !== window) parent.postMessage({streetclip: 'chosen', path}, '*');
  }

  addEventListener('message', hear);

  function hear({source, data}) {
    if (source !== parent || !data || !map) return;
    if (data.streetclip === 'theme') document.documentElement.dataset.theme = data.theme;
    if (data.streetclip === 'focus') focus(data.path, data.point);
  }

  const isZooming = () => map.getContainer().classList.contains('zooming'); // Leaflet hears of no other view then

  function focus(names, point) {
    if (isZooming()) {
      map.once('zoomend', () => focus(names, point));
      return;
    }
    const path = JSON.stringify(names);
    chosen = path;
    arrange();
    visited?.remove();
    const isIt = (layer) => layer.path && JSON.stringify(layer.path) === path;
    const marker = guesses.find(isIt);
    if (marker) {
      map.panTo(marker.getLatLng());
      marker.openPopup();
      return;
    }
    let isDrawn = false;
    map.eachLayer((layer) => {
      if (!isIt(layer)) return;
      isDrawn = true;
      map.fitBounds(layer.getBounds?.() ?? L.latLngBounds([layer.getLatLng()]), {maxZoom: 6});
      layer.openTooltip();
    });
    if (!isDrawn && point) visitPoint(names.at(-1), point);
  }

  // All of a country that is drawn, or a marker and what is round it.
  function goTo(marker) {
    if (isZooming()) return; // the chip goes with the zoom
    moves.touch();
    choose(marker.path);
    const shape = shapeOf(marker.path);
    if (shape) map.fitBounds(shape.getBounds(), {maxZoom: 6, padding: [26, 26]});
    else map.setView(marker.getLatLng(), Math.max(map.getZoom(), INSIDE_ZOOM));
  }

  function shapeOf(path) {
    const key = JSON.stringify(path);
    let found;
    map.eachLayer((layer) => {
      if (layer.key === key && layer.getBounds) found ??= layer; // a point has none
    });
    return found;
  }

  // ---- what the map of an answer has besides: chips at its edge, a key that opens, a way back, the keyboard's way

  function tools(target, words) {
    const container = target.getContainer();
    chips = mapChips(target, words, goTo);
    settleKeys = mapKeys(target, () => guesses.filter((marker) => marker.getElement()?.isConnected && marker.isSeen()));
    wayBack(words.back);
    key(words.key);
    hint(words.fingers, container);
    arrangeSoon();
  }

  function wayBack(label) {
    const control = L.control({position: 'bottomleft'});
    const button = element('button', label);
    button.type = 'button';
    button.addEventListener('click', () => {
      const hadFocus = document.activeElement === button;
      moves.back();
      if (hadFocus)
        guesses
          .find((marker) => marker.isSeen())
          ?.getElement()
          ?.focus({preventScroll: true});
    });
    control.onAdd = () => {
      const holder = L.DomUtil.create('div', 'way-back');
      L.DomEvent.disableClickPropagation(holder);
      holder.append(button);
      return holder;
    };
    control.addTo(map);
  }

  // Folium's list of layers, with a sample of each, is the map's key: closed until it is asked for.
  function key(label) {
    const control = map.getContainer().querySelector('.leaflet-control-layers');
    const button = element('button', label);
    const set = (isOpen) => {
      control.classList.toggle('open', isOpen);
      button.setAttribute('aria-expanded', isOpen);
      arrangeSoon();
    };
    Object.assign(button, {type: 'button', className: 'key-button'});
    button.addEventListener('click', () => {
      map.closePopup();
      set(!control.classList.contains('open'));
    });
    map.on('popupclose', arrangeSoon);
    map.on('popupopen click', () => set(false)); // it never lies over what is read
    control.prepend(button);
    set(false);
  }

  // Said when one finger was put on the map and the browser scrolled the page instead.
  function hint(words, container) {
    const shown = Object.assign(element('p', words), {className: 'hint'});
    let timer;
    container.append(shown);
    shown.setAttribute('aria-hidden', 'true');
    container.addEventListener('pointercancel', ({pointerType, isPrimary}) => {
      if (pointerType !== 'touch' || !isPrimary) return;
      clearTimeout(timer);
      container.classList.add('hinting');
      timer = setTimeout(() => container.classList.remove('hinting'), HINT_MS);
    });
  }

  // A place that has no marker and no outline: its name is put where it lies.
  function visitPoint(name, [latitude, longitude]) {
    const at = [latitude, longitude - 360 * Math.floor((longitude - frame.west) / 360)];
    map.setView(at, Math.max(map.getZoom(), 6));
    visited = L.tooltip({permanent: true, direction: 'top'}).setLatLng(at).setContent(element('span', name)).addTo(map);
  }

  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  return {outlines, land, shares, guess, tools, measureAgain, clear, isStill};
})();
