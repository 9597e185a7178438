"""The label list under a person's hands: counted and checked while they type, without the model."""

from html import escape

from streetclip_demo.errors import LabelError, TemplateError
from streetclip_demo.places.candidates import count_labels, parse_outline
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.templates import parse_templates
from streetclip_demo.words.language import text


def check_html(outline: str, gazetteer: Gazetteer) -> str:
    """How many labels there are, and what is to be said about single lines."""
    try:
        parsed = parse_outline(outline, gazetteer)
    except LabelError as error:
        return _problems(str(error))
    counted = counted_html(count_labels(parsed.roots))
    notes = "".join(f"<li>{escape(note)}</li>" for note in parsed.notes)  # at most 20 in all
    return counted + (f"<ul>{notes}</ul>" if notes else "")


def counted_html(count: int) -> str:
    """How many labels there are."""
    counted = text.ONE_LABEL_COUNTED if count == 1 else text.LABELS_COUNTED.format(count=f"{count:,}")
    return f'<p class="count">{escape(counted)}</p>'


def check_templates_html(templates: str) -> str:
    """What is wrong with the templates; "" if nothing is."""
    try:
        parse_templates(templates)
    except TemplateError as error:
        return _problems(str(error))
    return ""


def _problems(message: str) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in message.splitlines() if line.strip())
    return f'<div class="problem">{lines}</div>'
