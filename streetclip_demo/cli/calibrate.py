"""``calibrate DATASET``: a temperature for each level, fitted on half of the photographers, kept beside the model."""

import argparse
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from streetclip_demo.batch.embedding import seen_photos
from streetclip_demo.cli.dataset_photos import Photos, files_read, read_photos
from streetclip_demo.cli.evaluate import asked
from streetclip_demo.cli.located_files import check_unread
from streetclip_demo.cli.terminal import Counter, on_terminal
from streetclip_demo.cli.whole_file import write_whole
from streetclip_demo.errors import DatasetError, PhotoError, UserError
from streetclip_demo.evaluate.bootstrap import Estimate
from streetclip_demo.evaluate.calibrating import Choices, Fitted, city_choice, country_choice, fitted
from streetclip_demo.evaluate.dataset import Sample
from streetclip_demo.evaluate.truth import Truth, places_of, truth_of
from streetclip_demo.locate.calibration import calibration_path, calibration_record
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.loading import Wanted, load_clip
from streetclip_demo.locate.locator import Embedded
from streetclip_demo.locate.question import Question
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.temperatures import PLAIN, Temperatures
from streetclip_demo.words.counts import counted


def calibrate(options: argparse.Namespace, are_drawn: bool = False) -> int:
    """Fit, say what it did on the other half, and write the file."""
    check_unread("--out", options.out, *files_read(options))
    gazetteer = Gazetteer.load()
    photos = read_photos(options)
    wanted = Wanted.by(options)
    if wanted.card.kind == "geoclip":
        raise UserError(
            f"A temperature is fitted to shares of labels, and {wanted.card.title} compares points. Name a CLIP."
        )
    # Before the model is loaded: a mistake is told at once
    question = replace(asked(options, wanted, gazetteer), temperatures=PLAIN)
    locator = load_clip(wanted, gazetteer, practice_digests(), on_terminal(wanted.card))
    read, countries, cities = _choices(photos, locator, question, gazetteer, are_drawn)
    if not read:
        raise DatasetError(f"None of the photos of {options.dataset} can be read.")
    truth = truth_of(replace(photos.dataset, samples=tuple(read)), gazetteer, options.cluster)
    found = [fitted("country", Choices.of(countries), truth.clusters, options.resamples, options.seed)]
    if cities:
        found.append(fitted("city", Choices.of(cities), truth.clusters, options.resamples, options.seed))
    about = _about(options, locator.card.title, question, truth, found)
    temperatures = Temperatures(**{one.level: round(one.temperature, 4) for one in found})
    record = calibration_record(locator.revision, temperatures, about)
    path = options.out or calibration_path(locator.card, locator.revision)
    _make_folder(path.parent)
    write_whole(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n", "calibration")
    for one in found:
        print(_line(one))
    print(f"Written to {path}.")
    return 0


def _choices(
    photos: Photos, locator: ClipLocator, question: Question, gazetteer: Gazetteer, are_drawn: bool
) -> tuple[list[Sample], list, list]:
    """The samples that can be read, and what was to be chosen for them among countries and among cities."""
    true = places_of(photos.dataset, gazetteer)
    read: list[Sample] = []
    countries, cities = [], []
    for sample, embedded in _readable(photos, locator, are_drawn):
        roots = locator.answer(embedded, question).roots
        code, point = true[sample.id][0], np.array(sample.point)
        if (country := country_choice(roots, code)) is not None:
            countries.append((len(read), *country))
        if (city := city_choice(roots, code, point)) is not None:
            cities.append((len(read), *city))
        read.append(sample)
    return read, countries, cities


def _readable(photos: Photos, locator: ClipLocator, are_drawn: bool) -> Iterator[tuple[Sample, Embedded]]:
    """Each sample whose photo can be read, with its embedding; drawn scenes are made known to the model as such."""
    samples = photos.dataset.samples
    show = Counter(sys.stderr).show(counted(len(samples), "photo", "photos"))
    decoding = DecodeWorkers(os.cpu_count() or 1)
    paths = [str(photos.files[sample.id]) for sample in samples]
    seeing = seen_photos(paths, decoding.open_photo, locator.embed, locator.at_once)
    with contextlib.closing(decoding), contextlib.closing(seeing) as seen:
        for number, (sample, (photo, embedded, problem)) in enumerate(
            zip(samples, seen, strict=True), start=1
        ):
            if problem is not None and not isinstance(problem, PhotoError):
                raise problem
            if photo is not None and embedded is not None:
                if are_drawn:
                    locator.know(photo)
                yield sample, embedded
            show(number, len(samples))


def _about(
    options: argparse.Namespace, model: str, question: Question, truth: Truth, found: Sequence[Fitted]
) -> dict[str, Any]:
    """What was asked and found, for whoever wants to compute it again."""
    return {
        "dataset": options.dataset.name,
        "photos": found[0].photos,
        "clusters": found[0].clusters,
        "bootstrap_over": dict(truth.clusters_are),
        "model": model,
        "labels_sha256": hashlib.sha256(question.labels.encode()).hexdigest(),
        "templates": {level: list(lines) for level, lines in vars(question.templates).items()},
        "levels": [asdict(one) for one in found],
        "seed": options.seed,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _make_folder(folder) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UserError(f"{folder} cannot be made: {problem.strerror}. Name a file with --out.") from None


def _line(one: Fitted) -> str:
    return (
        f"{one.level}: temperature {one.temperature:.3f}, fitted on {one.photos:,} photos of {one.clusters:,} clusters."
        f" On {one.other_photos:,} photos of other clusters: calibration error {_said(one.error_before)} before,"
        f" {_said(one.error_after)} after; loss {_said(one.loss_before)} before, {_said(one.loss_after)} after."
    )


def _said(one: Estimate) -> str:
    return f"{one.value:.3f}" if one.low is None else f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
