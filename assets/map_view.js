// A map's place on the page. Its frame is made once, with all that maps have in common; each map is then drawn in it
// (assets/map_stage.js). Runs as js_on_load of the map's gr.HTML, with element, props, watch and server.
const RETRY_MILLISECONDS = 3000;
const holder = element.querySelector('.map-frames');
let frame;
let isBegun = false;
let isUp = false;
let name = '';
let number = 0; // of the last map that was sent to be drawn

async function setUp() {
  const theme = document.body.classList.contains('dark') ? 'dark' : 'light';
  window.streetclipStage ??= server.asked_stage({theme, lang: document.documentElement.lang}); // one for all maps of the page
  try {
    const {title, srcdoc} = await window.streetclipStage;
    frame = Object.assign(document.createElement('iframe'), {
      className: 'map-frame',
      title,
      srcdoc,
      sandbox: 'allow-scripts',
    });
  } catch {
    // the network may be back soon
    window.streetclipStage = null;
    setTimeout(setUp, RETRY_MILLISECONDS);
    return;
  }
  frame.addEventListener('load', () => {
    isUp = true;
    if (props.value) show();
    else frame.contentWindow.postMessage({streetclip: 'empty'}, '*'); // not before an answer that is there: nobody would see it
    handFaces();
  });
  holder.replaceChildren(frame);
}

function show() {
  if (!isBegun) setUp();
  isBegun = true;
  if (!isUp || !props.value) return;
  const drawing = JSON.parse(props.value);
  const {title, theme, body, script} = drawing;
  name = drawing.name;
  number += 1;
  frame.setAttribute('aria-busy', 'true');
  frame.contentWindow.postMessage({streetclip: 'draw', number, title, theme, body, script}, '*'); // its origin is opaque
}

// The page's typeface, for a frame that may fetch nothing: as bytes, which the browser has for the page already.
async function handFaces() {
  window.streetclipFaces ??= Promise.all(faceRules().map(face)); // for all maps of the page
  const faces = await window.streetclipFaces;
  if (faces.length) frame.contentWindow.postMessage({streetclip: 'faces', faces}, '*');
}

function faceRules() {
  const FONT_FACE = 5; // CSSRule.FONT_FACE_RULE
  const family = getComputedStyle(element).fontFamily.split(',')[0];
  return [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule.type === FONT_FACE && bare(rule.style.getPropertyValue('font-family')) === bare(family));
}

const bare = (name) => name.trim().replace(/^['"]|['"]$/g, '');

async function face({style, parentStyleSheet}) {
  const [, , source] = style.getPropertyValue('src').match(/url\((['"]?)(.*?)\1\)/);
  const answer = await fetch(new URL(source, parentStyleSheet.href ?? document.baseURI), {cache: 'force-cache'});
  const bytes = answer.ok ? await answer.arrayBuffer() : new ArrayBuffer();
  return {family: bare(style.getPropertyValue('font-family')), weight: style.getPropertyValue('font-weight'), bytes};
}

addEventListener('message', ({source, data}) => {
  if (!frame || source !== frame.contentWindow || data?.streetclip !== 'drawn' || data.number !== number) return;
  frame.title = name;
  frame.removeAttribute('aria-busy');
});

watch('value', show);
if (props.value || element.checkVisibility()) show(); // a map in a tab that nobody opens costs nothing
