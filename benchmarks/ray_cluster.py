"""Locate and evaluate drawn streets on a Ray cluster of two machines that both run here, killing workers in the middle.

    pip install -r requirements-ray.txt
    python benchmarks/ray_cluster.py [--photos N]

Says whether nothing was lost or doubled, whether rows and outcomes are those of this machine alone, byte for byte, and
that both nodes had a model. No part of .ci/run: Ray is an optional requirement, and this takes minutes.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal", "PYTHONPATH": str(ROOT)}

import ray  # noqa: E402
from ray._private.state import actors  # noqa: E402 - ray.util.state would need the dashboard
from ray.cluster_utils import Cluster  # noqa: E402

from streetclip_demo.__main__ import main as command  # noqa: E402
from streetclip_demo.cli import scored  # noqa: E402
from streetclip_demo.practice.facts import random_clues  # noqa: E402
from streetclip_demo.practice.scene import draw_scene  # noqa: E402

MODEL = ("--model", "practice", "--anyway", "--no-cities")
COMPARED = ("answers.jsonl", "answers.csv", "unread.csv", "journal.txt", "list.jsonl")
JUDGING = ("--resamples", "50", "--json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--send-photos", action="store_true", help="their bytes, not their paths")
    options = parser.parse_args()
    ray_options = ("--engine", "ray", *(["--send-photos"] if options.send_photos else []))
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        draw(work / "scenes", options.photos)
        here = [sys.executable, "-m", "streetclip_demo", "locate", str(work / "scenes"), *MODEL]
        subprocess.run([*here, "--out", str(work / "here")], cwd=ROOT)  # status 2: one is no picture
        judged_here = judged(work, "here")
        with cluster():
            killed = kill_in_the_middle(lambda: rows(work / "ray"), options.photos)
            command(["locate", str(work / "scenes"), *MODEL, *ray_options, "--out", str(work / "ray")])
            told("locate", killed, options.photos)
            killed = kill_in_the_middle(counted(), options.photos)
            judged_there = judged(work, "ray", *ray_options)
            told("evaluate", killed, options.photos)
        for file in COMPARED:
            if (work / "here" / file).read_bytes() != (work / "ray" / file).read_bytes():
                raise SystemExit(f"{file} differs.")
        if judged_here != judged_there:
            raise SystemExit("An evaluation or an ablation differs.")
        print(f"The same bytes as without Ray: {', '.join(COMPARED)}, outcomes.csv; the same figures.")


def draw(folder: Path, count: int) -> None:
    """Drawn streets with positions, and instead of one of them a file that is no picture."""
    folder.mkdir()
    with open(folder / "set.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("img_id", "latitude", "longitude"))
        for number in range(count):
            draw_scene(random_clues(random.Random(number)), number, 320).save(folder / f"{number:05}.png")
            table.writerow((f"{number:05}.png", number % 60, number % 170))
    (folder / "00003.png").write_text("no picture")


def judged(work: Path, name: str, *engine: str) -> list:
    """What an evaluation and an ablation give: figures, and the file of outcomes."""
    outcomes = work / f"{name}-outcomes.csv"
    dataset = (str(work / "scenes"), *MODEL, *JUDGING, *engine)
    evaluation = printed("evaluate", *dataset, "--csv", str(outcomes))
    for dated in (evaluation, evaluation["method"]):
        del dated["date"]
    return [evaluation, printed("ablate", *dataset, "--only", "crop,temperature"), outcomes.read_bytes()]


def printed(*arguments: str) -> dict:
    """The JSON that a command prints."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        command(arguments)
    return json.loads(text.getvalue())


def counted() -> Callable[[], int]:
    """How many photos have been scored by Ray from now on."""
    plain, done = scored.ray_outcomes, [0]

    def counting(*arguments):
        for one in plain(*arguments):
            done[0] += 1
            yield one

    scored.ray_outcomes = counting
    return lambda: done[0]


def told(what: str, killed: dict, count: int) -> None:
    if not killed:
        raise SystemExit("No worker was killed: ask for more photos.")
    print(
        f"{what}: models were on {killed['nodes']} nodes; one was killed after row {killed['row']} of {count}."
    )


@contextlib.contextmanager
def cluster():
    """Two nodes with a core each, which this process is connected to."""
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        nodes.add_node(num_cpus=1)
        nodes.wait_for_nodes()
        ray.init(address=nodes.address, log_to_driver=False)
        yield
    finally:
        ray.shutdown()
        nodes.shutdown()


def kill_in_the_middle(done: Callable[[], int], count: int) -> dict:
    """In a thread: wait until an eighth is done, and kill a process that holds a model; what it found is filled in."""
    found: dict = {}

    def kill() -> None:
        while done() < count // 8:
            time.sleep(0.02)
        alive = actors(actor_state_name="ALIVE").values()
        models = [one for one in alive if "Answering" in one["ActorClassName"]]
        if not models:  # too few photos: it is over
            return
        found["nodes"] = len({one["Address"]["NodeID"] for one in models})
        os.kill(models[0]["Pid"], signal.SIGKILL)
        found["row"] = done()

    threading.Thread(target=kill, daemon=True).start()
    return found


def rows(folder: Path) -> int:
    """Rows that are written."""
    journal = folder / "journal.txt"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


if __name__ == "__main__":
    main()
