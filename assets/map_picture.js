// A picture of the map as it is shown, for the page that asks: {streetclip: "picture", id, scale} is answered with
// {streetclip: "picture", id, url, width, height}. Drawn from what stands in the document, so that the mark, the credits
// and whatever a person has zoomed to are in it. Online tiles are left out: they would taint the canvas.
(() => {
  let map, pen;
  L.Map.addInitHook(function () {
    map = this;
  });

  addEventListener('message', ({source, data}) => {
    if (source !== parent || data?.streetclip !== 'picture') return;
    const {clientWidth: width, clientHeight: height} = document.documentElement;
    const url = width && height ? draw(width, height, data.scale) : '';
    source.postMessage({streetclip: 'picture', id: data.id, url, width, height}, '*'); // that page's origin is not told
  });

  function draw(width, height, scale) {
    const canvas = Object.assign(document.createElement('canvas'), {width: width * scale, height: height * scale});
    pen = canvas.getContext('2d');
    pen.scale(scale, scale);
    fill(map.getContainer(), {left: 0, top: 0, width, height});
    for (const pane of panes()) drawPane(pane, scale);
    for (const icon of seen('.guess')) lead(icon);
    for (const icon of seen('.guess').reverse()) disc(icon); // the first guess on top
    for (const name of seen('.guess-name')) words(name, true);
    credits(document.querySelector('.leaflet-control-attribution'), height);
    for (const strip of document.querySelectorAll('.strip')) words(strip, false);
    return canvas.toDataURL('image/png');
  }

  const seen = (selector) =>
    [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility({visibilityProperty: true}));

  function panes() {
    const order = (pane) => Number(getComputedStyle(pane).zIndex) || 0;
    return [...map.getPane('mapPane').children]
      .filter((pane) => pane.checkVisibility())
      .sort((one, other) => order(one) - order(other));
  }

  function drawPane(pane, scale) {
    for (const shape of pane.querySelectorAll('path, canvas, .name')) {
      if (shape.matches('path')) outline(shape, scale);
      else if (shape.matches('canvas')) heat(shape);
      else words(shape, true);
    }
  }

  function outline(path, scale) {
    const look = getComputedStyle(path);
    const {a, b, c, d, e, f} = path.getScreenCTM();
    const shape = new Path2D(path.getAttribute('d'));
    pen.save();
    pen.setTransform(scale * a, scale * b, scale * c, scale * d, scale * e, scale * f);
    if (look.fill !== 'none') {
      pen.globalAlpha = look.fillOpacity;
      pen.fillStyle = look.fill;
      pen.fill(shape, look.fillRule);
    }
    if (look.stroke !== 'none' && parseFloat(look.strokeWidth)) {
      pen.globalAlpha = look.strokeOpacity;
      pen.strokeStyle = look.stroke;
      pen.lineCap = look.strokeLinecap;
      pen.lineWidth = parseFloat(look.strokeWidth) / (look.vectorEffect === 'non-scaling-stroke' ? a : 1);
      pen.setLineDash(look.strokeDasharray === 'none' ? [] : look.strokeDasharray.split(/[ ,]+/).map(parseFloat));
      pen.stroke(shape);
    }
    pen.restore();
  }

  function heat(canvas) {
    const {left, top, width, height} = canvas.getBoundingClientRect();
    if (canvas.width && canvas.height) pen.drawImage(canvas, left, top, width, height);
  }

  const centre = ({left, top, width, height}) => [left + width / 2, top + height / 2];

  function lead(icon) {
    const place = icon.getBoundingClientRect();
    pen.strokeStyle = getComputedStyle(icon.querySelector('.guess-lead')).backgroundColor;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(place.left, place.top);
    pen.lineTo(...centre(icon.querySelector('.guess-disc').getBoundingClientRect()));
    pen.stroke();
  }

  function disc(icon) {
    const element = icon.querySelector('.guess-disc');
    const look = getComputedStyle(element);
    const [x, y] = centre(element.getBoundingClientRect());
    pen.beginPath();
    pen.arc(x, y, element.getBoundingClientRect().width / 2 - 1, 0, 2 * Math.PI);
    pen.fillStyle = look.backgroundColor;
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = look.borderTopColor;
    pen.stroke();
    Object.assign(pen, {font: font(look), textAlign: 'center', textBaseline: 'middle', fillStyle: look.color});
    pen.fillText(element.textContent, x, y + 1);
  }

  const font = ({fontWeight, fontSize, fontFamily}) => `${fontWeight} ${fontSize} ${fontFamily}`;

  function fill(element, {left, top, width, height}) {
    pen.fillStyle = getComputedStyle(element).backgroundColor;
    pen.fillRect(left, top, width, height);
  }

  // Text line by line, where the browser has broken it; on the map with a halo, elsewhere on its own ground.
  function words(element, onMap) {
    const look = getComputedStyle(element);
    if (!onMap) fill(element, element.getBoundingClientRect());
    Object.assign(pen, {font: font(look), textAlign: 'left', textBaseline: 'middle'});
    for (const [line, {left, top, height}] of lines(element)) {
      if (onMap) {
        Object.assign(pen, {lineWidth: 4, lineJoin: 'round', strokeStyle: landColour()});
        pen.strokeText(line, left, top + height / 2);
      }
      pen.fillStyle = look.color;
      pen.fillText(line, left, top + height / 2);
    }
  }

  const landColour = () => getComputedStyle(document.documentElement).getPropertyValue('--land');

  function lines(element) {
    const found = [];
    const range = document.createRange();
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE) continue;
      for (const {0: part, index} of node.data.matchAll(/\S+\s*/g)) {
        range.setStart(node, index);
        range.setEnd(node, index + part.trimEnd().length);
        const box = range.getBoundingClientRect();
        const last = found.at(-1);
        if (last && Math.abs(last[1].top - box.top) < 2) last[0] += part;
        else found.push([part, box]);
      }
    }
    return found;
  }

  function credits(element, height) {
    const {top, right} = element.getBoundingClientRect();
    const look = getComputedStyle(element);
    pen.font = font(look);
    const said = element.textContent.trim().replace(/\s+/g, ' ');
    const wide = pen.measureText(said).width;
    pen.fillStyle = look.backgroundColor;
    pen.fillRect(right - wide - 8, top, wide + 8, Math.min(18, height));
    Object.assign(pen, {textAlign: 'right', textBaseline: 'middle', fillStyle: look.color});
    pen.fillText(said, right - 4, top + 9);
  }
})();
