"""A page that is run as a program and whose model takes its time: `python slow_page.py PORT SECONDS MARK`.

What is done at its end takes away what a thread still uses, as libraries do to a model that loads.
"""

import atexit
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from page_server import model_behind  # noqa: E402

from streetclip_demo.checkpoints.cards import MODELS  # noqa: E402
from streetclip_demo.page.layout import create_page  # noqa: E402
from streetclip_demo.places.gazetteer import Gazetteer  # noqa: E402
from streetclip_demo.serve.compose import page_services  # noqa: E402
from streetclip_demo.serve.signals import end_at_once_when_asked  # noqa: E402
from streetclip_demo.serve.start import launch, run_until_stopped  # noqa: E402
from streetclip_demo.serve.stopping import Stop  # noqa: E402


def main(port: str, seconds: str, mark: str) -> int:
    """Serve until a signal comes; the clean-up writes a file."""
    end_at_once_when_asked()
    gazetteer = Gazetteer.load()
    model = model_behind(MODELS["practice"].source, gazetteer)

    def locate(*asked):
        Path(mark).with_suffix(".asked").touch()
        time.sleep(float(seconds))
        raise SystemError  # nobody should wait for this one

    services = replace(page_services(model, gazetteer, ()), locate=locate)
    page = create_page(services)
    stop = Stop()

    def taken_away():
        raise FileNotFoundError

    loading = threading.Thread(target=taken_away)
    atexit.register(lambda: (loading.start(), loading.join()))

    def start() -> int:
        launch(page, services.uploads, stop, where={"server_port": int(port), "quiet": True})
        print("up", flush=True)
        return 0

    run_until_stopped(page, stop, start, [Path(mark).touch])


if __name__ == "__main__":
    main(*sys.argv[1:])
