"""Fetching a checkpoint in a process of its own, since HF_ENDPOINT and HF_HOME are read once, at import."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "someone/their-clip"
FETCH = """
import json, sys, time
import streetclip_demo.surroundings
streetclip_demo.surroundings.prepare()
import streetclip_demo.checkpoints.checkpoint as checkpoint
from streetclip_demo.errors import ModelError
from streetclip_demo.checkpoints.cards import model_card
steps, start = [], time.perf_counter()
try:
    found = checkpoint.fetch(model_card(sys.argv[1]), lambda done, total: steps.append((done, total)))
    answer = {"directory": str(found.directory), "revision": found.revision}
except ModelError as error:
    answer = {"error": str(error)}
answer |= {"seconds": time.perf_counter() - start, "steps": steps, "torch": "torch" in sys.modules}
print("ANSWER", json.dumps(answer))
"""


def hub_environment(home, endpoint, **environment):
    """The environment of a process whose hub is `endpoint` and whose Hugging Face folder is `home`."""
    others = ("HF_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith(others)}
    return {**kept, "HF_HOME": str(home), "HF_ENDPOINT": endpoint, **environment}


def fetching(home, endpoint, name=NAME, prelude="", **environment):
    """A process that fetches."""
    return subprocess.Popen(
        [sys.executable, "-c", prelude + FETCH, name], env=hub_environment(home, endpoint, **environment),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def fetch_elsewhere(home, endpoint, name=NAME, prelude="", **environment):
    """What a process that fetches has to say."""
    output, console = fetching(home, endpoint, name, prelude, **environment).communicate(timeout=120)
    answers = [line for line in output.splitlines() if line.startswith("ANSWER ")]
    assert answers, console
    return json.loads(answers[0].removeprefix("ANSWER ")) | {"console": console}
