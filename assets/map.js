// What the map's document does beyond Folium (streetclip_demo/world_map.py). Text arrives as JSON and is only ever set
// as text. Longitudes of places are already in the map's frame, the 360 degrees around its centre.
const streetclip = (() => {
  const outlines = new Map(); // code -> {name, copies: [feature]}
  const guesses = []; // markers in the order of their rank
  let map, frame, sharesPane;

  // A ring is its first point and then steps, in hundredths of a degree: x, y, dx, dy, ...
  function ring(steps, shift) {
    const points = [];
    for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) {
      points.push([(x += steps[i]) / 100 + shift, (y += steps[i + 1]) / 100]);
    }
    return points;
  }

  function inFrame(points) {
    const xs = points.map(([x]) => x);
    return Math.min(...xs) < frame.east && Math.max(...xs) > frame.west;
  }

  // Copies of the world that show in the frame: a country at its edge stands on both sides.
  function decode(shapes) {
    const shifts = [-360, 0, 360].filter((shift) => -180 + shift < frame.east && 180 + shift > frame.west);
    for (const [code, name, shape] of shapes) {
      const isPoint = typeof shape[0] === "number";
      const copies = shifts
        .map((shift) => (isPoint ? ring(shape, shift) : shape.map((rings) => rings.map((steps) => ring(steps, shift)))))
        .map((parts) => (isPoint ? parts : parts.filter(([outer]) => inFrame(outer))))
        .filter((parts) => parts.length && (!isPoint || inFrame(parts)));
      outlines.set(code, {name, isPoint, copies});
    }
  }

  const flip = (points) => points.map(([x, y]) => [y, x]);

  // The polygons were cut at 180 degrees; no border is drawn along the cut.
  function borders(points) {
    const onCut = ([x]) => Math.abs(((x % 360) + 360) % 360 - 180) < 1e-6;
    if (!points.some(onCut)) return [flip(points)];
    const lines = [];
    for (let i = 1; i < points.length; i++) {
      if (onCut(points[i - 1]) && onCut(points[i])) continue;
      const last = lines.at(-1);
      if (last && last.at(-1) === points[i - 1]) last.push(points[i]);
      else lines.push([points[i - 1], points[i]]);
    }
    return lines.map(flip);
  }

  function pane(name, zIndex) {
    map.createPane(name).style.zIndex = zIndex;
    return {pane: name, renderer: L.svg({pane: name, padding: 0.5}), smoothFactor: 0.6};
  }

  function land(target, view, shapes) {
    const middle = (view.west + view.east) / 2;
    map = target;
    frame = {west: middle - 180, east: middle + 180};
    decode(shapes);
    const under = {...pane("land", 150), interactive: false, stroke: false, fillOpacity: 1};
    const meridians = [];
    for (let x = Math.ceil(frame.west / 30) * 30; x <= frame.east; x += 30) meridians.push([[-85, x], [85, x]]);
    for (let y = -60; y <= 60; y += 30) meridians.push([[y, frame.west], [y, frame.east]]);
    L.polyline(meridians, {...under, stroke: true, weight: 1, className: "grid"}).addTo(map);
    const polygons = [], lines = [];
    for (const {isPoint, copies} of outlines.values()) {
      if (isPoint) continue;
      for (const rings of copies.flat()) {
        polygons.push(rings.map(flip));
        lines.push(...rings.flatMap(borders));
      }
    }
    L.polygon(polygons, {...under, className: "land"}).addTo(map);
    L.polyline(lines, {...pane("borders", 410), interactive: false, weight: 0.8, className: "borders"}).addTo(map);
    sharesPane = pane("shares", 380);
    show(view);
  }

  // Fits the answer, again whenever the frame gets another size, until someone moves the map.
  function show(view) {
    let touched = false;
    const fit = () => {
      const size = map.getSize();
      if (!size.x || !size.y) return;
      map.setMinZoom(Math.log2(size.x / 256)); // the world is never narrower than the map
      const bounds = [[view.south, view.west], [view.north, view.east]];
      if (!touched) map.fitBounds(bounds, {maxZoom: view.max_zoom, padding: [32, 32], animate: false});
    };
    map.setMaxBounds([[-85.06, frame.west], [85.06, frame.east]]);
    map.on("resize", fit);
    map.getContainer().addEventListener("pointerdown", () => (touched = true));
    map.getContainer().addEventListener("wheel", () => (touched = true));
    map.getContainer().addEventListener("keydown", () => (touched = true));
    map.getContainer().setAttribute("role", "region");
    map.getContainer().setAttribute("aria-label", view.title);
    map.on("click focus", () => map.scrollWheelZoom.enable()); // scrolling a page must not zoom the map in passing
    map.on("mouseout", () => map.scrollWheelZoom.disable());
    map.on("zoomend", spread);
    map.attributionControl.setPrefix("Leaflet").addAttribution(view.credits);
    addEventListener("message", hear);
    fit();
  }

  function shares(countries) {
    const group = L.featureGroup();
    for (const {code, name, share, text, path} of countries) {
      const look = {...sharesPane, weight: 1, stroke: false, fillOpacity: 0.85 * Math.sqrt(share)};
      const {isPoint, copies} = outlines.get(code) ?? {copies: []};
      for (const parts of copies) {
        const shape = isPoint
          ? L.circleMarker(flip(parts)[0], {...look, radius: 4, className: "share small"})
          : L.polygon(parts.map((rings) => rings.map(flip)), {...look, className: "share"});
        shape.bindTooltip(() => line(name, text), {sticky: true}).on("click", () => tell(path));
        shape.on("add", () => {
          const element = shape.getElement();
          element.dataset.path = JSON.stringify(path);
          element.dataset.code = code;
          element.setAttribute("role", "img");
          element.setAttribute("aria-label", `${name}: ${text}`);
        });
        shape.path = path;
        group.addLayer(shape);
      }
    }
    return group;
  }

  function element(tag, text, ...children) {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    made.dir = "auto";
    made.append(...children);
    return made;
  }

  const line = (name, text) => element("span", "", element("strong", name), ` ${text}`);

  function guess(marker, about) {
    const terms = about.rows.flatMap(([term, text]) => [element("dt", term), element("dd", text)]);
    marker.bindPopup(element("div", "", element("h2", `${about.rank}. ${about.place}`), element("dl", "", ...terms)));
    marker.on("click", () => tell(about.path));
    marker.on("add", () => {
      marker.getElement().dataset.path = JSON.stringify(about.path);
      marker.getElement().setAttribute("aria-label", about.label);
      spread();
    });
    marker.path = about.path;
    guesses.push(marker);
  }

  // Moves discs that would cover one of a better rank to the nearest free spot around their place.
  function spread() {
    const taken = [];
    for (const marker of guesses) {
      const at = map.latLngToLayerPoint(marker.getLatLng());
      const spot = freeSpot(at, taken);
      taken.push(spot);
      const icon = marker.getElement();
      const aside = spot.subtract(at);
      icon?.style.setProperty("--aside-x", `${aside.x}px`);
      icon?.style.setProperty("--aside-y", `${aside.y}px`);
      icon?.style.setProperty("--lead", `${Math.hypot(aside.x, aside.y)}px`);
      icon?.style.setProperty("--turn", `${Math.atan2(aside.y, aside.x)}rad`);
    }
  }

  function freeSpot(at, taken) {
    const isFree = (spot) => taken.every((other) => spot.distanceTo(other) >= 27);
    if (isFree(at)) return at;
    for (let radius = 18; radius <= 130; radius += 8) {
      for (let turn = 0; turn < 24; turn++) {
        const angle = (turn / 12) * Math.PI;
        const spot = at.add([Math.round(radius * Math.cos(angle)), Math.round(radius * Math.sin(angle))]);
        if (isFree(spot)) return spot;
      }
    }
    return at;
  }

  // The page may say {streetclip: "focus", path: [...]} or {streetclip: "theme", theme: "dark"}, and hears
  // {streetclip: "chosen", path: [...]} of a click.
  function tell(path) {
    if (parent !== window) parent.postMessage({streetclip: "chosen", path}, "*");
  }

  function hear({source, data}) {
    if (source !== parent || !data) return;
    if (data.streetclip === "theme") document.documentElement.dataset.theme = data.theme;
    if (data.streetclip === "focus") focus(JSON.stringify(data.path));
  }

  function focus(path) {
    const same = (layer) => JSON.stringify(layer.path) === path;
    const marker = guesses.find(same);
    if (marker) {
      map.panTo(marker.getLatLng());
      marker.openPopup();
      return;
    }
    map.eachLayer((layer) => {
      if (!layer.path || !same(layer)) return;
      map.fitBounds(layer.getBounds?.() ?? L.latLngBounds([layer.getLatLng()]), {maxZoom: 6});
      layer.openTooltip();
    });
  }

  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {land, shares, guess, isStill};
})();
