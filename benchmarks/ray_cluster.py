"""Locate drawn streets on a Ray cluster of two machines that both run here, and kill a worker in the middle.

    pip install -r requirements-ray.txt
    python benchmarks/ray_cluster.py [--photos N]

Says whether nothing was lost or doubled, whether the rows are those of this machine alone, byte for byte, and that both
nodes had a model. No part of .ci/run: Ray is an optional requirement, and this takes minutes.
"""

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal", "PYTHONPATH": str(ROOT)}

import ray  # noqa: E402
from ray._private.state import actors  # noqa: E402 - ray.util.state would need the dashboard
from ray.cluster_utils import Cluster  # noqa: E402

from streetclip_demo.__main__ import main as locate  # noqa: E402
from streetclip_demo.practice.facts import random_clues  # noqa: E402
from streetclip_demo.practice.scene import draw_scene  # noqa: E402

MODEL = ("--model", "practice", "--anyway", "--no-cities")
COMPARED = ("answers.jsonl", "answers.csv", "unread.csv", "journal.txt", "list.jsonl")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--send-photos", action="store_true", help="their bytes, not their paths")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        draw(work / "scenes", options.photos)
        here = [sys.executable, "-m", "streetclip_demo", "locate", str(work / "scenes"), *MODEL]
        subprocess.run([*here, "--out", str(work / "here")], cwd=ROOT)  # status 2: one is no picture
        with cluster():
            killed = kill_in_the_middle(work / "ray", options.photos)
            arguments = [
                "locate",
                str(work / "scenes"),
                *MODEL,
                "--engine",
                "ray",
                "--out",
                str(work / "ray"),
            ]
            locate([*arguments, *(["--send-photos"] if options.send_photos else [])])
        for file in COMPARED:
            if (work / "here" / file).read_bytes() != (work / "ray" / file).read_bytes():
                raise SystemExit(f"{file} differs.")
        if not killed:
            raise SystemExit("No worker was killed: ask for more photos.")
        print(
            f"Models were on {killed['nodes']} nodes; one was killed after row {killed['row']} of {options.photos}."
        )
        print(f"The same bytes as without Ray: {', '.join(COMPARED)}.")


def draw(folder: Path, count: int) -> None:
    """Drawn streets, and instead of one of them a file that is no picture."""
    folder.mkdir()
    for number in range(count):
        draw_scene(random_clues(random.Random(number)), number, 320).save(folder / f"{number:05}.png")
    (folder / "00003.png").write_text("no picture")


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


def kill_in_the_middle(folder: Path, count: int) -> dict:
    """In a thread: wait until a third is done, and kill a process that holds a model; what it found is filled in."""
    found: dict = {}

    def kill() -> None:
        while rows(folder) < count // 3:
            time.sleep(0.02)
        alive = actors(actor_state_name="ALIVE").values()
        models = [one for one in alive if "Answering" in one["ActorClassName"]]
        found["nodes"] = len({one["Address"]["NodeID"] for one in models})
        os.kill(models[0]["Pid"], signal.SIGKILL)
        found["row"] = rows(folder)

    threading.Thread(target=kill, daemon=True).start()
    return found


def rows(folder: Path) -> int:
    """Rows that are written."""
    journal = folder / "journal.txt"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


if __name__ == "__main__":
    main()
