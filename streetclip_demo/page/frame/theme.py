"""The page's colours and type, as a Gradio theme: the colours of assets/tokens.css. All else is in the other styles."""

import gradio as gr
from gradio.themes.utils import sizes

from streetclip_demo.palette import palette

STEPS = (50, *range(100, 1000, 100), 950)
# Gradio serves regular and bold whole; its semi-bold file has Cyrillic letters and the Latin a and b only.
FONT = (gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "Noto Sans", "sans-serif")
FONT_MONO = (gr.themes.LocalFont("IBM Plex Mono", weights=(400,)), "ui-monospace", "monospace")
COLOURS = {  # Gradio's name -> that of the token, by day and by night
    "body_background_fill": "paper",
    "body_text_color": "ink",
    "body_text_color_subdued": "ink-soft",
    "background_fill_primary": "card",
    "background_fill_secondary": "panel",
    "block_label_text_color": "label-ink",
    "block_title_text_color": "ink",
    "block_info_text_color": "ink-soft",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "color_accent_soft": "accent-soft",
    "link_text_color": "accent",
    "input_background_fill": "card",
    "input_border_color": "field-line",
    "input_border_color_focus": "accent",
    "button_primary_background_fill": "accent",
    "button_primary_background_fill_hover": "accent-hover",
    "button_primary_text_color": "on-accent",
    "button_secondary_background_fill": "button",
    "button_secondary_border_color": "field-line",
    "button_secondary_text_color": "ink",
    "checkbox_background_color_selected": "checked",
    "slider_color": "accent",
}


def page_theme() -> gr.themes.Base:
    """Ink on paper with one accent, and the same accent, lighter, at night."""
    colours = palette()
    teal = gr.themes.Color(name="teal", **colours.scale("teal", STEPS))
    theme = gr.themes.Base(
        primary_hue=teal,
        secondary_hue=teal,
        neutral_hue=gr.themes.Color(name="ink", **colours.scale("grey", STEPS)),
        text_size=sizes.text_lg,
        radius_size=sizes.radius_md,
        font=FONT,
        font_mono=FONT_MONO,
    )
    by_day = {name: colours.light[token] for name, token in COLOURS.items()}
    by_night = {f"{name}_dark": colours.dark[token] for name, token in COLOURS.items()}
    return theme.set(
        **by_day,
        **by_night,
        color_accent=colours.light["accent"],
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_shadow="none",
        block_shadow_dark="none",
        block_padding="0px",
        block_title_text_weight="600",
        block_title_text_size="*text_sm",
        block_info_text_size="*text_sm",
        input_text_size="*text_md",
        layout_gap="16px",
    )
