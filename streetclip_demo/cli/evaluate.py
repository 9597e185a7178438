"""``evaluate DATASET``: answers compared with true positions, as a table, JSON, a report and a file of outcomes."""

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streetclip_demo.cli.asking import question_of
from streetclip_demo.cli.dataset_photos import Photos, csv_of, files_read, read_photos, where_of
from streetclip_demo.cli.located_files import check_place, check_unread
from streetclip_demo.cli.scored import check_ray, scored
from streetclip_demo.cli.terminal import plain
from streetclip_demo.cli.whole_file import WholeFile, write_whole
from streetclip_demo.errors import DatasetError, UserError
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
    Scored,
    answer_notes,
    outcomes_of_predictions,
    outcomes_of_scored,
)
from streetclip_demo.evaluate.scoring import Scoring, Told
from streetclip_demo.evaluate.table import table
from streetclip_demo.evaluate.truth import truth_of
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import WORLD_PRESET, all_presets
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.templates import Templates
from streetclip_demo.posterior.temperatures import PLAIN
from streetclip_demo.words.counts import counted

# As github.com/zilunzhang/StreetCLIP-Repoduce has them: names as they stand, without articles.
PAPER = Templates(country=("A Street View photo in {name}.",), city=("A Street View photo from {city}.",))
PAPER_CITIES = 30


@dataclass(eq=False)
class Asked:
    """What a model answered to the photos that it was asked about."""

    left_out: list[LeftOut]
    scored: dict[str, Scored] = field(default_factory=dict)  # by id
    same: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # ids by pixels
    made: Mapping[str, Any] = field(default_factory=dict)

    def add(self, sample: Sample, told: Told) -> None:
        """One more photo."""
        if told.reason:
            self.left_out.append(LeftOut(sample.id, sample.line, told.reason))
            return
        self.scored[sample.id] = told.scored[0]
        self.same[told.digest].append(sample.id)
        self.made = self.made or told.made


def evaluate(options: argparse.Namespace, are_drawn: bool = False) -> int:
    """Evaluate a dataset and write what the options ask for; drawn scenes need no mark of the practice model."""
    _check_files(options)
    check_ray(options)
    gazetteer = Gazetteer.load()
    if options.predictions:
        judged = judged_predictions(options, gazetteer)
        files: Mapping[str, Path] = {}
    else:
        photos = read_photos(options)
        judged = judged_photos(options, photos, gazetteer, are_drawn)
        files = photos.files
    write_evaluation(options, evaluated(judged, options.resamples, options.seed), gazetteer, files)
    return 0


def judged_predictions(options: argparse.Namespace, gazetteer: Gazetteer) -> Judged:
    """Answers that were made elsewhere, with the truth about them."""
    path = csv_of(options.dataset)
    if path is None:
        raise DatasetError(f"{options.dataset} has no CSV file with the true positions. Name it as DATASET.")
    dataset = read_dataset(path, where_of(options), options.cluster)
    everything = read_predictions(options.predictions)
    predictions, unasked = matched(dataset.samples, everything)
    if not predictions:
        raise DatasetError(
            f"No row of {options.predictions} names a photo of {path}: there the first is {dataset.samples[0].id!r},"
            f" here {unasked[0]!r}. Names must be the same, with or without folders and .jpg"
            f"{'; a spreadsheet makes 7 of 007.' if unasked[0].replace('.', '').isdecimal() else '.'}"
        )
    truth = truth_of(dataset, gazetteer, options.cluster)
    protocol = PROTOCOLS[options.distance]
    outcomes = outcomes_of_predictions(dataset.samples, truth, predictions, protocol, gazetteer)
    notes = _unanswered(dataset, predictions, options.predictions)
    if unasked:
        line = everything[unasked[0]].line
        rows = counted(len(unasked), "row", "rows")
        no_photo = "names no photo" if len(unasked) == 1 else "name no photo"
        notes.append(f"{rows} of {options.predictions.name} {no_photo} here (line {line}: {unasked[0]}).")
    notes += answer_notes(truth, predictions, outcomes, gazetteer)
    return Judged(
        options.dataset,
        dataset.samples,
        truth,
        outcomes,
        protocol,
        {"title": f"made elsewhere, {options.predictions.name}", "columns": dict(dataset.columns)},
        notes=notes,
    )


def judged_photos(
    options: argparse.Namespace, photos: Photos, gazetteer: Gazetteer, are_drawn: bool
) -> Judged:
    """Ask the model that options name about each photo."""
    wanted = Wanted.by(options)
    scoring = Scoring((("centre", asked(options, wanted, gazetteer)),), are_drawn=are_drawn)
    found = Asked(list(photos.left_out))
    for sample, told in scored(options, photos, scoring, wanted, gazetteer):
        found.add(sample, told)
    if not found.scored:
        first = found.left_out[0]
        raise DatasetError(f"None of the photos can be read; the first: {first.id}: {first.reason}")
    dataset = photos.only(found.scored).dataset
    truth, protocol = truth_of(dataset, gazetteer, options.cluster), PROTOCOLS[options.distance]
    scored_rows = [found.scored[sample.id] for sample in dataset.samples]
    outcomes = outcomes_of_scored(scored_rows, truth, protocol, gazetteer)
    return Judged(
        options.dataset,
        dataset.samples,
        truth,
        outcomes,
        protocol,
        found.made["settings"],
        found.left_out,
        [ids for ids in found.same.values() if len(ids) > 1],
        True,
        found.made["mark"],
    )


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


def asked(options: argparse.Namespace, wanted: Wanted, gazetteer: Gazetteer) -> Question:
    """The question that options ask of a model: the paper's, or as `locate` asks it."""
    if options.protocol != "paper":
        return question_of(options, wanted.card, gazetteer)
    if wanted.card.kind == "geoclip":
        raise UserError(
            f"--protocol paper asks captions of a CLIP, and {wanted.card.title} compares points. Leave it out."
        )
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


def _unanswered(dataset: Dataset, predictions: Mapping[str, Any], path: Path) -> list[str]:
    missing = [sample for sample in dataset.samples if sample.id not in predictions]
    empty = [one.line for one in predictions.values() if one.point is None]
    notes = []
    if missing:
        notes.append(
            f"{path.name} has no row for {counted(len(missing), 'photo', 'photos')} (line {missing[0].line}:"
            f" {missing[0].id})."
        )
    if empty:
        lines = ", ".join(map(str, empty[:10])) + (", ..." if len(empty) > 10 else "")
        where = "line" if len(empty) == 1 else "lines"
        notes.append(
            f"{path.name} has {counted(len(empty), 'row', 'rows')} without a position: {where} {lines}."
        )
    return notes


def _check_files(options: argparse.Namespace) -> None:
    """What is asked for can be written, and replaces nothing that is read."""
    if options.with_photos and not options.html:
        raise UserError("--with-photos puts photos into the report: say where with --html.")
    for option, path in (("--html", options.html), ("--csv", options.csv)):
        check_place(option, path)
        check_unread(option, path, *files_read(options), options.predictions)


def _write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    file = WholeFile(path, "CSV file")
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file.close()
