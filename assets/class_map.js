// The pins of a class on the lecturer's map (streetclip_demo/maps/lesson_map.py): nameless discs, drawn as they come.
// The page that holds the map says {streetclip: "pins", pins: [[latitude, longitude], ...]}.
// biome-ignore lint/correctness/noUnusedVariables: the map's own script calls it
const classMap = (map) => {
  const shown = L.layerGroup().addTo(map);
  const middle = map.options.maxBounds.getCenter().lng;
  let before = '';

  function hear({source, data}) {
    if (source !== parent || data?.streetclip !== 'pins' || !Array.isArray(data.pins)) return;
    const now = JSON.stringify(data.pins);
    if (now === before) return;
    before = now;
    shown.clearLayers();
    for (const [latitude, longitude] of data.pins) {
      if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) continue;
      const turned = ((((longitude - middle + 180) % 360) + 360) % 360) - 180 + middle;
      const spot = [Math.max(-85, Math.min(85, latitude)), turned];
      L.circleMarker(spot, {className: 'classmate', radius: 6, weight: 1.5, interactive: false}).addTo(shown);
    }
  }
  addEventListener('message', hear);
  map.on('unload', () => removeEventListener('message', hear));
};
