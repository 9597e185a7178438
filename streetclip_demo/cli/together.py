"""``locate --together PHOTO...``: several photos of one place as one question, and what each says alone."""

import argparse
import json
import os
from collections.abc import Iterator, Sequence

from streetclip_demo.cli.batch import NO_PHOTOS, photo_list
from streetclip_demo.cli.located_files import LocatedFiles
from streetclip_demo.cli.printed import report
from streetclip_demo.cli.terminal import complain_plainly, plain, progress_on_terminal
from streetclip_demo.errors import QuestionError, UserError
from streetclip_demo.locate.locator import AnyPhoto, Locator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.together import MOST_TOGETHER, Parts, as_one, parts_of
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.photos.views import settled
from streetclip_demo.report.parts import parts_record, parts_sentence, says
from streetclip_demo.report.record import prediction_record

NAME = "together"  # of the files that are written for them in a folder
SAME = "{path}: this is the same picture as {first}; it counts once."
OF_ONE_ANSWER = {
    "out": "With --together there is one answer, not a row for each photo: leave --out out.",
    "query": "--together is for photos: leave --query out.",
    "with_photo": "The file of several photos holds none of them: leave --with-photo out.",
}


def check_together(options: argparse.Namespace) -> None:
    """QuestionError where options do not go with photos that are asked as one."""
    for name, sentence in OF_ONE_ANSWER.items():
        if getattr(options, name):
            raise QuestionError(sentence)


def locate_together(
    options: argparse.Namespace,
    decoding: DecodeWorkers,
    locator: Locator,
    question: Question,
    files: LocatedFiles,
) -> int:
    """Answer once for all photos that the options name; one that cannot be read is reported and does not count."""
    own = files.own_of(NAME)
    photos, status = _read(options, decoding)
    for path in photos:
        files.check_spares(path, own)
    embedded = as_one(locator.embed(list(photos.values())))
    prediction = locator.answer(embedded, question, progress_on_terminal("Captions"))
    parts = parts_of(locator, embedded, question)
    record = prediction_record(prediction, question, embedded.digest) | parts_record(parts)
    files.write_own(own, None, prediction, record)
    files.add_to_all(NAME, record)
    names = [os.fsencode(path).decode("utf-8", "backslashreplace") for path in photos]
    if options.json:
        print(json.dumps({"files": names} | record))
        return status
    print("\n".join(report(", ".join(names), prediction, options.top)))
    print("\n".join(_lines(parts, names)))
    return status


def _read(options: argparse.Namespace, decoding: DecodeWorkers) -> tuple[dict[str, AnyPhoto], int]:
    """The photos by their paths, each picture once, and the exit status."""
    found: dict[str, AnyPhoto] = {}
    paths: dict[str, str] = {}  # digest -> the first that has it
    status, is_empty = 0, True
    for path, _ in photo_list(options):
        is_empty = False
        try:
            photo = decoding.open_photo(path)
            settled(options.views, photo.image.size, photo.notes)  # told with its name, here
        except UserError as error:
            status = complain_plainly(f"{path}: {error}")
            continue
        if photo.digest in paths:
            complain_plainly(SAME.format(path=path, first=paths[photo.digest]))
            continue
        if len(found) == MOST_TOGETHER:  # before many have been read
            raise QuestionError(f"At most {MOST_TOGETHER} photos can be asked as one. Name fewer.")
        found[path] = photo
        paths[photo.digest] = path
    if not found:
        raise UserError(NO_PHOTOS if is_empty else "None of the photos could be read.")
    return found, status


def _lines(parts: Parts, names: Sequence[str]) -> Iterator[str]:
    """What each photo says alone, as lines that a person reads."""
    if len(names) < 2:
        return
    yield ""
    for name, part in zip(names, parts.parts, strict=True):
        yield plain(f"  {name}: {says(part.prediction)}")
    yield f"  {plain(parts_sentence(parts, names))}"
