"""The question that options of the command line ask."""

import argparse

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.cli.whole_file import read_text
from streetclip_demo.errors import LabelError, TemplateError
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import adds_cities, all_presets, default_preset
from streetclip_demo.places.candidates import parse_outline
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, parse_templates
from streetclip_demo.posterior.temperatures import PLAIN


def question_of(options: argparse.Namespace, card: ModelCard, gazetteer: Gazetteer) -> Question:
    """The question for each photo; a mistake in labels or templates is told here."""
    templates = DEFAULT_TEMPLATES
    if options.templates:
        templates = parse_templates(read_text(options.templates, TemplateError))
    if options.labels:
        labels = read_text(options.labels, LabelError)
    else:
        labels = _preset(options.preset, card, gazetteer)
    parse_outline(labels, gazetteer)
    return Question(
        labels,
        templates=templates,
        add_cities=options.cities
        if options.cities is not None
        else adds_cities(not card.locates_photographs),
        beam_width=options.beam,
        estimator=options.estimator,
        top_k=options.top,
        temperatures=PLAIN if options.uncalibrated else None,
        anyway=options.anyway,
    )


def _preset(name: str | None, card: ModelCard, gazetteer: Gazetteer) -> str:
    texts = all_presets(gazetteer)
    if name is None:
        return texts[default_preset(not card.locates_photographs)]
    wanted = name.strip().casefold()
    found = [title for title in texts if title.casefold() == wanted]
    found = found or [title for title in texts if title.casefold().startswith(wanted)]
    if len(found) != 1:
        problem = "Several presets begin with" if found else "There is no preset"
        raise LabelError(f"{problem} {name!r}. There are: {'; '.join(found or texts)}.")
    return texts[found[0]]
