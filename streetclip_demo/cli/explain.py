"""``explain PHOTO``: which regions raised a place; ``what-if PHOTO --box ...``: the answer without a part of it."""

import argparse
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from PIL import Image

from streetclip_demo.cli.asking import question_of
from streetclip_demo.cli.locate import open_library
from streetclip_demo.cli.located_files import check_place
from streetclip_demo.cli.terminal import plain, progress_on_terminal
from streetclip_demo.cli.whole_file import WholeFile
from streetclip_demo.errors import UserError
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.locate.locator import PageLocator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.speaking import ReadClue, offered_clues, read_clues, speaking_for
from streetclip_demo.locate.sweep import SIDE, Sweep, Swept, Window, sweep
from streetclip_demo.locate.what_if import change, without_part
from streetclip_demo.photos.brush import mask_of
from streetclip_demo.photos.overlay import laid_over, overlay
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.attribution import Attribution, checked_path
from streetclip_demo.posterior.deciding import deciding_label
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.practice.gate import load_gate
from streetclip_demo.progress import Progress
from streetclip_demo.report.sentences import STAYS_KM, changed, looked_at, speaking, told_tie
from streetclip_demo.words.language import text
from streetclip_demo.words.place_names import joined
from streetclip_demo.words.readable import kilometres, percent

PICTURE_PX = 672  # at least, a side of a picture that is written
CELL_WIDTH = 17  # of a window in the table of a sweep


def explain(options: argparse.Namespace) -> int:
    """Say which regions of a photo raised a place against its rivals."""
    path = None if options.place is None else checked_path(options.place)
    locator, question = _asked(options)
    photo = open_photo(options.photo)
    prediction = locator.locate(photo, question, _progress(options))
    explained = locator.explain(photo, prediction, path)
    square = _enlarged(locator.view(photo))
    _write(options.picture, laid_over(square, overlay(explained.patches, square.width)))
    is_practice = not locator.card.locates_photographs
    read: tuple[ReadClue, ...] = ()
    if isinstance(locator, ClipLocator):  # what compares with points reads no captions
        clues = offered_clues(load_gate(), is_practice)
        read = read_clues(locator, photo, prediction, clues, _progress(options))
    record = _of_model(options, prediction) | {
        "path": explained.path,
        "rivals": explained.rivals,
        "lead": explained.lead,
        "remainder": explained.remainder,
        "unattributed_share": explained.unattributed_share,
        "patches": explained.patches.tolist(),
        "clues": [_clue(one, deciding_label(prediction, explained.path).candidate) for one in read],
        "clues_are_measured": is_practice and not prediction.mark,
    }
    said = (*_explained_lines(explained, prediction), *_speaking_lines(record, prediction, read))
    return _print(options, record, iter(said))


def _clue(read: ReadClue, label: Candidate) -> dict:
    """A clue as it is read, and what it does to a label."""
    tie = read.tie(label.name)
    of_clue = {"clue": read.clue, "value": read.value, "says": read.phrase, "read": read.read}
    return of_clue | {"place": label.name, "share": tie.share, "share_without": tie.without}


def _speaking_lines(record: dict, prediction: Prediction, read: Sequence[ReadClue]) -> Iterator[str]:
    label = deciding_label(prediction, record["path"]).candidate
    named = () if prediction.mark else speaking_for(label.name, read)
    if named:
        note = "" if record["clues_are_measured"] else f" {text.SPEAKS_NOT_MEASURED}"
        yield f"{speaking(label, named)}{note}"
    for clue in named:
        yield f"  {clue.phrase} ({told_tie(clue.tie(label.name))})"


def what_if(options: argparse.Namespace) -> int:
    """Say what the answer would be without some parts of a photo."""
    if options.sweep:
        return _sweep(options)
    locator, question = _asked(options)
    photo = open_photo(options.photo)
    before = locator.locate(photo, question, _progress(options))
    view = locator.view(photo)
    brushed = without_part(photo, view, mask_of(options.box, view.width), options.fill)
    after = locator.locate(brushed, question, _progress(options))
    _write(options.picture, _enlarged(locator.view(brushed)))
    record = _of_model(options, before) | {"boxes": options.box, "fill": options.fill}
    said = changed(change(before, after), before, after)
    return _print(options, record | vars(change(before, after)), iter([said]))


def _sweep(options: argparse.Namespace) -> int:
    locator, question = _asked(options)
    photo = open_photo(options.photo)
    before = locator.locate(photo, question, _progress(options))
    windows = progress_on_terminal(f"{plain(options.photo)}: windows")
    swept = sweep(locator, Swept(photo, question, before, options.fill), windows)
    square = _enlarged(locator.view(photo))
    _write(options.picture, laid_over(square, overlay(swept.fallen, square.width)))
    record = _of_model(options, before) | {
        "fill": options.fill,
        "strongest": swept.strongest,
        "windows": list(map(_told, swept.windows)),
        "quarters": list(map(_told, swept.quarters)),
    }
    return _print(options, record, _swept_lines(swept))


def _told(window: Window) -> dict:
    return {"box": window.box, "is_estimate": not window.is_asked} | vars(window.known)


def _swept_lines(swept: Sweep) -> Iterator[str]:
    strongest = swept.windows[swept.strongest or 0]
    yield f"{joined(strongest.known.path)} falls most without the window {_sides(strongest)}: {_fall(strongest)}."
    for quarter in sorted(swept.quarters, key=lambda one: -one.fallen)[:1]:
        yield f"Of that window's quarters {_sides(quarter)} matters most: {_fall(quarter)}."
    yield "Its share without each window (~: an estimate), and how far the pin moves:"
    for row in range(SIDE):
        cells = swept.windows[row * SIDE : (row + 1) * SIDE]
        yield " ".join(_cell(window).rjust(CELL_WIDTH) for window in cells)


def _sides(window: Window) -> str:
    return ",".join(f"{side:.3g}" for side in window.box)


def _fall(window: Window) -> str:
    return f"from {percent(window.known.share_before)} to {percent(window.known.share_after)}"


def _cell(window: Window) -> str:
    one = window.known
    moves = one.moved_km is not None and one.moved_km >= STAYS_KM
    distance = f" {kilometres(one.moved_km or 0)}" if moves else ""
    return ("" if window.is_asked else "~") + percent(one.share_after) + distance


def _asked(options: argparse.Namespace) -> tuple[PageLocator, Question]:
    """The model and what is asked of it; mistakes that can be told before the model is there are told then."""
    check_place("--picture", options.picture)
    if options.picture and options.picture.suffix.lower() != ".png":
        raise UserError(f"--picture writes PNG: name a file that ends in .png, not {options.picture.name}.")
    if options.picture and os.path.realpath(options.picture) == os.path.realpath(options.photo):
        raise UserError(f"{options.picture} would replace the photo. Name another file.")
    wanted, gazetteer = Wanted.by(options), Gazetteer.load()
    question_of(options, wanted.card, gazetteer)
    locator = cast(PageLocator, open_library(wanted, gazetteer).get(wanted.card))
    return locator, question_of(options, locator.card, gazetteer)


def _progress(options: argparse.Namespace) -> Progress | None:
    return progress_on_terminal(f"{plain(options.photo)}: captions")


def _of_model(options: argparse.Namespace, prediction: Prediction) -> dict:
    name = os.fsencode(options.photo).decode("utf-8", "backslashreplace")
    of_answer = {"model": prediction.model, "revision": prediction.revision, "mark": prediction.mark}
    return {"file": name} | of_answer


def _print(options: argparse.Namespace, record: dict, lines: Iterator[str]) -> int:
    if options.json:
        print(json.dumps(record))
    else:
        mark = [f"  ! {record['mark']}"] if record["mark"] else []
        print("\n".join([plain(options.photo), *mark, *(f"  {plain(line)}" for line in lines)]))
    return 0


def _explained_lines(explained: Attribution, prediction: Prediction) -> Iterator[str]:
    yield looked_at(explained, prediction)
    patches = explained.patches
    raised, lowered = patches[patches > 0].sum(), patches[patches < 0].sum()
    stands = (
        f"stands {explained.lead:+.2f} above its rivals'" if explained.rivals else f"is {explained.lead:+.2f}"
    )
    yield (
        f"Its score {stands}: {raised:+.2f} and {lowered:+.2f} by regions,"
        f" {explained.remainder:+.2f} by none."
    )
    row, column = divmod(int(patches.argmax()), patches.shape[1])
    down, right = (row + 0.5) / patches.shape[0], (column + 0.5) / patches.shape[1]
    yield (
        f"The region that raised it most lies {right:.0%} from the left and {down:.0%} from the top of the square that"
        " the model sees."
    )


def _enlarged(square: Image.Image) -> Image.Image:
    side = max(PICTURE_PX, square.width)
    return square.resize((side, side), Image.Resampling.LANCZOS)


def _write(path: Path | None, picture: Image.Image) -> None:
    """Write a picture as PNG; or leave the older file as it is, and raise a UserError."""
    if path is None:
        return
    data = io.BytesIO()
    picture.save(data, "PNG")
    file = WholeFile(path, "picture", "latin-1")  # a letter for each byte
    file.write(data.getvalue().decode("latin-1"))
    file.close()
