"""``locate PHOTO...``: where each may have been taken, in lines, JSON and files."""

import argparse
import contextlib
import json
import os
from collections.abc import Iterator

from streetclip_demo.checkpoints.cards import MODELS, ModelCard
from streetclip_demo.cli.embedding import Seen, seen_photos
from streetclip_demo.cli.located_files import LocatedFiles
from streetclip_demo.cli.printed import report
from streetclip_demo.cli.query import checked_query, locate_query
from streetclip_demo.cli.terminal import complain_plainly, on_terminal, plain, progress_on_terminal
from streetclip_demo.cli.whole_file import read_text
from streetclip_demo.errors import LabelError, ModelError, TemplateError, UserError
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.library import Library
from streetclip_demo.locate.loading import Wanted, load_locator, silent
from streetclip_demo.locate.locator import Locator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import adds_cities, all_presets, default_preset
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.places.candidates import parse_outline
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, parse_templates
from streetclip_demo.progress import Counting
from streetclip_demo.report.record import prediction_record


def locate(options: argparse.Namespace) -> int:
    """Locate each photo; one that fails is reported, and the others go on."""
    wanted = Wanted.by(options)
    options = checked_query(options, wanted.card)
    gazetteer = Gazetteer.load()
    files = LocatedFiles(options, gazetteer)
    question = _question(options, wanted.card, gazetteer)  # before the model: a mistake is told at once
    decoding = DecodeWorkers(os.cpu_count() or 1)
    decoding.warm_up()
    locator = _library(wanted, gazetteer).get(wanted.card)
    if locator.card != wanted.card:
        question = _question(options, locator.card, gazetteer)
    with files, contextlib.closing(decoding):
        if options.query is not None:
            return locate_query(options, locator, question, files)
        return locate_each(options, decoding, locator, question, files)


def locate_each(
    options: argparse.Namespace,
    decoding: DecodeWorkers,
    locator: Locator,
    question: Question,
    files: LocatedFiles,
) -> int:
    """Answer the question for each photo that the options name, and write what they ask for."""
    seeing = seen_photos(options.photos, decoding.open_photo, locator.embed, locator.at_once)
    with contextlib.closing(seeing) as seen:
        return _answer_each(options, seen, locator, question, files)


def _answer_each(
    options: argparse.Namespace,
    seen: Iterator[Seen],
    locator: Locator,
    question: Question,
    files: LocatedFiles,
) -> int:
    status = 0
    for index, (path, (photo, embedded, problem)) in enumerate(zip(options.photos, seen, strict=True)):
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        record: dict = {}
        try:
            if problem is not None:
                raise problem
            assert photo is not None  # without a problem there are both
            assert embedded is not None
            progress = progress_on_terminal(f"{plain(path)}: captions")
            prediction = locator.answer(embedded, question, progress)
            if options.json or files.need_record:
                record = prediction_record(prediction, question, photo.digest)
            files.write_own(index, photo, prediction, record)
        except UserError as error:
            status = complain_plainly(f"{path}: {error}")
            continue
        files.add_to_all(name, record)
        if options.json:
            print(json.dumps({"file": name} | record))
        else:
            print("\n" * (index > 0) + "\n".join(report(path, prediction, options.top)))
    return status


def _library(wanted: Wanted, gazetteer: Gazetteer) -> Library[Locator]:
    """The models; where none was asked for by name, the practice model stands in for a missing StreetCLIP."""

    def load(card: ModelCard, asked: ModelCard, counting: Counting) -> Locator:
        counting = on_terminal(card) if card == asked else silent
        return load_locator(wanted.how(card, asked), gazetteer, practice_digests(), counting)

    def say_replaced(reason: ModelError) -> None:
        complain_plainly(f"{reason} {MODELS['practice'].title} runs instead.")

    return Library(load, wanted.replaceable, say_replaced)


# What is asked


def _question(options: argparse.Namespace, card: ModelCard, gazetteer: Gazetteer) -> Question:
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
