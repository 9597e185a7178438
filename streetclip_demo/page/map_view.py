"""The map's place on the page: the old map stays until the new one is drawn, so that nothing flashes."""

import gradio as gr

FRAME = '<div class="map-frames"></div>'

# Lays the new frame over the old one, unseen, and swaps them when it has loaded.
SWAP = """
const holder = element.querySelector('.map-frames');
const show = () => {
  const box = document.createElement('template');
  box.innerHTML = props.value || '';
  const frame = box.content.querySelector('iframe');
  if (!frame) return;
  const old = [...holder.children];
  frame.classList.add('arriving');
  frame.addEventListener('load', () => {
    frame.classList.remove('arriving');
    for (const one of old) one.remove();
  }, {once: true});
  holder.append(frame);
};
watch('value', show);
show();
"""


def map_view(value: str = "", elem_id: str = "map", script: str = "") -> gr.HTML:
    """A component whose value is the <iframe> of world_map.map_frame; `script` runs beside the swapping."""
    return gr.HTML(
        value,
        html_template=FRAME,
        js_on_load=SWAP + script,
        elem_id=elem_id,
        apply_default_css=False,
        show_label=False,
    )
