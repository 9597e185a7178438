"""``evaluate DATASET``: answers compared with true positions, as a table, JSON, a report and a file of outcomes."""

import argparse
import contextlib
import csv
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from streetclip_demo.batch.embedding import seen_photos
from streetclip_demo.cli.asking import question_of
from streetclip_demo.cli.located_files import check_place
from streetclip_demo.cli.terminal import Counter, on_terminal, plain
from streetclip_demo.cli.whole_file import WholeFile, write_whole
from streetclip_demo.errors import DatasetError, PhotoError, UserError
from streetclip_demo.evaluate.dataset import Dataset, Sample, matched, read_dataset, read_predictions
from streetclip_demo.evaluate.distances import PROTOCOLS
from streetclip_demo.evaluate.evaluation import (
    Evaluation,
    Judged,
    LeftOut,
    evaluation_record,
    outcome_rows,
)
from streetclip_demo.evaluate.evaluation import (
    evaluate as evaluated,
)
from streetclip_demo.evaluate.outcomes import (
    Answer,
    Scored,
    candidate_points,
    outcomes_of_predictions,
    outcomes_of_scored,
)
from streetclip_demo.evaluate.photo_files import dataset_of_photos, find_dataset_file, match_photos
from streetclip_demo.evaluate.table import table
from streetclip_demo.evaluate.truth import places_of, truth_of
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.loading import Wanted, load_locator
from streetclip_demo.locate.locator import Locator, PageLocator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import WORLD_PRESET, all_presets
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.photos.photo import Photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.templates import Templates
from streetclip_demo.posterior.temperatures import PLAIN

# As github.com/zilunzhang/StreetCLIP-Repoduce has them: names as they stand, without articles.
PAPER = Templates(country=("A Street View photo in {name}.",), city=("A Street View photo from {city}.",))
PAPER_CITIES = 30


@dataclass(frozen=True)
class Photos:
    """A dataset with its photos' files."""

    dataset: Dataset
    files: Mapping[str, Path]  # by id
    left_out: tuple[LeftOut, ...]

    def only(self, ids: Container[str]) -> "Photos":
        """Those of some samples, whose photos could be read."""
        samples = tuple(sample for sample in self.dataset.samples if sample.id in ids)
        return replace(self, dataset=replace(self.dataset, samples=samples))


@dataclass(eq=False)
class Asked:
    """What a model answered to the photos that it was asked about."""

    left_out: list[LeftOut]
    scored: dict[str, Scored] = field(default_factory=dict)  # by id
    same: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # ids by pixels
    settings: dict[str, Any] = field(default_factory=dict)
    mark: str = ""


def evaluate(options: argparse.Namespace, are_drawn: bool = False) -> int:
    """Evaluate a dataset and write what the options ask for; drawn scenes need no mark of the practice model."""
    _check_files(options)
    gazetteer = Gazetteer.load()
    if options.predictions:
        judged = judged_predictions(options, gazetteer)
        files: Mapping[str, Path] = {}
    else:
        photos = read_photos(options)
        locator, question = load_asked(options, gazetteer)
        know = locator.know if are_drawn else lambda photo: None
        judged = judged_photos(options, photos, locator, question, gazetteer, know)
        files = photos.files
    write_evaluation(options, evaluated(judged, options.resamples, options.seed), gazetteer, files)
    return 0


def judged_predictions(options: argparse.Namespace, gazetteer: Gazetteer) -> Judged:
    """Answers that were made elsewhere, with the truth about them."""
    path = _csv_of(options.dataset)
    if path is None:
        raise DatasetError(f"{options.dataset} has no CSV file with the true positions. Name it as DATASET.")
    dataset = read_dataset(path, where_of(options), options.cluster)
    everything = read_predictions(options.predictions)
    predictions, unasked = matched(dataset.samples, everything)
    if not predictions:
        raise DatasetError(
            f"No row of {options.predictions} names a photo of {path}: there the first is {dataset.samples[0].id!r},"
            f" here {unasked[0]!r}. Names must be the same, with or without .jpg."
        )
    truth = truth_of(dataset, gazetteer, options.cluster)
    protocol = PROTOCOLS[options.distance]
    notes = _unanswered(dataset, predictions, options.predictions)
    if unasked:
        line = everything[unasked[0]].line
        notes.append(
            f"{len(unasked):,} rows of {options.predictions.name} name no photo here (line {line}: {unasked[0]})."
        )
    return Judged(
        options.dataset,
        dataset.samples,
        truth,
        outcomes_of_predictions(dataset.samples, truth, predictions, protocol, gazetteer),
        protocol,
        {"title": f"made elsewhere, {options.predictions.name}", "columns": dict(dataset.columns)},
        notes=notes,
    )


def read_photos(options: argparse.Namespace) -> Photos:
    """The dataset that options name, with its photos."""
    path = _csv_of(options.dataset)
    if path is None:
        dataset, files, missing = dataset_of_photos(options.dataset)
        return Photos(dataset, files, tuple(LeftOut(id, 0, why) for id, why in missing.items()))
    dataset = read_dataset(path, where_of(options), options.cluster)
    files, missing = match_photos(dataset.samples, options.photos or path.parent)
    left_out = tuple(
        LeftOut(one.id, one.line, missing[one.id]) for one in dataset.samples if one.id in missing
    )
    samples = tuple(sample for sample in dataset.samples if sample.id in files)
    return Photos(replace(dataset, samples=samples), files, left_out)


def load_asked(options: argparse.Namespace, gazetteer: Gazetteer) -> tuple[PageLocator, Question]:
    """The model and the question that options name; no other model stands in for it."""
    wanted = Wanted.by(options)
    question = asked(options, wanted, gazetteer)  # before the model: a mistake is told at once
    return load_locator(wanted, gazetteer, practice_digests(), on_terminal(wanted.card)), question


def judged_photos(
    options: argparse.Namespace,
    photos: Photos,
    locator: Locator,
    question: Question,
    gazetteer: Gazetteer,
    know: Callable[[Photo], object] = lambda photo: None,
) -> Judged:
    """Ask a model about each photo; `know` is shown each before it is asked."""
    found = ask_all(photos, locator, question, gazetteer, know)
    dataset = photos.only(found.scored).dataset
    truth = truth_of(dataset, gazetteer, options.cluster)
    protocol = PROTOCOLS[options.distance]
    scored = [found.scored[sample.id] for sample in dataset.samples]
    return Judged(
        options.dataset,
        dataset.samples,
        truth,
        outcomes_of_scored(scored, truth, protocol, candidate_points(question, gazetteer)),
        protocol,
        found.settings,
        found.left_out,
        [ids for ids in found.same.values() if len(ids) > 1],
        True,
        found.mark,
    )


def ask_all(
    photos: Photos,
    locator: Locator,
    question: Question,
    gazetteer: Gazetteer,
    know: Callable[[Photo], object],
) -> Asked:
    """The answers to all photos that can be read, each compared with the truth."""
    true, found = places_of(photos.dataset, gazetteer), Asked(list(photos.left_out))
    for sample, photo, embedded, problem in walked(photos, locator.embed, locator.at_once):
        if problem is not None:
            found.left_out.append(LeftOut(sample.id, sample.line, str(problem)))
            continue
        know(photo)
        prediction = locator.answer(embedded, question)
        found.scored[sample.id] = Scored.of(Answer.of(prediction), *true[sample.id])
        found.same[photo.digest].append(sample.id)
        if not found.settings:
            found.settings, found.mark = _settings(prediction, question), prediction.mark
    if not found.scored:
        first = found.left_out[0]
        raise DatasetError(f"None of the photos can be read; the first: {first.id}: {first.reason}")
    return found


def walked(
    photos: Photos, embed: Callable, at_once: int
) -> Iterator[tuple[Sample, Any, Any, PhotoError | None]]:
    """Each sample with its photo and embedding, or why it cannot be read; decoding goes on beside the model."""
    samples = photos.dataset.samples
    show = Counter(sys.stderr).show(f"{len(samples):,} photos")
    decoding = DecodeWorkers(os.cpu_count() or 1)
    paths = [str(photos.files[sample.id]) for sample in samples]
    seeing = seen_photos(paths, decoding.open_photo, embed, at_once)
    with contextlib.closing(decoding), contextlib.closing(seeing) as seen:
        for number, (sample, (photo, embedded, problem)) in enumerate(
            zip(samples, seen, strict=True), start=1
        ):
            if problem is not None and not isinstance(problem, PhotoError):
                raise problem
            yield sample, photo, embedded, problem
            show(number, len(samples))


def readable(
    photos: Photos, locator: PageLocator, embed: Callable, are_drawn: bool
) -> Iterator[tuple[Sample, Any]]:
    """Each sample whose photo can be read, with its embedding; drawn scenes are made known to the model as such."""
    for sample, photo, embedded, problem in walked(photos, embed, locator.at_once):
        if problem is None:
            if are_drawn:
                locator.know(photo)
            yield sample, embedded


def write_evaluation(
    options: argparse.Namespace, evaluation: Evaluation, gazetteer: Gazetteer, files: Mapping[str, Path]
) -> None:
    """Print the table or the JSON, and write the files that are asked for."""
    record = evaluation_record(evaluation)
    if options.csv:
        _write_rows(options.csv, outcome_rows(evaluation.judged))
    if options.html:
        from streetclip_demo.evaluate.report import report_html

        shown = files if options.with_photos else {}
        write_whole(options.html, report_html(evaluation, record, gazetteer, shown), "HTML file")
    if options.json:
        print(json.dumps(record, ensure_ascii=False, allow_nan=False))
    else:
        print("\n".join(map(plain, table(evaluation, gazetteer))))


def where_of(options: argparse.Namespace) -> dict[str, str]:
    """The values that rows must have, by column."""
    found = {}
    for one in options.where:
        column, equals, value = one.partition("=")
        if not equals:
            raise UserError(f"--where must be COLUMN=VALUE, as split=test; got {one!r}.")
        found[column.strip()] = value.strip()
    return found


def asked(options: argparse.Namespace, wanted: Wanted, gazetteer: Gazetteer) -> Question:
    """The question that options ask of a model: the paper's, or as `locate` asks it."""
    if options.protocol != "paper":
        return question_of(options, wanted.card, gazetteer)
    named = [
        name for name in ("labels", "preset", "templates", "cities") if getattr(options, name) is not None
    ]
    if named:
        raise UserError(f"--protocol paper says what is asked: leave --{named[0]} out.")
    return Question(
        all_presets(gazetteer)[WORLD_PRESET],
        templates=PAPER,
        add_cities=True,
        cities_per_country=PAPER_CITIES,
        beam_width=1,
        estimator="greedy",
        temperatures=PLAIN,
        anyway=options.anyway,
    )


def _settings(prediction, question: Question) -> dict[str, Any]:
    """What a reader needs to compute the answers again."""
    from streetclip_demo.report.record import prediction_record

    manifest = prediction_record(prediction, question)["manifest"]
    return {
        "title": f"{prediction.model} ({prediction.revision}), estimator {prediction.estimator}",
        **manifest,
    }


def _csv_of(path: Path) -> Path | None:
    if path.is_dir():
        return find_dataset_file(path)
    if not path.exists():
        raise DatasetError(f"{path} does not exist. Name a CSV file, or a folder of photos.")
    return path


def _unanswered(dataset: Dataset, predictions: Mapping[str, Any], path: Path) -> list[str]:
    missing = [sample for sample in dataset.samples if sample.id not in predictions]
    empty = [one.line for one in predictions.values() if one.point is None]
    notes = []
    if missing:
        notes.append(
            f"{path.name} has no row for {len(missing):,} photos (line {missing[0].line}: {missing[0].id})."
        )
    if empty:
        lines = ", ".join(map(str, empty[:10])) + (", ..." if len(empty) > 10 else "")
        notes.append(f"{path.name} has {len(empty):,} rows without a position: lines {lines}.")
    return notes


def _check_files(options: argparse.Namespace) -> None:
    """What is asked for can be written, and replaces nothing that is read."""
    if options.with_photos and not options.html:
        raise UserError("--with-photos puts photos into the report: say where with --html.")
    read = {os.path.realpath(path) for path in (options.dataset, options.predictions) if path}
    for option, path in (("--html", options.html), ("--csv", options.csv)):
        check_place(option, path)
        if path and os.path.realpath(path) in read:
            raise UserError(f"{option} would replace {path}, which is read. Name another file.")


def _write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    file = WholeFile(path, "CSV file")
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file.close()
