"""The commands of `python -m streetclip_demo` and their options. Knows nothing of what they lead to."""

import argparse
from pathlib import Path

from streetclip_demo.cli.options import DEVICES, ENGINES, PRECISIONS
from streetclip_demo.posterior.estimators import ESTIMATORS


def command_parser() -> argparse.ArgumentParser:
    """The options of the command line; README.md documents each."""
    top = argparse.ArgumentParser(
        prog="python -m streetclip_demo", description="Zero-shot image geolocalization with StreetCLIP."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_locate(commands)
    _add_record(commands)
    _add_doctor(commands)
    return top


def _add_locate(commands) -> None:
    command = commands.add_parser(
        "locate",
        help="where a photo may have been taken, as a tree of probabilities",
        description="Print where each photo may have been taken, as a tree of probabilities."
        " The exit status is 2 if a photo could not be located.",
    )
    add = command.add_argument
    add("photos", nargs="*", metavar="PHOTO", help="a picture: JPEG, PNG, WebP, HEIC, ...")
    add("--query", metavar="TEXT", help='GeoCLIP: a sentence in a photo\'s place, as "a street in the Alps"')
    labels = command.add_mutually_exclusive_group().add_argument
    labels("--labels", metavar="FILE", help="one label a line, children indented, optional '@ 47.1, 8.2'")
    labels("--preset", metavar="NAME", help="labels that come with the app, as 'US states'")
    _add_model(command)
    add("--templates", metavar="FILE", help="caption templates, lines as 'city: A photo from {city}.'")
    add("--estimator", default="greedy", choices=ESTIMATORS, help="how the pin is chosen (greedy)")
    add("--beam", type=_positive, default=5, metavar="N", help="places a level that are looked into (5)")
    add("--top", type=_positive, default=10, metavar="N", help="guesses, and places listed (10)")
    cities = argparse.BooleanOptionalAction
    add("--cities", action=cities, help="add cities from the gazetteer (as the model: practice adds none)")
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
    command.add_argument("lesson", type=Path, metavar="LESSON.json", help="a lesson; see docs/lessons.md")
    _add_model(command)


def _add_doctor(commands) -> None:
    command = commands.add_parser(
        "doctor",
        help="what on this machine may keep the app from working, and what to do",
        description="Look at packages, folders, disk, memory, port, GPU, proxies, hub, model and clock; say of each"
        " in a line how it stands and what to do. The exit status is 1 if there is a problem. It needs no network.",
    )
    add = command.add_argument
    add("--model", metavar="M", help="streetclip (default), clip, geoclip, practice, a folder or a hub id")
    add("--port", type=_positive, help="the port that the page is to listen on")
    add("--json", action="store_true", help="one line of JSON instead")


def _add_model(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--model", metavar="M", help="streetclip, clip, geoclip, practice, a folder or a hub id")
    add("--gallery", type=Path, metavar="CSV", help="GeoCLIP: compare with these points, not its own")
    add("--image-half", metavar="M", help="GeoCLIP: a folder or hub id in place of its own CLIPModel")
    add("--device", default="auto", choices=DEVICES, help="where to compute (auto)")
    add("--precision", default="auto", choices=PRECISIONS, help="of the weights (auto)")
    add("--engine", default="torch", choices=ENGINES, help="what computes (torch)")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number
