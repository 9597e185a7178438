"""How long a start takes where nothing has been kept, phase by phase: python benchmarks/cold_start.py FOLDER.

FOLDER holds a checkpoint; scripts/make_random_checkpoint.py makes one of any size. As a Space has it, its weights
should be pickled: --pickle makes such a copy first. Each phase is what an app does that has just been started; the page
is up after the first.
"""

import argparse
import importlib
import os
import shutil
import tempfile
import time
from pathlib import Path

PICKLED = "pytorch_model.bin"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pickle", action="store_true", help="of a copy with pickled weights")
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["STREETCLIP_CACHE"] = str(Path(temporary, "cache"))
        folder = _pickled(options.folder, Path(temporary, "pickled")) if options.pickle else options.folder
        for name, (seconds, of_processors) in phases(folder, options.precision):
            print(f"{name:40} {seconds:6.1f} s, of the processors {of_processors:6.1f} s", flush=True)


def phases(folder: Path, precision: str):
    """Names and seconds of what happens before the first answer."""
    start = _now()

    def passed() -> tuple[float, float]:
        nonlocal start
        before, start = start, _now()
        return start[0] - before[0], start[1] - before[1]

    importlib.import_module("streetclip_demo.page.layout")
    from streetclip_demo.checkpoints.cards import model_card
    from streetclip_demo.locate.loading import Wanted, load_clip
    from streetclip_demo.locate.question import Question
    from streetclip_demo.locate.starting_lists import all_presets, default_preset
    from streetclip_demo.photos.photo import open_photo
    from streetclip_demo.places.gazetteer import Gazetteer

    gazetteer = Gazetteer.load()
    yield "imports of the page, gazetteer", passed()
    importlib.import_module("torch")

    yield "import of torch", passed()
    from streetclip_demo.checkpoints.checkpoint import fetch
    from streetclip_demo.checkpoints.pickled_weights import in_safetensors

    card = model_card(folder)
    in_safetensors(card, fetch(card))
    yield "pickled weights to safetensors", passed()
    locator = load_clip(Wanted(card, precision=precision), gazetteer)
    yield f"loading, comparison ({locator.encoder.dtype})", passed()
    labels = all_presets(gazetteer)[default_preset(is_practice=False)]
    photo = open_photo(Path(__file__).parent.parent / "assets" / "examples" / "japan.png")
    locator.embed([photo])
    yield "a photo", passed()
    locator.locate(photo, Question(labels, add_cities=False))
    yield "captions of the countries", passed()
    locator.locate(photo, Question(labels))
    yield "captions of the cities of 5 countries", passed()
    locator.read_ahead(Question(labels))
    yield "captions of all other cities", passed()


def _now() -> tuple[float, float]:
    """The clock, and what all processors together have worked for this process: the second holds on a busy machine."""
    return time.perf_counter(), time.process_time()


def _pickled(folder: Path, target: Path) -> Path:
    import torch
    from safetensors.torch import load_file

    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("*.safetensors"))
    torch.save(load_file(folder / "model.safetensors"), target / PICKLED)
    return target


if __name__ == "__main__":
    main()
