"""A dataset's photos through a model, here or on Ray: what each scores, as the answers come."""

import argparse
import contextlib
import os
import sys
from collections.abc import Generator, Iterator
from dataclasses import replace

from streetclip_demo.batch.listing import Listed
from streetclip_demo.batch.ray_engine import Work, ray_outcomes
from streetclip_demo.cli.commands import RAY
from streetclip_demo.cli.dataset_photos import Photos
from streetclip_demo.cli.terminal import Counter, on_terminal
from streetclip_demo.errors import UserError
from streetclip_demo.evaluate.dataset import Sample
from streetclip_demo.evaluate.scoring import Scoring, Told, about
from streetclip_demo.evaluate.truth import places_of
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.loading import Wanted, load_locator
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.words.counts import counted


def scored(
    options: argparse.Namespace, photos: Photos, scoring: Scoring, wanted: Wanted, gazetteer: Gazetteer
) -> Iterator[tuple[Sample, Told]]:
    """Each sample with what its photo scores.

    Raise UserError where two machines of a cluster compute otherwise: their figures would not be those of one
    model.
    """
    samples, true = photos.dataset.samples, places_of(photos.dataset, gazetteer)
    paths = [str(photos.files[sample.id]) for sample in samples]
    abouts = [about(sample, *true[sample.id]) for sample in samples]
    show = Counter(sys.stderr).show(counted(len(samples), "photo", "photos"))
    made: dict = {}
    asked = _on_ray if options.engine == RAY else _here
    with contextlib.closing(asked(options, paths, abouts, scoring, wanted, gazetteer)) as coming:
        for number, (sample, told) in enumerate(zip(samples, coming, strict=True), start=1):
            if told.made:
                made = _same(made, told.made["settings"])
            yield sample, told
            show(number, len(samples))


def check_ray(options: argparse.Namespace) -> None:
    """UserError where an option of Ray's stands without it."""
    if options.engine != RAY and (options.actors is not None or options.send_photos):
        raise UserError(f"{'--send-photos' if options.send_photos else '--actors'} is for --engine ray.")


def _here(
    options: argparse.Namespace,
    paths: list[str],
    abouts: list[str],
    scoring: Scoring,
    wanted: Wanted,
    gazetteer: Gazetteer,
) -> Generator[Told, None, None]:
    locator = load_locator(wanted, gazetteer, practice_digests(), on_terminal(wanted.card))
    with contextlib.closing(DecodeWorkers(os.cpu_count() or 1)) as decoding:
        yield from scoring.outcomes(paths, abouts, decoding.open_photo, locator)


def _on_ray(
    options: argparse.Namespace,
    paths: list[str],
    abouts: list[str],
    scoring: Scoring,
    wanted: Wanted,
    gazetteer: Gazetteer,
) -> Generator[Told, None, None]:
    work = Work(replace(wanted, engine="torch"), scoring, os.getcwd())
    listed = (Listed(path, path) for path in paths)
    yield from ray_outcomes(listed, len(paths), work, options.actors, options.send_photos, abouts)


def _same(before: dict, now: dict) -> dict:
    changed = [key for key in now if before and key != "date" and before[key] != now[key]]
    if changed:
        raise UserError(
            f"Two machines of the cluster compute otherwise: {changed[0]} is {before[changed[0]]!r} on one and"
            f" {now[changed[0]]!r} on another. Give all the same."
        )
    return now
