// Lets a person put one pin on the map (streetclip_demo/maps/lesson_map.py): by a click, by dragging, or with the arrow keys.
// The page is told {streetclip: "placed", latitude, longitude}, and may say {streetclip: "place", latitude, longitude}.
// biome-ignore lint/correctness/noUnusedVariables: the map's own script calls it
const lessonMap = (map, words) => {
  const STEP_PX = 24;
  const FINE_PX = 3;
  const TOLD_AFTER_MS = 200;
  const MOST_LATITUDE = 85;
  const ARROWS = {ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0]};
  const container = map.getContainer();
  let pin, timer;

  const wrapped = (longitude) => ((((longitude + 180) % 360) + 360) % 360) - 180;
  const toFrame = (longitude) => {
    const middle = map.options.maxBounds.getCenter().lng;
    return wrapped(longitude - middle) + middle;
  };

  function put(latitude, longitude) {
    const at = [Math.max(-MOST_LATITUDE, Math.min(MOST_LATITUDE, latitude)), toFrame(longitude)];
    if (pin) {
      pin.setLatLng(at);
      return;
    }
    const icon = L.divIcon({html: words.html, iconSize: [0, 0], className: 'spot you'});
    pin = L.marker(at, {icon, draggable: true, keyboard: false, autoPan: true, alt: words.pin}).addTo(map);
    pin.on('dragend', tell);
  }

  function tell() {
    clearTimeout(timer);
    const {lat, lng} = pin.getLatLng();
    parent.postMessage({streetclip: 'placed', latitude: lat, longitude: wrapped(lng)}, '*');
  }

  map.on('click', ({latlng}) => {
    put(latlng.lat, latlng.lng);
    tell();
  });

  // The arrow keys move the pin, with Shift a little; plus and minus zoom.
  map.keyboard.disable();
  container.tabIndex = 0;
  container.addEventListener('keydown', (event) => {
    if (event.target !== container || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      move(L.point(arrow).multiplyBy(event.shiftKey ? FINE_PX : STEP_PX));
    } else if ('+='.includes(event.key)) {
      zoom(1);
    } else if (event.key === '-') {
      zoom(-1);
    } else {
      return;
    }
    event.preventDefault();
  });

  function move(pixels) {
    const from = pin ? map.latLngToContainerPoint(pin.getLatLng()) : map.getSize().divideBy(2);
    const {lat, lng} = map.containerPointToLatLng(pin ? from.add(pixels) : from);
    put(lat, lng);
    map.panInside(pin.getLatLng(), {padding: [60, 60], animate: false});
    clearTimeout(timer);
    timer = setTimeout(tell, TOLD_AFTER_MS);
  }

  function zoom(steps) {
    map.setZoomAround(pin ? pin.getLatLng() : map.getCenter(), map.getZoom() + steps);
  }

  function hear({source, data}) {
    if (source !== parent || data?.streetclip !== 'place') return;
    const {latitude, longitude} = data;
    if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return;
    put(latitude, longitude);
    map.panInside(pin.getLatLng(), {padding: [60, 60]});
  }
  addEventListener('message', hear);
  map.on('unload', () => removeEventListener('message', hear));
};
