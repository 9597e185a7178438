"""``streets FOLDER``: how well a model tells streets from other pictures; switches the page's hint on."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from streetclip_demo.cli.asking import question_of
from streetclip_demo.cli.located_files import check_unread
from streetclip_demo.cli.terminal import on_terminal, plain, progress_on_terminal
from streetclip_demo.cli.whole_file import write_whole
from streetclip_demo.errors import DatasetError, PhotoError, QuestionError, UserError, complain
from streetclip_demo.evaluate.csv_rows import read_table
from streetclip_demo.evaluate.photo_files import photos_in
from streetclip_demo.evaluate.streets import Share, Told, check_counts, told
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.loading import Wanted, load_locator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.street_check import (
    STREET,
    Evidence,
    StreetCheck,
    check_path,
    check_text,
    evidence,
    labels_hash,
)
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.words.readable import grouped, percent

COLUMNS = ("file", "kind")


def streets(options: argparse.Namespace) -> int:
    """Measure, print, and keep the threshold beside the model."""
    check_unread("--out", options.out, options.folder, options.labels, options.templates)
    wanted, gazetteer = Wanted.by(options), Gazetteer.load()
    question = question_of(options, wanted.card, gazetteer)
    pictures = list(pictures_of(options.folder))
    check_counts([kind != STREET for kind, _ in pictures], options.false_alarms)
    locator = load_locator(wanted, gazetteer, practice_digests(), on_terminal(wanted.card))
    if not isinstance(locator, ClipLocator):
        raise QuestionError(
            f"{locator.card.title} compares photos with points, not with captions: it cannot tell streets from other"
            " pictures. Choose another model."
        )
    found = list(_seen(pictures, locator, question))
    kinds = np.array([kind for kind, _ in found], dtype=str)
    features = np.array([one.features for _, one in found], float).reshape(-1, 2)
    measured = told(features, kinds, STREET, options.false_alarms)
    check = StreetCheck(
        locator.revision,
        labels_hash(question.labels),
        (float(measured.weights[0]), float(measured.weights[1])),
        measured.threshold,
        measured.false_alarms.value,
    )
    path = options.out or check_path(locator.card, locator.revision)
    record = _record(options, locator, measured)
    _write(path, check_text(check, record))
    print(json.dumps(record) if options.json else "\n".join(map(plain, _lines(measured, path))))
    return 0


def pictures_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Kind and file of each picture: of a CSV file's rows, or of the folders in a folder, which are named as kinds."""
    if folder.is_file():
        table = read_table(folder)
        if missing := [name for name in COLUMNS if name not in table.header]:
            raise DatasetError(
                f"{folder}, line 1: there is no column {missing[0]!r}. The first line must be {','.join(COLUMNS)}."
            )
        for row in table.rows:
            yield _kind(row.cells["kind"]), folder.parent / row.cells["file"].strip()
        return
    if not folder.is_dir():
        raise DatasetError(
            f"{folder} does not exist. Name a folder with a folder for each kind, or a CSV file."
        )
    inside = sorted(path for path in folder.iterdir() if path.is_dir())
    if not inside:
        raise DatasetError(
            f"{folder} has no folders. Put a folder for each kind into it: street, indoors, map, ..."
        )
    for kind in inside:
        for path in photos_in(kind):
            yield _kind(kind.name), path


def _kind(name: str) -> str:
    """ "Streets" is the kind of streets, too."""
    kind = name.strip().lower()
    return STREET if kind in (STREET, f"{STREET}s") else kind


def _seen(
    pictures: list[tuple[str, Path]], locator: ClipLocator, question: Question
) -> Iterator[tuple[str, Evidence]]:
    """Kind and evidence of each picture that can be read; the others are told on standard error."""
    report = progress_on_terminal("pictures")
    for number, (kind, path) in enumerate(pictures, 1):
        try:
            photo = open_photo(path)
        except PhotoError as problem:
            complain(problem)
            continue
        (embedded,) = locator.embed([photo])
        yield kind, evidence(locator, embedded, locator.answer(embedded, question))
        if report:
            report(number, len(pictures))


def _record(options: argparse.Namespace, locator: ClipLocator, measured: Told) -> dict:
    def of(share: Share) -> dict:
        return {"count": share.count, "of": share.of, "value": share.value, "interval": share.interval}

    return {
        "folder": options.folder.name,
        "model": locator.card.title,
        "revision": locator.revision,
        "weights": measured.weights.tolist(),
        "threshold": measured.threshold,
        "area_under_roc": measured.areas,
        "roc": [{"false_alarms": at, "found": found} for at, found in measured.roc.items()],
        "wanted_false_alarms": options.false_alarms,
        "false_alarms": of(measured.false_alarms),
        "found": {kind: of(share) for kind, share in measured.found.items()},
    }


def _lines(measured: Told, path: Path) -> Iterator[str]:
    yield f"{grouped(measured.false_alarms.of)} photos of streets. All figures are of pictures left out of the fit."
    areas = ", ".join(f"{name} {value:.3f}" for name, value in measured.areas.items())
    yield f"Area under the ROC curve: {areas}."
    for at, found in measured.roc.items():
        yield f"  {percent(at)} false alarms: {percent(found)} of the other pictures found"
    yield f"Streets that are doubted at the threshold kept: {_share(measured.false_alarms)}"
    for kind, share in measured.found.items():
        yield f"  found of {kind}: {_share(share)}"
    yield f"Written to {path}: the page's hint is on for this model and list. Delete the file to switch it off."


def _share(share: Share) -> str:
    low, high = share.interval
    return f"{percent(share.value)} ({percent(low)} to {percent(high)}), {share.count} of {share.of}"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UserError(
            f"{path.parent} cannot be made: {problem.strerror}. Name a file with --out."
        ) from None
    write_whole(path, text, "threshold")
