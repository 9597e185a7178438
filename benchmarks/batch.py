"""Measure `locate` over many photos, as ratios within one run: `python benchmarks/batch.py PART`.

Linux; needs requirements-dev.txt. The parts:

full FOLDER    60 JPEGs of 12 megapixels, CPU seconds against bare forwards and decoding alone; FOLDER is a checkpoint
               of StreetCLIP's size (scripts/make_random_checkpoint.py)
ablate FOLDER  CPU seconds of all settings that `ablate` compares on one square, against encoding the photos once;
               FOLDER as of `full`. Captions count as kept: each is a vector drawn from its text, as reading some
               ten thousand would take an hour
scenes FOLDER  2,000 drawn streets through the practice model, photos a second against FOLDER, a checkout of 49bfd76
memory         a list of 100,000 files against one of 1,000, most memory of the process
kill           a run that is killed three times and gone on with against one that is not: the bytes, and the work
               (`--engine ray`: the run of Ray's that is killed against one without Ray)
ray            2,000 drawn streets by Ray on this machine against no Ray, start not counted; needs requirements-ray.txt
"""

import argparse
import contextlib
import functools
import hashlib
import io
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from PIL import Image, ImageChops  # noqa: E402

from streetclip_demo.checkpoints.cards import model_card  # noqa: E402
from streetclip_demo.cli.batch import open_run, run_here  # noqa: E402
from streetclip_demo.cli.commands import command_parser  # noqa: E402
from streetclip_demo.evaluate.ablation import GROUPS, settings  # noqa: E402
from streetclip_demo.evaluate.outcomes import Answer, Scored  # noqa: E402
from streetclip_demo.locate.clip import ClipLocator  # noqa: E402
from streetclip_demo.locate.loading import Wanted, load_checkpoint, make_captions  # noqa: E402
from streetclip_demo.locate.question import Question  # noqa: E402
from streetclip_demo.locate.starting_lists import WORLD_PRESET, all_presets  # noqa: E402
from streetclip_demo.photos.decode_workers import DecodeWorkers  # noqa: E402
from streetclip_demo.photos.photo import open_photo  # noqa: E402
from streetclip_demo.places.gazetteer import Gazetteer  # noqa: E402
from streetclip_demo.practice.facts import random_clues  # noqa: E402
from streetclip_demo.practice.scene import draw_scene  # noqa: E402
from streetclip_demo.surroundings import prepare  # noqa: E402

FULL_PX = (4000, 3000)
PRACTICE = ("--model", "practice", "--anyway", "--no-cities")
PIECE = 10  # photos of each work before the other has its turn
KILLS = 3
RUN = """
import resource, sys
from streetclip_demo.__main__ import main
main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = {"full": full, "ablate": ablate, "scenes": scenes, "memory": memory, "kill": kill, "ray": by_ray}
    parser.add_argument("part", choices=parts)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--photos", type=int, help="fewer, for a short run")
    parser.add_argument("--engine", default="torch", choices=("torch", "ray"), help="of what is killed")
    options = parser.parse_args()
    print(f"load before {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as work:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        parts[options.part](options, Path(work))


# CPU seconds of photos at full size


def full(options, work: Path) -> None:
    """Pieces of the folder take turns with the same photos' bare forwards and decoding alone."""
    prepare()
    (work / "labels.txt").write_text("Japan\n  Nagasaki\n  Kyoto\nFrance\n  Paris\n", encoding="utf-8")
    count = options.photos or 60
    encoder = load_checkpoint(Wanted(model_card(options.folder)))
    locator = ClipLocator(encoder, make_captions(encoder), Gazetteer.load())
    question = Question((work / "labels.txt").read_text(encoding="utf-8"), add_cities=False)
    locator.locate(open_photo(ROOT / "assets" / "examples" / "japan.png"), question)
    seconds = dict.fromkeys(("ours", "bare", "decoding"), 0.0)
    for numbers in _pieces(count):
        folder = work / f"photos-{numbers[0]}"
        write_jpegs(folder, numbers)
        for name, spent in measure_piece(folder, locator, question).items():
            seconds[name] += spent
        print(
            f"{numbers[-1] + 1} photos: " + ", ".join(f"{n} {s:.1f} CPU s" for n, s in seconds.items()),
            flush=True,
        )
    alone = seconds["bare"] + seconds["decoding"]
    told("locate FOLDER, CPU seconds / (bare forwards + decoding alone)", seconds["ours"] / alone, "<= 1.05")


def measure_piece(folder: Path, locator: ClipLocator, question: Question) -> dict[str, float]:
    """CPU seconds of `locate`, of the same number of bare forwards, and of decoding the same photos."""
    paths, encoder = sorted(folder.iterdir()), locator.encoder
    pixels = encoder._preprocessing.pixels([encoder.crop(open_photo(paths[0]).image)])
    return {
        "ours": cpu_of(
            lambda: locate_here(folder, folder.with_name(f"{folder.name}-out"), locator, question)
        ),
        "bare": cpu_of(lambda: [encoder._image_features(pixels) for _ in paths]),
        "decoding": cpu_of(lambda: [open_photo(path) for path in paths]),
    }


def locate_here(folder: Path, out: Path, locator: ClipLocator, question: Question) -> None:
    """What `locate FOLDER --out` does once its model is loaded."""
    options = command_parser().parse_args(["locate", str(folder), "--out", str(out)])
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.closing(open_run(options)) as run,
        contextlib.closing(DecodeWorkers(os.cpu_count() or 1)) as decoding,
    ):
        if run_here(options, run, decoding, locator, question):
            raise RuntimeError("A photo could not be located.")


def write_jpegs(folder: Path, numbers) -> None:
    """Different JPEGs of 12 megapixels: the examples, scaled up and shifted."""
    folder.mkdir()
    examples = sorted((ROOT / "assets" / "examples").glob("*.png"))
    for number in numbers:
        with Image.open(examples[number % len(examples)]) as drawn:
            picture = drawn.convert("RGB").resize(FULL_PX)
        ImageChops.offset(picture, 7 * number, 0).save(folder / f"{number:04}.jpg", quality=90)


def cpu_of(work: Callable[[], object]) -> float:
    """CPU seconds of this process and of its children, which must have ended."""
    before = _cpu()
    work()
    return _cpu() - before


def _cpu() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


def _pieces(count: int):
    return [range(start, min(start + PIECE, count)) for start in range(0, count, PIECE)]


# CPU seconds of settings compared


def ablate(options, work: Path) -> None:
    """Each photo is encoded, then asked about in all settings; those of the first two photos embed the captions."""
    prepare()
    gazetteer = Gazetteer.load()
    encoder = load_checkpoint(Wanted(model_card(options.folder)))
    locator = ClipLocator(encoder, KeptCaptions(encoder.dimension), gazetteer)
    presets = all_presets(gazetteer)
    groups = [group for group in GROUPS if group != "crop"]
    asked = [one.question for one in settings(Question(presets[WORLD_PRESET]), presets, groups)]
    write_jpegs(work / "photos", range(2 + (options.photos or 24)))
    seconds = dict.fromkeys(("encoding", "settings"), 0.0)
    for number, path in enumerate(sorted((work / "photos").iterdir())):
        started = _cpu()
        (embedded,) = locator.embed([open_photo(path)])
        encoded = _cpu()
        for question in asked:
            Scored.of(Answer.of(locator.answer(embedded, question)), "FR", "")
        if number >= 2:
            seconds["encoding"] += encoded - started
            seconds["settings"] += _cpu() - encoded
            told_so_far = ", ".join(f"{name} {spent:.2f} CPU s" for name, spent in seconds.items())
            print(f"{number - 1} photos, {len(asked)} settings: {told_so_far}", flush=True)
    told("ablation / encoding the photos once", 1 + seconds["settings"] / seconds["encoding"], "<= 1.10")


class KeptCaptions:
    """Stands for captions that are kept: unit vectors that depend on their text, near each other as a model's are."""

    def __init__(self, dimension: int):
        self._dimension = dimension
        self._kept = functools.cache(self._drawn)

    def __call__(self, captions, progress=None) -> np.ndarray:
        return np.array([self._kept(caption) for caption in captions])

    def _drawn(self, caption: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(caption.encode()).digest()[:8], "little")
        drawn = np.random.default_rng(seed).normal(size=self._dimension) + 2
        return (drawn / np.linalg.norm(drawn)).astype(np.float32)


# Photos a second of drawn streets


def scenes(options, work: Path) -> None:
    """As each version is asked by itself (the older one adds cities), then with the same question; less its start."""
    count = options.photos or 2000
    draw_scenes(work / "scenes", count)
    for what, arguments in (("as asked by itself", PRACTICE[:-1]), ("the same question", PRACTICE)):
        before = spent(options.folder, work / "scenes", [*arguments, "--json"])
        now = spent(ROOT, work / "scenes", [*arguments, "--out", str(work / what)])
        told(f"drawn streets, photos a second, now / before, {what}", before[0] / now[0], ">= 2")
        told("the same by CPU seconds", before[1] / now[1], "-")


def spent(folder: Path, photos: Path, arguments: list[str]) -> tuple[float, float]:
    """Seconds and CPU seconds of a version for all photos but one, whose time is that of the start."""
    paths = sorted(map(str, photos.iterdir()))
    alone = [argument for argument in arguments if argument not in ("--out", arguments[-1])] + ["--json"]
    start = run_of(folder, [paths[0], *(alone if "--out" in arguments else arguments)])
    whole = run_of(folder, [*(paths if folder != ROOT else [str(photos)]), *arguments])
    seconds, cpu = whole[0] - start[0], whole[1] - start[1]
    print(f"{folder.name}: {len(paths) / seconds:.1f} photos/s, {cpu:.1f} CPU s", flush=True)
    return seconds, cpu


def draw_scenes(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        draw_scene(random_clues(random.Random(number)), number, 320).save(folder / f"{number:05}.png")


def run_of(folder: Path, arguments: list[str]) -> tuple[float, float]:
    """Seconds and CPU seconds of a whole `locate`."""
    start, before = time.perf_counter(), _cpu()
    command = [sys.executable, "-m", "streetclip_demo", "locate", *arguments]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start, _cpu() - before


# Memory


def memory(options, work: Path) -> None:
    """Lists of which every hundredth row is a photo, and the others are not there: both kinds of rows pass."""
    photo = ROOT / "assets" / "examples" / "japan.png"
    most = {}
    for count in (1000, options.photos or 100_000):
        rows = work / f"{count}.csv"
        block = f"{photo}\n" + "".join(f"gone/photo-{number:06}.jpg\n" for number in range(99))
        rows.write_text("file\n" + block * (count // 100), encoding="utf-8")
        command = [sys.executable, "-c", RUN, "locate", str(rows), *PRACTICE, "--out", str(work / str(count))]
        command += ["--formats", "csv,geojson,geoparquet"]
        out = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
        most[count] = float(out.splitlines()[-1])
        print(f"{count:,} rows: {most[count]:.0f} MB", flush=True)
    told("most memory of a long list / of 1,000 rows", max(most.values()) / most[1000], "<= 1.1")


# Killed and gone on with


def kill(options, work: Path) -> None:
    """SIGKILL in the middle, three times; then the same bytes, and each row computed once but for those under way."""
    count = options.photos or 300
    draw_scenes(work / "scenes", count)
    arguments = [str(work / "scenes"), *PRACTICE, "--formats", "csv,geojson,geoparquet", "--out"]
    run_of(ROOT, [*arguments, str(work / "whole")])
    out, marks, engine = work / "out", [], ("--engine", options.engine)
    for number in range(KILLS):
        command = [sys.executable, "-m", "streetclip_demo", "locate", *arguments, str(out), *engine]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        while process.poll() is None and _rows(out) < (number + 1) * count // (KILLS + 1):
            time.sleep(0.01)
        process.kill()
        process.wait()
        marks.append(_rows(out))
    run_of(ROOT, [*arguments, str(out), *engine])
    same = [path.name for path in sorted((work / "whole").iterdir()) if path.name != "run.json"]
    for name in same:
        if (work / "whole" / name).read_bytes() != (out / name).read_bytes():
            raise SystemExit(f"{name} differs after the kills at rows {marks}.")
    print(f"killed after rows {marks} of {count}: the same bytes in {', '.join(same)}")


def _rows(folder: Path) -> int:
    path = folder / "journal.txt"
    return path.read_bytes().count(b"\n") if path.exists() else 0


# Ray


def by_ray(options, work: Path) -> None:
    """From the first row to the last, by both engines: so neither's start counts."""
    count = options.photos or 2000
    draw_scenes(work / "scenes", count)
    seconds = {}
    for engine in ("torch", "ray"):
        out = work / engine
        command = [sys.executable, "-m", "streetclip_demo", "locate", str(work / "scenes"), *PRACTICE]
        process = subprocess.Popen([*command, "--engine", engine, "--out", str(out)], cwd=ROOT)
        while _rows(out) < 1 and process.poll() is None:
            time.sleep(0.005)
        begun, at = time.perf_counter(), _rows(out)
        while _rows(out) < count and process.poll() is None:
            time.sleep(0.02)
        seconds[engine] = (time.perf_counter() - begun) / (count - at)
        if process.wait():
            raise SystemExit(f"{engine} failed.")
        print(f"{engine}: {1 / seconds[engine]:.1f} photos/s", flush=True)
    for name in ("answers.jsonl", "answers.csv", "unread.csv", "journal.txt"):
        if (work / "torch" / name).read_bytes() != (work / "ray" / name).read_bytes():
            raise SystemExit(f"{name} differs.")
    told(
        "Ray on one machine / without, seconds a photo, start not counted",
        seconds["ray"] / seconds["torch"],
        "<= 1.15",
    )


def told(what: str, ratio: float, goal: str) -> None:
    print(f"| {what} | {ratio:.3f} | {goal} |", flush=True)


if __name__ == "__main__":
    main()
