"""``locate PHOTO...``: where each may have been taken, in lines, JSON and files, or as rows in a folder."""

import argparse
import contextlib
import itertools
import json
import os
from collections.abc import Iterable

from streetclip_demo.batch.embedding import Seen, seen_photos
from streetclip_demo.batch.listing import Listed
from streetclip_demo.checkpoints.cards import MODELS, ModelCard
from streetclip_demo.cli.asking import question_of
from streetclip_demo.cli.batch import NO_PHOTOS, check_options, open_run, photo_list, run_here, run_on_ray
from streetclip_demo.cli.commands import RAY
from streetclip_demo.cli.located_files import LocatedFiles
from streetclip_demo.cli.printed import report
from streetclip_demo.cli.query import checked_query, locate_query
from streetclip_demo.cli.side_by_side import locate_side_by_side
from streetclip_demo.cli.terminal import complain_plainly, on_terminal, plain, progress_on_terminal
from streetclip_demo.cli.together import NAME as TOGETHER
from streetclip_demo.cli.together import check_together, locate_together
from streetclip_demo.errors import ModelError, UserError
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.library import Library
from streetclip_demo.locate.loading import Wanted, load_locator, silent
from streetclip_demo.locate.locator import Locator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.ways import LocatorInWay
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.progress import Counting
from streetclip_demo.report.record import prediction_record


def locate(options: argparse.Namespace) -> int:
    """Locate each photo; one that fails is reported, and the others go on."""
    several = Wanted.each_by(options)
    if len(several) > 1:
        return locate_side_by_side(options, several)
    (wanted,) = several
    if options.together:
        check_together(options)
    if options.weights:
        raise UserError("--weights is for several models: name them, as --model clip,streetclip.")
    options = checked_query(options, wanted.card)
    check_options(options)
    gazetteer = Gazetteer.load()
    files = LocatedFiles(_of_one(options) if options.together else options, gazetteer)
    question = question_of(options, wanted.card, gazetteer)  # before the model: a mistake is told at once
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(contextlib.closing(open_run(options))) if options.out else None
        if run is not None and options.engine == RAY:
            return run_on_ray(options, run, wanted, question)
        decoding = stack.enter_context(contextlib.closing(DecodeWorkers(os.cpu_count() or 1)))
        decoding.warm_up()
        model = open_library(wanted, gazetteer).get(wanted.card)
        locator = LocatorInWay(model, options.views)
        if locator.card != wanted.card:
            question = question_of(options, locator.card, gazetteer)
        if run is not None:
            return run_here(options, run, decoding, locator, question)
        with files:
            if options.query is not None:
                return locate_query(options, model, question, files)
            if options.together:
                return locate_together(options, decoding, locator, question, files)
            return locate_each(options, decoding, locator, question, files)


def _of_one(options: argparse.Namespace) -> argparse.Namespace:
    """The options as of one photo: the answer to several that are asked as one has one map and one page."""
    return argparse.Namespace(**vars(options) | {"photos": [TOGETHER]})


def locate_each(
    options: argparse.Namespace,
    decoding: DecodeWorkers,
    locator: Locator,
    question: Question,
    files: LocatedFiles,
) -> int:
    """Answer the question for each photo that the options name, and write what they ask for."""
    photos, sources = itertools.tee(photo_list(options))  # apart by the few photos that are under way
    paths = (photo.path for photo in sources)
    seeing = seen_photos(paths, decoding.open_photo, locator.embed, locator.at_once)
    with contextlib.closing(seeing) as seen:
        return _answer_each(options, zip(photos, seen, strict=True), locator, question, files)


def _answer_each(
    options: argparse.Namespace,
    seen: Iterable[tuple[Listed, Seen]],
    locator: Locator,
    question: Question,
    files: LocatedFiles,
) -> int:
    status, index = 0, -1
    for index, ((path, _), (photo, embedded, problem)) in enumerate(seen):
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        own = files.own_of(path)
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
            files.write_own(own, photo, prediction, record)
        except UserError as error:
            status = complain_plainly(f"{path}: {error}")
            continue
        files.add_to_all(name, record)
        if options.json:
            print(json.dumps({"file": name} | record))
        else:
            print("\n" * (index > 0) + "\n".join(report(path, prediction, options.top)))
    if index < 0:
        raise UserError(NO_PHOTOS)
    return status


def open_library(wanted: Wanted, gazetteer: Gazetteer) -> Library[Locator]:
    """The models; where none was asked for by name, the practice model stands in for a missing StreetCLIP."""

    def load(card: ModelCard, asked: ModelCard, counting: Counting) -> Locator:
        counting = on_terminal(card) if card == asked else silent
        return load_locator(wanted.how(card, asked), gazetteer, practice_digests(), counting)

    def say_replaced(reason: ModelError) -> None:
        complain_plainly(f"{reason} {MODELS['practice'].title} runs instead.")

    return Library(load, wanted.replaceable, say_replaced)
