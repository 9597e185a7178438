// Shows one map after the other in this document (streetclip_demo/maps/world_map.py, `map_stage`). The page that holds it says
// {streetclip: "draw", number, title, theme, body, script} and hears {streetclip: "drawn", number}. The map before goes and
// the new one comes within one task, so that nothing blank is ever painted. No file that people save has this script in it.
// {streetclip: "empty"} draws the empty map, which the document has.
// It may also say {streetclip: "faces", faces: [{family, weight, bytes}]}: its typeface, as this document may fetch nothing.
addEventListener('message', async ({source, data}) => {
  if (source !== parent || data?.streetclip !== 'faces') return;
  const faces = data.faces.filter(({bytes}) => bytes.byteLength);
  const loaded = faces.map(({family, weight, bytes}) => new FontFace(family, bytes, {weight}).load());
  for (const face of await Promise.all(loaded)) document.fonts.add(face);
  streetclip.measureAgain(); // names are wider or narrower now
});

addEventListener('message', ({source, data}) => {
  if (source === parent && data?.streetclip === 'empty') drawEmpty();
});

addEventListener('message', ({source, data}) => {
  if (source !== parent || data?.streetclip !== 'draw') return;
  streetclip.clear();
  document.title = data.title;
  document.documentElement.dataset.theme = data.theme;
  document.body.innerHTML = data.body;
  const script = document.createElement('script'); // unlike one in innerHTML, this one runs
  script.textContent = `{${data.script}}`; // a block, as Folium declares with let what the next map declares again
  document.body.append(script);
  source.postMessage({streetclip: 'drawn', number: data.number}, '*'); // that page's origin is not told
});
