// Errors on a map (streetclip_demo/maps/error_map.py): a line from each true place to its answer, one of them marked and in view.
// The page is told {streetclip: "lacking"} once, and {streetclip: "error", at} when a line is clicked. It says
// {streetclip: "errors", lines: [[latitude, longitude, latitude, longitude], ...], at}; `at` counts from 0, lines may be missing
// where they stay as they are, and one that is null has no answer.
// biome-ignore lint/correctness/noUnusedVariables: the map's own script calls it
const errorMap = (map, icons) => {
  const STEP = Math.PI / 90; // of a great circle
  const MOST_LATITUDE = 85;
  const CLOSEST_ZOOM = 6;
  const all = L.layerGroup().addTo(map);
  const marked = L.layerGroup().addTo(map);
  const {lng: middle} = map.options.maxBounds.getCenter();
  let ways = [];

  const toFrame = (longitude) => ((((longitude - middle + 180) % 360) + 360) % 360) - 180 + middle;
  const onMap = (latitude) => Math.max(-MOST_LATITUDE, Math.min(MOST_LATITUDE, latitude));
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const degrees = (radians) => (radians * 180) / Math.PI;

  function vector(latitude, longitude) {
    const [y, x] = [radians(latitude), radians(longitude)];
    return [Math.cos(y) * Math.cos(x), Math.cos(y) * Math.sin(x), Math.sin(y)];
  }

  // Points of the shortest way, without a jump at 180 degrees; it begins in the map's frame.
  function way([latitude, longitude, toLatitude, toLongitude]) {
    const [a, b] = [vector(latitude, longitude), vector(toLatitude, toLongitude)];
    const angle = Math.acos(Math.max(-1, Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])));
    const steps = Math.max(1, Math.ceil(angle / STEP));
    const points = [];
    let before = toFrame(longitude);
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      // Where both ends are one, or lie opposite each other, every way is the shortest.
      const isPlain = Math.sin(angle) < 1e-6;
      const [p, q] = isPlain
        ? [1 - share, share]
        : [Math.sin((1 - share) * angle) / Math.sin(angle), Math.sin(share * angle) / Math.sin(angle)];
      const [x, y, z] = a.map((one, axis) => p * one + q * b[axis]);
      const east = degrees(Math.atan2(y, x));
      before += ((((east - before + 180) % 360) + 360) % 360) - 180;
      points.push([onMap(degrees(Math.atan2(z, Math.hypot(x, y)))), before]);
    }
    return points;
  }

  // With the copies of it that show in the frame, where it leaves the map at one side and comes in at the other.
  function copies(points) {
    const longitudes = points.map(([, longitude]) => longitude);
    const [west, east] = [Math.min(...longitudes), Math.max(...longitudes)];
    return [-360, 0, 360]
      .filter((turn) => west + turn < middle + 180 && east + turn > middle - 180)
      .map((turn) => points.map(([latitude, longitude]) => [latitude, longitude + turn]));
  }

  const isLine = (line) =>
    Array.isArray(line) && line.length === 4 && line.every((one, index) => Math.abs(one) <= (index % 2 ? 180 : 90));

  function drawAll(lines) {
    all.clearLayers();
    ways = lines.map((line) => (isLine(line) ? way(line) : null));
    ways.forEach((points, at) => {
      if (!points) return;
      for (const copy of copies(points)) {
        const line = L.polyline(copy, {className: 'error', smoothFactor: 1}).addTo(all);
        line.on('click', () => parent.postMessage({streetclip: 'error', at}, '*'));
      }
    });
  }

  function spot(kind, [latitude, longitude]) {
    const icon = L.divIcon({html: icons[kind], iconSize: [0, 0], className: `spot ${kind}`});
    L.marker([latitude, toFrame(longitude)], {icon, keyboard: false, interactive: false}).addTo(marked);
  }

  function mark(at) {
    marked.clearLayers();
    const points = ways[at];
    if (!points) return;
    for (const copy of copies(points)) L.polyline(copy, {className: 'error at', interactive: false}).addTo(marked);
    spot('model', points.at(-1));
    spot('truth', points[0]);
    const {west, east} = frameOf(points);
    const latitudes = points.map(([latitude]) => latitude);
    const box = [
      [Math.min(...latitudes), west],
      [Math.max(...latitudes), east],
    ];
    map.fitBounds(box, {padding: [40, 40], maxZoom: CLOSEST_ZOOM, animate: false});
  }

  // All of the frame where the way leaves it
  function frameOf(points) {
    const longitudes = points.map(([, longitude]) => longitude);
    const [west, east] = [Math.min(...longitudes), Math.max(...longitudes)];
    const leaves = west < middle - 180 || east > middle + 180;
    return leaves ? {west: middle - 180, east: middle + 180} : {west, east};
  }

  function hear({source, data}) {
    if (source !== parent || data?.streetclip !== 'errors') return;
    if (Array.isArray(data.lines)) drawAll(data.lines);
    mark(data.at);
  }
  addEventListener('message', hear);
  map.on('unload', () => removeEventListener('message', hear));
  parent.postMessage({streetclip: 'lacking'}, '*');
};
