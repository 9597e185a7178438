"""GeoCLIP beside the published package: a photo to its distribution, as ratios within one run.

    python scripts/make_random_checkpoint.py FOLDER --size geoclip
    pip download --no-deps geoclip==1.3.0 && unzip geoclip-*.whl -d PACKAGE
    python benchmarks/geoclip.py --image-half FOLDER --package PACKAGE

The gallery is the published one, kept on disk before anything is measured; the package encodes it at every call. What
is compared takes turns, and medians count.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

import streetclip_demo  # noqa: E402
from streetclip_demo.locate.question import Question  # noqa: E402
from streetclip_demo.photos.photo import open_photo, photo_from_image  # noqa: E402

PHOTO = ROOT / "assets" / "examples" / "japan.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--image-half", type=Path, required=True, metavar="FOLDER", help="a CLIPModel at 224 px"
    )
    parser.add_argument("--package", type=Path, required=True, metavar="PACKAGE", help="the wheel, unpacked")
    parser.add_argument("--engine", default="torch", choices=("torch", "openvino"))
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--package-repeats", type=int, default=2)
    parser.add_argument(
        "--busy", action="store_true", help="processor time, for a machine that does other things too"
    )
    options = parser.parse_args()
    clock = time.process_time if options.busy else time.perf_counter
    how = {"device": "cpu", "precision": options.precision, "engine": options.engine}
    opened = streetclip_demo.open("geoclip", image_half=options.image_half, **how)
    seconds = ours(opened, options.repeats, clock)
    for name, value in seconds.items():
        print(f"{name}: {value:.3f} s", flush=True)  # the package takes a while
    seconds["package"], distance = theirs(
        opened, options.package, options.image_half, options.package_repeats, clock
    )
    print(f"package: {seconds['package']:.3f} s")
    distribution = seconds["photo to distribution"]
    print(f"photo to distribution / bare forward: {distribution / seconds['bare forward']:.2f} (goal <= 1.2)")
    print(
        f"photo to answer with its tree / bare forward: {seconds['photo to answer'] / seconds['bare forward']:.2f}"
    )
    print(
        f"photo to distribution / package's predict: {distribution / seconds['package']:.4f} (goal <= 0.06)"
    )
    print(f"largest difference of a point's probability from the package's: {distance:.1e}")


def ours(opened, repeats: int, clock) -> dict[str, float]:
    """Median seconds of the bare forward, and of what a photo takes with all that lies round it."""
    locator, photo = opened.locator, open_photo(PHOTO)
    engine, side = locator.encoder._engine, locator.encoder.image_px  # bare: below our preprocessing
    pixels = np.zeros((1, 3, side, side), np.float32)

    def fresh():
        return photo_from_image(photo.image.copy())  # not remembered

    works = {
        "bare forward": lambda: engine.image_features(pixels),
        "photo to distribution": lambda: locator.probabilities(locator.embed([fresh()])[0]),
        "photo to answer": lambda: locator.locate(fresh(), Question("France")),
    }
    for work in works.values():
        work()
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            taken[name].append(timed(work, clock)[0])
    return {name: statistics.median(values) for name, values in taken.items()}


def theirs(opened, package: Path, image_half: Path, repeats: int, clock) -> tuple[float, float]:
    """Median seconds of the package's predict, and how far its distribution is from ours."""
    sys.path.insert(0, str(package))
    from geoclip import GeoCLIP

    model = GeoCLIP(clip_path=str(image_half)).eval()
    runs = [timed(lambda: model.predict(str(PHOTO), len(model.gps_gallery)), clock) for _ in range(repeats)]
    points, shares = runs[0][1]
    at, probabilities = opened.locator.probabilities(opened.embed([PHOTO])[0])
    ours_by_point = summed(at.astype(np.float32), probabilities)
    theirs_by_point = summed(points.numpy(), shares.numpy())
    distance = max(abs(ours_by_point[point] - theirs_by_point[point]) for point in theirs_by_point)
    return statistics.median(seconds for seconds, _ in runs), distance


def summed(points: np.ndarray, shares: np.ndarray) -> dict[tuple[float, float], float]:
    """Share of each point, whatever rows it stands in."""
    found: dict[tuple[float, float], float] = {}
    for (latitude, longitude), share in zip(points.tolist(), shares.tolist(), strict=True):
        found[latitude, longitude] = found.get((latitude, longitude), 0) + share
    return found


def timed(work, clock):
    start = clock()
    result = work()
    return clock() - start, result


if __name__ == "__main__":
    main()
