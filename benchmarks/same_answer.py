"""Whether captions round alike in any company, at full size: `python benchmarks/same_answer.py --model FOLDER`.

Embeds captions all together, then in random company and order, and counts those whose bits differ: there must be
none. For each engine that is installed, in both precisions. The tests do the same with a tiny checkpoint.
"""

import argparse
import importlib.util
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from streetclip_demo.checkpoints.cards import model_card  # noqa: E402
from streetclip_demo.model.encoder import load_encoder  # noqa: E402
from streetclip_demo.places.gazetteer import Gazetteer  # noqa: E402


def captions_of(gazetteer: Gazetteer) -> list[str]:
    """Captions of three lengths: of cities, of countries, and of long templates."""
    countries = [country.name for country in gazetteer.countries]
    cities = [city.name for country in gazetteer.countries for city in gazetteer.cities(country.id, limit=2)]
    return [
        *(f"A Street View photo from {city}." for city in cities[:200]),
        *(f"A Street View photo in {country}." for country in countries[:60]),
        *(
            f"A photo of a road with a river behind it, somewhere close to {city} in the rain."
            for city in cities[:40]
        ),
        *(f"{country} " * 25 for country in countries[:12]),
    ]


def differing(encoder, captions: list[str], rounds: int) -> tuple[int, int]:
    """How many embeddings were compared, and how many were not the same to the last bit."""
    rng = random.Random(0)
    expected = dict(zip(captions, encoder.caption_embeddings(captions), strict=True))
    compared = differ = 0
    for _ in range(rounds):
        some = rng.sample(captions, rng.choice((1, 1, 2, 5, 20, 60)))
        for caption, embedding in zip(some, encoder.caption_embeddings(some), strict=True):
            compared += 1
            differ += bool((embedding != expected[caption]).any())
    return compared, differ


def main() -> int:
    """Print a line for each way of computing; the exit status is 1 where anything differed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, metavar="FOLDER", help="a checkpoint")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    captions = captions_of(Gazetteer.load())
    engines = ["torch", *(["openvino"] if importlib.util.find_spec("openvino") else [])]
    status = 0
    for engine in engines:
        for precision in ("float32", "bfloat16"):
            encoder = load_encoder(
                model_card(options.model), device="cpu", engine=engine, precision=precision
            )
            start = time.perf_counter()
            compared, differ = differing(encoder, captions, options.rounds)
            seconds = time.perf_counter() - start
            print(f"{engine} {precision}: {differ} of {compared} differ ({seconds:.0f} s)", flush=True)
            status |= differ > 0
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
