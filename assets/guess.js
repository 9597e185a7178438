// Between the page and the lesson's map, which lives in a sandboxed frame (assets/lesson_map.js). Runs as the map
// component's script: `element` is the component, `trigger` calls its listener.
const mapFrame = () => [...element.querySelectorAll('iframe')].at(-1);

addEventListener('message', ({source, data}) => {
  if (source === null || source !== mapFrame()?.contentWindow) return;
  if (typeof data !== 'object' || data?.streetclip !== 'placed') return;
  const {latitude, longitude} = data;
  if (!Number.isFinite(latitude) || !Number.isFinite(longitude) || Math.abs(latitude) > 90) return;
  trigger('click', {latitude, longitude: ((((longitude + 180) % 360) + 360) % 360) - 180});
});

// A typed place: the page says where, the map puts the pin there.
document.addEventListener('lesson-pin', ({detail}) => {
  const [latitude, longitude] = detail.split(' ').map(Number);
  mapFrame()?.contentWindow.postMessage({streetclip: 'place', latitude, longitude}, '*');
});
