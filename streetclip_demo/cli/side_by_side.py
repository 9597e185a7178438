"""``locate PHOTO... --model A,B``: what several models say of each photo, compared, and their answers as one."""

import argparse
import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.cli.asking import question_of
from streetclip_demo.cli.batch import NO_PHOTOS, check_options, photo_list
from streetclip_demo.cli.located_files import LocatedFiles
from streetclip_demo.cli.printed import report
from streetclip_demo.cli.terminal import complain_plainly, on_terminal, plain, progress_on_terminal
from streetclip_demo.errors import QuestionError, UserError
from streetclip_demo.locate.compare import SideBySide, side_by_side
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.library import LEFT, Library
from streetclip_demo.locate.loading import Wanted, load_locator
from streetclip_demo.locate.locator import Locator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.ways import LocatorInWay
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.photos.photo import Photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.product import NOTHING_SHARED
from streetclip_demo.progress import Counting
from streetclip_demo.report.comparison import comparison_sentences, side_by_side_record, weights_sentence
from streetclip_demo.report.sentences import headline
from streetclip_demo.words.language import text

OF_ONE_MODEL = {
    "query": "--query asks GeoCLIP alone. Name one model.",
    "together": "--together asks one model about several photos. Name one model.",
    "out": "--out writes the rows of one model. Name one model, and a folder for each.",
}


@dataclass(frozen=True, eq=False)
class _Models:
    """The models by card, in the order of `--model`, and what each counts for in the combined answer."""

    library: Library[Locator]
    cards: tuple[ModelCard, ...]
    weights: tuple[float, ...]
    gazetteer: Gazetteer
    views: str  # what counts of each photo

    def ask(self, path: str, photo: Photo, question: Question) -> tuple[SideBySide | None, bool]:
        """What they say of a photo, and whether all of them do; None where none does. Why not is told."""
        answered = [self._answer(card, path, photo, question) for card in self.cards]
        found = [(one, weight) for one, weight in zip(answered, self.weights, strict=True) if one is not None]
        if not found:
            return None, False
        predictions, weights = zip(*found, strict=True)
        side = side_by_side(predictions, weights if any(weights) else [1.0] * len(weights), self.gazetteer)
        return side, len(found) == len(answered)

    def _answer(self, card: ModelCard, path: str, photo: Photo, question: Question) -> Prediction | None:
        progress = progress_on_terminal(f"{plain(path)}: captions, {plain(card.title)}")
        try:
            return LocatorInWay(self.library.get(card), self.views).locate(photo, question, progress)
        except UserError as error:
            complain_plainly(f"{path}: {card.title}: {error}")
            return None


def locate_side_by_side(options: argparse.Namespace, wanted: Sequence[Wanted]) -> int:
    """Ask each model about each photo; what one cannot answer is reported, and the others go on."""
    weights = _checked_weights(options, len(wanted))
    gazetteer = Gazetteer.load()
    files = LocatedFiles(options, gazetteer)
    cards = tuple(one.card for one in wanted)
    question = question_of(options, cards[0], gazetteer)  # one for all, or there is nothing to compare
    models = _Models(models_in_memory(wanted, gazetteer), cards, weights, gazetteer, options.views)
    with contextlib.closing(DecodeWorkers(os.cpu_count() or 1)) as decoding, files:
        decoding.warm_up()
        return _locate_each(options, decoding, models, question, files)


def _locate_each(
    options: argparse.Namespace,
    decoding: DecodeWorkers,
    models: _Models,
    question: Question,
    files: LocatedFiles,
) -> int:
    status, is_empty, told = 0, True, 0
    for path, _ in photo_list(options):
        is_empty = False
        own = files.own_of(path)
        try:
            photo = decoding.open_photo(path)
        except UserError as error:
            status = complain_plainly(f"{path}: {error}")
            continue
        side, is_whole = models.ask(path, photo, question)
        status = status if is_whole else 2
        if side is None:
            continue
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        record = side_by_side_record(side, question, photo.digest)
        for one in record["models"]:
            files.add_to_all(name, one, one["manifest"]["model"])
        files.write_compared(own, photo, side, record)
        if options.json:
            print(json.dumps({"file": name} | record))
        else:
            print("\n" * (told > 0) + "\n".join(lines(path, side, options.top)))
        told += 1
    if is_empty:
        raise UserError(NO_PHOTOS)
    return status


def lines(path: str, side: SideBySide, top: int) -> Iterator[str]:
    """The lines that a person reads: each model's answer and tree, how they compare, what they say together."""
    for prediction in side.predictions:
        yield from report(f"{path}: {prediction.model}", prediction, top)
        yield ""
    for comparison in side.comparisons:
        yield plain(" ".join(comparison_sentences(comparison)))
    if len(side.predictions) < 2:
        return
    if side.combined is None:
        yield NOTHING_SHARED
    else:
        yield plain(f"{text.COMBINED}: {headline(side.combined)}. {weights_sentence(side)}")


def _checked_weights(options: argparse.Namespace, count: int) -> tuple[float, ...]:
    """The weights of the combined answer; UserError where options do not go with several models."""
    if not options.photos:
        raise QuestionError("Nothing is asked. Name a photo.")
    for name, sentence in OF_ONE_MODEL.items():
        if getattr(options, name) not in (None, False):
            raise QuestionError(sentence)
    check_options(options)
    weights = options.weights or (1.0,) * count
    if len(weights) != count or not any(weights):
        raise QuestionError(
            f"--weights must be {count} numbers, one for each model, not all of them 0; got {len(weights)}."
        )
    return weights


def models_in_memory(wanted: Sequence[Wanted], gazetteer: Gazetteer) -> Library[Locator]:
    """The models, none of which is replaced by another; as many stay as fit into memory."""
    how = {one.card: one for one in wanted}

    def load(card: ModelCard, asked: ModelCard, counting: Counting) -> Locator:
        return load_locator(how[asked].how(card, asked), gazetteer, practice_digests(), on_terminal(card))

    def say_left(left: ModelCard, coming: ModelCard) -> None:
        complain_plainly(LEFT.format(left=left.title, coming=coming.title))

    return Library(load, most=len(wanted), on_left=say_left)
