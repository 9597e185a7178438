"""The fold "Fine-tuning": the templates, the estimator and the beam."""

from dataclasses import dataclass

import gradio as gr

from streetclip_demo.page.frame.address import MOST_BEAM
from streetclip_demo.page.locate.labels import not_applied_html
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, format_templates
from streetclip_demo.words.language import text


@dataclass(frozen=True, eq=False)
class TuningArea:
    """The area's components."""

    templates: gr.Textbox
    template_check: gr.HTML
    estimator: gr.Dropdown
    beam: gr.Slider


def build_tuning_area() -> TuningArea:
    """Place the components; nothing listens yet."""
    with gr.Accordion(text.FINE_TUNING, open=False, elem_id="fine-tuning"):
        with gr.Column(elem_id="checked-templates", elem_classes="checked"):
            templates = gr.Textbox(
                format_templates(DEFAULT_TEMPLATES),
                label=text.TEMPLATES,
                info=text.TEMPLATES_INFO,
                lines=4,
                max_lines=8,
                elem_id="templates",
            )
            template_check = gr.HTML(elem_id="template-check", apply_default_css=False)
            gr.HTML(not_applied_html("templates"), apply_default_css=False)
        estimator = gr.Dropdown(
            [(name, key) for key, name in text.ESTIMATOR_CHOICES.items()],
            value="greedy",
            label=text.ESTIMATOR,
            elem_id="estimator",
        )
        beam = gr.Slider(1, MOST_BEAM, value=5, step=1, label=text.BEAM, info=text.BEAM_INFO, elem_id="beam")
    return TuningArea(templates, template_check, estimator, beam)
