"""The label list under a person's hands: counted and checked while they type, without the model."""

import zlib
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


def applied_html(labels: str, templates: str) -> str:
    """Goes with an answer: what it was asked with, for assets/pending.js to tell whether the fields say so still."""
    told = " ".join(
        f'data-{name}="{zlib.crc32(field.encode("utf-8", "replace"))}"'
        for name, field in (("labels", labels), ("templates", templates))
    )
    return f"<span hidden data-applied {told}></span>"


def not_applied_html(field: str) -> str:
    """The note beside a field, "labels" or "templates", that was edited since; not to be seen at first."""
    return f'<p class="not-applied" data-of="{field}" role="status" hidden>{escape(text.NOT_APPLIED)}</p>'


def _problems(message: str) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in message.splitlines() if line.strip())
    return f'<div class="problem" role="alert">{lines}</div>'
