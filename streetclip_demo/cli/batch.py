"""``locate --out FOLDER``: a row for each photo of a list, here or on Ray; and which photos the arguments name."""

import argparse
import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from dataclasses import asdict, replace
from typing import IO

from streetclip_demo.batch.listing import STDIN, PhotoList
from streetclip_demo.batch.outcome import Locating, Outcome, outcomes
from streetclip_demo.batch.ray_engine import Work, ray_outcomes
from streetclip_demo.batch.run import BatchRun
from streetclip_demo.cli.commands import RAY
from streetclip_demo.cli.rate import RateLine
from streetclip_demo.cli.scored import check_ray
from streetclip_demo.cli.terminal import plain, progress_on_terminal
from streetclip_demo.errors import UserError
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.locate.locator import Locator
from streetclip_demo.locate.question import Question
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.words.counts import counted

NO_PHOTOS = (
    "There is no photo in what was named: no file with a picture's ending or beginning, or an empty list."
)
ONE_BY_ONE = ("json", "map", "html", "csv", "geojson")
ROWS_ONLY = ("formats", "whole", "actors", "send_photos")


def check_options(options: argparse.Namespace) -> None:
    """UserError where options do not go together."""
    given = {name for name, value in vars(options).items() if value not in (None, False)}
    if options.out is None:
        if rows_only := [name for name in ROWS_ONLY if name in given]:
            raise UserError(f"{_option(rows_only[0])} is for many photos in a folder: say which with --out.")
        if options.engine == RAY:
            raise UserError("--engine ray is for many photos in a folder: say which with --out.")
    elif one_by_one := [name for name in ONE_BY_ONE if name in given]:
        raise UserError(
            f"{_option(one_by_one[0])} and --out do not go together: --out writes rows in --formats."
        )
    check_ray(options)


def photo_list(options: argparse.Namespace) -> PhotoList:
    """The photos that the options name."""
    has_stdin = STDIN in options.photos
    return PhotoList(
        options.photos, options.column, _standard_input(options.out is not None) if has_stdin else None
    )


def open_run(options: argparse.Namespace) -> BatchRun:
    """The run in the folder of --out: its list is there, and nothing asked yet."""
    photos = photo_list(options)
    run = BatchRun(
        options.out, photos, ["jsonl", *(options.formats if options.formats is not None else ["csv"])]
    )
    if photos.left_out:
        files = counted(photos.left_out, "file that is no picture is", "files that are no pictures are")
        print(f"{files} left out.", file=sys.stderr)
    if run.total == 0:
        run.close()
        raise UserError(NO_PHOTOS)
    return run


def run_here(
    options: argparse.Namespace, run: BatchRun, decoding: DecodeWorkers, locator: Locator, question: Question
) -> int:
    """Answer what is still to be done, with this machine's model."""
    run.begin(_asked(locator.card.title, question, options))
    paths = (photo.path for photo in run.rows())
    progress = progress_on_terminal("Captions")
    return _written(run, outcomes(paths, decoding.open_photo, locator, question, options.whole, progress))


def run_on_ray(options: argparse.Namespace, run: BatchRun, wanted: Wanted, question: Question) -> int:
    """Answer what is still to be done, with the models of a Ray cluster."""
    run.begin(_asked(wanted.card.title, question, options))
    task = Locating(question, options.whole, options.views)
    work = Work(replace(wanted, engine="torch"), task, os.getcwd())
    left = run.total - run.done
    return _written(run, ray_outcomes(run.rows(), left, work, options.actors, options.send_photos))


def _asked(title: str, question: Question, options: argparse.Namespace) -> dict:
    return {"model": title} | asdict(question) | {"whole": options.whole, "views": options.views}


def _tell_changed(run: BatchRun) -> None:
    count, first = run.changed()
    if count:
        many = "photos that are done have changed since"
        told = counted(count, "photo that is done has changed since", many)
        told += f" (the first: {first}); {'its row is' if count == 1 else 'their rows are'} as before."
        print(plain(f"{told} To have them answered anew, name another folder with --out."), file=sys.stderr)


def _written(run: BatchRun, coming: Generator[Outcome, None, None]) -> int:
    _tell_changed(run)
    line = RateLine(sys.stderr, run.total, run.done)
    with contextlib.closing(line), contextlib.closing(coming):
        for photo, outcome in zip(run.rows(), coming, strict=True):
            run.add(photo, outcome)
            line.show(run.done, run.unread)
    total = counted(run.total, "photo", "photos")
    is_one = "is" if run.done - run.unread == 1 else "are"
    print(plain(f"{run.done - run.unread:,} of {total} {is_one} answered in {run.folder}."))
    if run.unread:
        print(plain(f"{run.unread:,} could not be: {run.folder / 'unread.csv'} says why."), file=sys.stderr)
    return 2 if run.unread else 0


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _standard_input(is_read_again: bool) -> IO[str]:
    """The lines of standard input; in a file where they are gone through more than once."""
    if sys.stdin is None:
        return io.StringIO()
    raw = getattr(sys.stdin, "buffer", None)
    lines = io.TextIOWrapper(raw, "utf-8", "surrogateescape", newline="\n") if raw else sys.stdin
    if not is_read_again:
        return lines
    kept = tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape", newline="\n")  # noqa: SIM115
    shutil.copyfileobj(lines, kept)
    return kept
