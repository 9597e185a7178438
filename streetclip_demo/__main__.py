"""The command line.

``python -m streetclip_demo locate PHOTO...`` prints where each may have been taken; ``record LESSON.json`` writes
a model's answers into a lesson.
"""

import argparse
import contextlib
import functools
import json
import os
import signal
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

from streetclip_demo.checkpoints.cards import MODELS, ModelCard
from streetclip_demo.cli.located_files import LocatedFiles
from streetclip_demo.cli.whole_file import write_whole
from streetclip_demo.engines.photo_batches import ahead
from streetclip_demo.errors import LabelError, LessonError, ModelError, TemplateError, UserError
from streetclip_demo.locate.predictor import Predictor, Question, practice_digests
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.photos.photo import Photo, open_photo
from streetclip_demo.places.candidates import parse_outline, presets
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, parse_templates
from streetclip_demo.posterior.estimators import ESTIMATORS
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Node, probability_from
from streetclip_demo.practice.facts import COUNTRIES
from streetclip_demo.report.record import prediction_record
from streetclip_demo.report.sentences import headline
from streetclip_demo.services import (
    PRACTICE_PRESET,
    WORLD_PRESET,
    Counter,
    Wanted,
    complain,
    load,
    make_captions,
    on_terminal,
    wanted,
)
from streetclip_demo.surroundings import prepare
from streetclip_demo.teaching.lessons import LessonQuestion, read_lesson
from streetclip_demo.teaching.recording import record_lesson
from streetclip_demo.words.readable import kilometres, percent

CHILDREN_SHOWN = 5
BAR_WIDTH = 24
NAME_WIDTH = 44


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows "?" for what it lacks
    try:
        prepare()  # before the libraries are imported that load a model
        status = options.run(options)
        sys.stdout.flush()
    except UserError as error:
        return _complain(error)
    except BrokenPipeError:  # the reader has seen enough, as with "| head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return status


def parser() -> argparse.ArgumentParser:
    """The options; README.md documents each."""
    top = argparse.ArgumentParser(
        prog="python -m streetclip_demo", description="Zero-shot image geolocalization with StreetCLIP."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_locate(commands)
    _add_record(commands)
    return top


def _add_locate(commands) -> None:
    command = commands.add_parser(
        "locate",
        help="where a photo may have been taken, as a tree of probabilities",
        description="Print where each photo may have been taken, as a tree of probabilities."
        " The exit status is 2 if a photo could not be located.",
    )
    command.set_defaults(run=locate)
    add = command.add_argument
    add("photos", nargs="+", metavar="PHOTO", help="a picture: JPEG, PNG, WebP, HEIC, ...")
    labels = command.add_mutually_exclusive_group().add_argument
    labels("--labels", metavar="FILE", help="one label a line, children indented, optional '@ 47.1, 8.2'")
    labels("--preset", metavar="NAME", help="labels that come with the app, as 'US states'")
    _add_model(command)
    add("--templates", metavar="FILE", help="caption templates, lines as 'city: A photo from {city}.'")
    add("--estimator", default="beam", choices=ESTIMATORS, help="how the best guess is chosen (beam)")
    add("--beam", type=_positive, default=5, metavar="N", help="places a level that are looked into (5)")
    add("--top", type=_positive, default=10, metavar="N", help="guesses, and places listed (10)")
    add("--no-cities", action="store_true", help="add no cities from the gazetteer")
    add("--anyway", action="store_true", help="run the practice model on a photograph, marked")
    add("--json", action="store_true", help="a line of JSON for each photo: every label, every setting")
    add("--map", type=Path, metavar="OUT.html", help="write the map; for several photos name a folder")
    add("--html", type=Path, metavar="OUT.html", help="write answer, map and tree as one page")
    add("--with-photo", action="store_true", help="put the photo, without its metadata, into the HTML file")
    add("--csv", type=Path, metavar="FILE", help="write every label of all photos as a table")
    add("--geojson", type=Path, metavar="FILE", help="write the places of all photos for a GIS")


def _add_record(commands) -> None:
    command = commands.add_parser(
        "record",
        help="write a model's answers into a lesson, to be shown with no model",
        description="Ask a model for the photos of a lesson and write its answers into the file, with date, revision"
        " and hashes; photos that the lesson names by their files are put into it.",
    )
    command.set_defaults(run=record)
    command.add_argument("lesson", type=Path, metavar="LESSON.json", help="a lesson; see docs/lessons.md")
    _add_model(command)


def _add_model(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    devices, precisions = ("auto", "cuda", "mps", "cpu"), ("auto", "float32", "bfloat16")
    add("--model", metavar="M", help="streetclip, clip, practice, a folder or a hub id")
    add("--device", default="auto", choices=devices, help="where to compute (auto)")
    add("--precision", default="auto", choices=precisions, help="of the weights (auto)")
    add("--engine", default="torch", choices=("torch", "openvino"), help="what computes (torch)")


def locate(options: argparse.Namespace) -> int:
    """Locate each photo; one that fails is reported, and the others go on."""
    gazetteer = Gazetteer.load()
    files = LocatedFiles(options, gazetteer)
    model = wanted(options)
    question = _question(options, model.card, gazetteer)  # before the model: a mistake is told at once
    decoding = DecodeWorkers(os.cpu_count() or 1)
    decoding.warm_up()
    encoder = _load(model)
    if encoder.card != model.card:
        question = _question(options, encoder.card, gazetteer)
    predictor = Predictor(encoder, make_captions(encoder), gazetteer, practice_digests())
    with files, contextlib.closing(decoding):
        return _locate_each(options, decoding, predictor, question, files)


def _locate_each(
    options: argparse.Namespace,
    decoding: DecodeWorkers,
    predictor: Predictor,
    question: Question,
    files: LocatedFiles,
) -> int:
    on_gpu = predictor.encoder.photos_at_once > 1

    def prepare(path: str) -> Photo:
        photo = decoding.open_photo(path)
        if on_gpu:  # in a batch with the others; `locate` then finds it in the memory
            predictor.embedding(photo)
        return photo

    # On a GPU one batch is decoded while another is computed: 32 photos, of 36 MB each if they have 12 megapixels.
    threads = 2 * predictor.encoder.photos_at_once if on_gpu else 1
    with contextlib.closing(ahead(prepare, options.photos, threads)) as prepared:
        return _locate_prepared(options, prepared, predictor, question, files)


def _locate_prepared(
    options: argparse.Namespace,
    prepared: Iterator[Future],
    predictor: Predictor,
    question: Question,
    files: LocatedFiles,
) -> int:
    status = 0
    for index, (path, reading) in enumerate(zip(options.photos, prepared, strict=True)):
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        record = None
        try:
            photo = reading.result()
            prediction = predictor.locate(photo, question, _on_terminal(f"{_plain(path)}: captions"))
            if options.json or files.need_record:
                record = prediction_record(prediction, question, photo.digest)
            files.write_own(index, photo, prediction, record)
        except UserError as error:
            status = _complain(f"{path}: {error}")
            continue
        files.add_to_all(name, record)
        if options.json:
            print(json.dumps({"file": name} | record))
        else:
            print("\n" * (index > 0) + "\n".join(report(path, prediction, options.top)))
    return status


def record(options: argparse.Namespace) -> int:
    """Write a model's answers into a lesson. It is the model that was asked for: none stands in for it."""
    path: Path = options.lesson
    gazetteer = Gazetteer.load()

    @functools.cache
    def predictor() -> Predictor:  # after the lesson has been checked: a mistake is told at once
        model = wanted(options)
        encoder = load(model.card, model, on_terminal(model.card))
        return Predictor(encoder, make_captions(encoder), gazetteer, practice_digests())

    def ask(question: LessonQuestion) -> Prediction:
        return predictor().locate(open_photo(question.photo), Question(question.labels, add_cities=False))

    written = record_lesson(
        _read(path, LessonError).encode(), path.name, path.parent, gazetteer, ask, datetime.now(UTC).date()
    )
    write_whole(path, written, "lesson")
    for number, question in enumerate(read_lesson(written.encode(), path.name, gazetteer).questions, start=1):
        answer = question.recorded
        pin = _plain(answer.pin.place) if answer.pin else "no place"
        print(
            f"{number}. {_plain(question.answer.place)}: {answer.model} says {pin}, {percent(answer.probability)}"
        )
    return 0


# What is asked


def _question(options: argparse.Namespace, card: ModelCard, gazetteer: Gazetteer) -> Question:
    templates = DEFAULT_TEMPLATES
    if options.templates:
        templates = parse_templates(_read(options.templates, TemplateError))
    labels = _read(options.labels, LabelError) if options.labels else _preset(options.preset, card, gazetteer)
    parse_outline(labels, gazetteer)
    return Question(
        labels,
        templates=templates,
        add_cities=not options.no_cities,
        beam_width=options.beam,
        estimator=options.estimator,
        top_k=options.top,
        anyway=options.anyway,
    )


def _preset(name: str | None, card: ModelCard, gazetteer: Gazetteer) -> str:
    texts = presets(gazetteer, tuple(country.name for country in COUNTRIES))
    if name is None:
        return texts[WORLD_PRESET if card.locates_photographs else PRACTICE_PRESET]
    wanted = name.strip().casefold()
    found = [title for title in texts if title.casefold() == wanted]
    found = found or [title for title in texts if title.casefold().startswith(wanted)]
    if len(found) != 1:
        problem = "Several presets begin with" if found else "There is no preset"
        raise LabelError(f"{problem} {name!r}. There are: {'; '.join(found or texts)}.")
    return texts[found[0]]


def _read(path: str | Path, error: type[UserError]) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise error(f"{path} is not text in UTF-8. Save it as a text file in UTF-8.") from None
    except OSError as problem:
        raise error(f"{path} cannot be read: {problem.strerror}.") from None


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


# The model


def _load(model: Wanted):
    """The model that was asked for; where none was, the practice model stands in for a missing StreetCLIP."""
    try:
        return load(model.card, model, on_terminal(model.card))
    except ModelError as error:
        if model.is_explicit:
            raise
        practice = MODELS["practice"]
        _complain(f"{error} {practice.title} runs instead.")
        return load(practice, model)


def _on_terminal(what: str):
    """Progress on a terminal; none where standard error goes into a file."""
    return Counter(sys.stderr).show(what) if sys.stderr.isatty() else None


# What is written


def report(path: str, prediction: Prediction, top: int) -> Iterator[str]:
    """The lines that a person reads: the best guess, what it rests on, the tree."""
    yield _plain(path)
    if prediction.mark:
        yield f"  ! {prediction.mark}"
    yield f"  {_plain(headline(prediction))}."
    yield f"  Best guess: {_plain(', '.join(reversed(prediction.guesses[0].path)))}"
    yield f"  {_spread(prediction)}"
    yield f"  {prediction.model} ({prediction.revision}), estimator {prediction.estimator}"
    for note in prediction.notes:
        yield f"  Note: {_plain(note)}"
    yield ""
    rows = list(_rows(prediction.roots, top, "  "))
    width = min(NAME_WIDTH, max(_width(name) for name, _ in rows))
    for name, probability in rows:
        bar = "█" * round(BAR_WIDTH * probability)
        yield f"{_padded(name, width)}  {percent(probability):>7}  {bar}".rstrip()


def _spread(prediction: Prediction) -> str:
    shares = "Shares among the labels on the list, not certainty"
    if prediction.half_mass_radius_km is None:
        return f"{shares}."
    return f"{shares}; half lies within {kilometres(prediction.half_mass_radius_km)} of the best guess."


def _rows(nodes: Sequence[Node], limit: int, indent: str) -> Iterator[tuple[str, float]]:
    """The most probable nodes with their children below, and one line for the rest."""
    for node in nodes[:limit]:
        yield indent + _plain(node.candidate.name), node.probability
        yield from _rows(node.children, min(limit, CHILDREN_SHOWN), indent + "  ")
    if len(nodes) > limit:
        yield f"{indent}({len(nodes) - limit} more)", probability_from(limit, nodes)


def _complain(error: UserError | str) -> int:
    return complain(UserError(_plain(" ".join(str(error).split()))))


def _plain(text: str) -> str:
    """Text without the characters that could steer a terminal."""
    if text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)


def _width(text: str) -> int:
    """Columns on a terminal: none for a combining mark, two for a wide letter."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _padded(text: str, width: int) -> str:
    if _width(text) > width:
        while _width(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - _width(text))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as with Ctrl+C, files keep what they had
    sys.exit(main())
