"""The commands of `python -m streetclip_demo` and their options. Knows nothing of what they lead to."""

import argparse
from pathlib import Path

from streetclip_demo.batch.run import FORMATS
from streetclip_demo.cli.options import DEVICES, ENGINES, PRECISIONS
from streetclip_demo.errors import QuestionError
from streetclip_demo.photos.brush import FILLS, Box, checked_box
from streetclip_demo.photos.views import AUTO, WAYS
from streetclip_demo.posterior.estimators import ESTIMATORS

RAY = "ray"
ABLATED = tuple(f"within_{km}_km" for km in (1, 25, 200, 750, 2500)) + ("country_top1", "score")


def command_parser() -> argparse.ArgumentParser:
    """The options of the command line; README.md documents each."""
    top = argparse.ArgumentParser(
        prog="python -m streetclip_demo", description="Zero-shot image geolocalization with StreetCLIP."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_locate(commands)
    _add_explain(commands)
    _add_what_if(commands)
    _add_evaluate(commands)
    _add_ablate(commands)
    _add_calibrate(commands)
    _add_streets(commands)
    _add_record(commands)
    _add_models(commands)
    _add_doctor(commands)
    return top


def _add_locate(commands) -> None:
    command = commands.add_parser(
        "locate",
        help="where a photo may have been taken, as a tree of probabilities",
        description="Print where each photo may have been taken, as a tree of probabilities; with --out write many"
        " into a folder, and go on there after a stop. The exit status is 2 if a photo could not be located.",
    )
    add = command.add_argument
    add(
        "photos", nargs="*", metavar="PHOTO", help="a picture, folder, pattern, list of paths, or - for stdin"
    )
    add("--query", metavar="TEXT", help='GeoCLIP: a sentence in a photo\'s place, as "a street in the Alps"')
    _add_question(command, (*ENGINES, RAY))
    add(
        "--views",
        default=AUTO,
        choices=WAYS,
        help="what counts: 1 the square in the middle, 3 left, centre and right averaged, 360 views out of a panorama"
        " (auto: 360 where the file says it is one, else 1)",
    )
    add("--together", action="store_true", help="all photos are of one place: one answer for them together")
    add(
        "--weights",
        type=_weights,
        metavar="W,W",
        help="with --model A,B: what each counts for in the combined answer (the same)",
    )
    add("--json", action="store_true", help="a line of JSON for each photo: every label, every setting")
    add("--map", type=Path, metavar="OUT.html", help="write the map; for several photos name a folder")
    add("--html", type=Path, metavar="OUT.html", help="write answer, map and tree as one page")
    add("--with-photo", action="store_true", help="put the photo, without its metadata, into the HTML file")
    add("--csv", type=Path, metavar="FILE", help="write every label of all photos as a table")
    add("--geojson", type=Path, metavar="FILE", help="write the places of all photos for a GIS")
    _add_batch(command)


def _add_explain(commands) -> None:
    command = commands.add_parser(
        "explain",
        help="which regions of a photo raised a place against its rivals",
        description="Print which regions of the square that the model sees raised a place's score against the places"
        " beside it, and how much belongs to no region. docs/explanations.md says what such a map shows.",
    )
    add = command.add_argument
    _add_picture(command, "the square in grey, orange where it raised the place, blue where it lowered it")
    add("--place", metavar="PATH", help="names from the root, as 'Japan > Tokyo' (the answer)")
    _add_question(command)


def _add_what_if(commands) -> None:
    command = commands.add_parser(
        "what-if",
        help="what the answer would be without a part of a photo",
        description="Brush boxes out of the square that the model sees, ask again, and print what became of it.",
    )
    add = command.add_argument
    _add_picture(command, "the square without the boxes, or with what each window did")
    parts = command.add_mutually_exclusive_group(required=True).add_argument
    parts(
        "--box",
        action="append",
        type=_box,
        metavar="LEFT,TOP,RIGHT,BOTTOM",
        help="what is brushed out, as shares (0.1) or percent (10%%) of the square's sides; may be repeated",
    )
    parts("--sweep", action="store_true", help="brush one window of 7 x 7 after the other out")
    add("--fill", default=FILLS[0], choices=FILLS, help=f"what is put there ({FILLS[0]})")
    _add_question(command)


def _add_picture(command: argparse.ArgumentParser, shows: str) -> None:
    add = command.add_argument
    add("photo", metavar="PHOTO", help="a picture")
    add("--picture", type=Path, metavar="OUT.png", help=f"write {shows}")
    add("--json", action="store_true", help="one line of JSON instead")


def _add_batch(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--column", metavar="NAME", help="the column of a CSV list that has the paths (path, file, ...)")
    add(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="a row for each photo there; the same command goes on after a stop",
    )
    add(
        "--formats",
        type=_formats,
        action="extend",
        metavar="F,F",
        help="besides JSON lines: csv, geojson, geoparquet (csv)",
    )
    add("--whole", action="store_true", help="put every label into the JSON lines")
    _add_ray(command)


def _add_ray(command: argparse.ArgumentParser) -> None:
    add, of_ray = command.add_argument, "with --engine ray"
    add("--actors", type=_positive, metavar="N", help=f"{of_ray}: models at work (one a GPU or machine)")
    add("--send-photos", action="store_true", help=f"{of_ray}: photos are read here and sent to the actors")


def _add_question(command: argparse.ArgumentParser, engines: tuple[str, ...] = ENGINES) -> None:
    """What is asked, and of which model."""
    add = command.add_argument
    labels = command.add_mutually_exclusive_group().add_argument
    labels("--labels", metavar="FILE", help="one label a line, children indented, optional '@ 47.1, 8.2'")
    labels("--preset", metavar="NAME", help="labels that come with the app, as 'US states'")
    _add_model(command, engines)
    add("--templates", metavar="FILE", help="caption templates, lines as 'city: A photo from {city}.'")
    add("--estimator", default="greedy", choices=ESTIMATORS, help="how the pin is chosen (greedy)")
    add("--beam", type=_positive, default=5, metavar="N", help="places a level that are looked into (5)")
    add("--top", type=_positive, default=10, metavar="N", help="guesses, and places listed (10)")
    cities = argparse.BooleanOptionalAction
    add("--cities", action=cities, help="add cities from the gazetteer (as the model: practice adds none)")
    add("--anyway", action="store_true", help="run the practice model on a photograph, marked")
    add("--uncalibrated", action="store_true", help="shares as they are, though a temperature was fitted")


def _add_evaluate(commands) -> None:
    command = commands.add_parser(
        "evaluate",
        help="how good answers are on photos whose true positions are known",
        description="Compare answers with true positions and print all figures with 95 % intervals. DATASET is a"
        " CSV file (docs/evaluation.md lists the columns), a folder with one, or photos that carry positions.",
    )
    add = command.add_argument
    _add_dataset(command)
    add("--predictions", type=Path, metavar="CSV", help="score these answers instead of a model's")
    add(
        "--protocol",
        choices=["paper"],
        help="hierarchical linear probing exactly as StreetCLIP's paper has it",
    )
    add(
        "--distance",
        default="sphere",
        choices=["sphere", "wgs84"],
        help="sphere of 6371 km and <=, or WGS-84 and <",
    )
    _add_question(command, (*ENGINES, RAY))
    _add_ray(command)
    add("--json", action="store_true", help="print JSON instead of a table")
    add("--html", type=Path, metavar="OUT.html", help="write a report with pictures that needs no network")
    add(
        "--with-photos",
        action="store_true",
        help="put small copies of the worst and best photos into the report",
    )
    add(
        "--csv",
        type=Path,
        metavar="FILE",
        help="write what became of each photo; --predictions reads it again",
    )


def _add_ablate(commands) -> None:
    command = commands.add_parser(
        "ablate",
        help="which settings make answers better, and which differences are noise",
        description="Ask every setting about every photo of a dataset, each photo encoded once for each crop and model,"
        " and compare them with the baseline, which the other options describe, by a paired bootstrap.",
    )
    add = command.add_argument
    _add_dataset(command)
    add(
        "--only",
        metavar="GROUPS",
        help="of templates,candidates,regions,cities,beam,estimator,crop,temperature",
    )
    add(
        "--against",
        action="append",
        default=[],
        metavar="M",
        help="another model to compare; may be repeated",
    )
    add(
        "--by",
        default="within_750_km",
        choices=ABLATED,
        help="the figure that table and picture show (within_750_km)",
    )
    add(
        "--distance",
        default="sphere",
        choices=["sphere", "wgs84"],
        help="sphere of 6371 km and <=, or WGS-84 and <",
    )
    add("--protocol", choices=["paper"], help="the paper's question as the baseline")
    _add_question(command, (*ENGINES, RAY))
    _add_ray(command)
    add("--json", action="store_true", help="print JSON instead of a table")
    add("--html", type=Path, metavar="OUT.html", help="write table and picture as one page")


def _add_calibrate(commands) -> None:
    command = commands.add_parser(
        "calibrate",
        help="fit what makes a model's shares probabilities, and keep it beside the model",
        description="Fit one temperature for countries and one for cities on half of a dataset's photographers, say how"
        " far shares are right on the other half, and keep them beside the model, whose answers then use them.",
    )
    _add_dataset(command)
    _add_question(command)
    command.add_argument("--protocol", choices=["paper"], help="the paper's question")
    command.add_argument("--out", type=Path, metavar="FILE", help="where to write instead")


def _add_streets(commands) -> None:
    command = commands.add_parser(
        "streets",
        help="how well a model tells streets from other pictures; switches the page's hint on",
        description="Measure how well a model tells photos of streets from other pictures, by captions and by how"
        " widely its belief is spread, and keep the threshold beside the model: from then on the page says where a"
        " photo may be none of a street. FOLDER has a folder for each kind (street, indoors, map, ...), or is a CSV"
        " file: file,kind.",
    )
    add = command.add_argument
    add("folder", type=Path, metavar="FOLDER", help="a folder with a folder for each kind, or a CSV file")
    add(
        "--false-alarms",
        type=_share,
        default=0.02,
        metavar="SHARE",
        help="of photos of streets that may be doubted (0.02)",
    )
    _add_question(command)
    add("--out", type=Path, metavar="FILE", help="where to write instead: nothing is switched on")
    add("--json", action="store_true", help="one line of JSON instead")


def _add_dataset(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("dataset", type=Path, metavar="DATASET", help="a CSV file, or a folder with photos")
    add("--photos", type=Path, metavar="FOLDER", help="where the photos lie (beside the CSV file)")
    add(
        "--where",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="only rows that have it; may be repeated",
    )
    add(
        "--cluster",
        default="",
        metavar="COLUMN",
        help="what the bootstrap draws (photographer, sequence, coordinate)",
    )
    add("--resamples", type=_positive, default=10_000, metavar="N", help="of the bootstrap (10000)")
    add("--seed", type=_seed, default=0, metavar="N", help="of the bootstrap (0)")


def _add_record(commands) -> None:
    command = commands.add_parser(
        "record",
        help="write a model's answers into a lesson, to be shown with no model",
        description="Ask a model for the photos of a lesson and write its answers into the file, with date, revision"
        " and hashes; photos that the lesson names by their files are put into it.",
    )
    command.add_argument("lesson", type=Path, metavar="LESSON.json", help="a lesson; see docs/lessons.md")
    _add_model(command)


def _add_models(commands) -> None:
    command = commands.add_parser(
        "models",
        help="how much each model takes on this machine's disk; remove one",
        description="List the models, and how much each takes on this machine's disk. With --remove, delete what came"
        " from the hub or package for one, and what was made of it here, after a question; no folder of your own.",
    )
    add = command.add_argument
    add("--remove", metavar="M", help="delete this one: streetclip, clip, geoclip or a hub id")
    add("--yes", action="store_true", help="without a question")
    add("--json", action="store_true", help="one line of JSON instead")


def _add_doctor(commands) -> None:
    command = commands.add_parser(
        "doctor",
        help="what on this machine may keep the app from working, and what to do",
        description="Look at packages, folders, disk, memory, port, GPU, proxies, hub, model and clock; say of each"
        " in a line how it stands and what to do. The exit status is 1 if there is a problem. It needs no network.",
    )
    add = command.add_argument
    add(
        "--model",
        metavar="M[,M]",
        help="streetclip (default), clip, geoclip, practice, a folder or a hub id, or several of them",
    )
    add("--port", type=_positive, help="the port that the page is to listen on")
    add("--json", action="store_true", help="one line of JSON instead")


def _add_model(command: argparse.ArgumentParser, engines: tuple[str, ...] = ENGINES) -> None:
    add = command.add_argument
    add("--model", metavar="M", help="streetclip, clip, geoclip, practice, a folder or a hub id")
    add("--gallery", type=Path, metavar="CSV", help="GeoCLIP: compare with these points, not its own")
    add("--image-half", metavar="M", help="GeoCLIP: a folder or hub id in place of its own CLIPModel")
    add("--device", default="auto", choices=DEVICES, help="where to compute (auto)")
    add("--precision", default="auto", choices=PRECISIONS, help="of the weights (auto)")
    add("--engine", default="torch", choices=engines, help="what computes (torch)")


def _formats(text: str) -> list[str]:
    names = text.replace(",", " ").split()
    if wrong := [name for name in names if name not in FORMATS]:
        raise argparse.ArgumentTypeError(f"must be of {', '.join(FORMATS)}, got {wrong[0]!r}")
    return names


def _weights(text: str) -> tuple[float, ...]:
    try:
        weights = tuple(float(part) for part in text.split(","))
    except ValueError:
        weights = ()
    if not weights or not all(0 <= weight < float("inf") for weight in weights):
        raise argparse.ArgumentTypeError(
            f"must be numbers from 0 on between commas, as 0.7,0.3; got {text!r}"
        )
    return weights


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"must be a number between 0 and 1, as 0.02; got {text!r}")
    return share


def _box(text: str) -> Box:
    parts = text.split(",")
    try:
        sides = [float(part.rstrip("% ")) / (100 if part.rstrip().endswith("%") else 1) for part in parts]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be four numbers between commas, as 0.1,20%,0.5,0.9; got {text!r}"
        ) from None
    try:
        return checked_box(sides)
    except QuestionError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 on, got {text[:40]!r}")
    return int(text[:20])


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text[:20]) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, got {text[:40]!r}")
    return int(text[:20])
