"""Start and stop of the page: launch it behind its doors, end it in order when the process is asked to."""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from streetclip_demo.page.frame.uploads import UploadFolder
from streetclip_demo.page.layout import launch_options
from streetclip_demo.serve.class_routes import ClassRoutes
from streetclip_demo.serve.doors import lifespan_behind_doors
from streetclip_demo.serve.hosting import Hosting
from streetclip_demo.serve.log import hand_over, keep_plain
from streetclip_demo.serve.signals import on_signals
from streetclip_demo.serve.stopping import Stop

EXIT_SECONDS = 2.0  # for what libraries do at the end
CLOSE_SECONDS = 1  # for connections, once all that wait have been answered or told


def launch(
    page,
    uploads: UploadFolder,
    stop: Stop,
    hosting: Hosting | None = None,
    where: Mapping[str, object] | None = None,
) -> str:
    """Serve a built page behind its doors, in threads; the address that it has."""
    keep_plain()
    hosting = hosting or Hosting()
    os.environ["FORWARDED_ALLOW_IPS"] = (
        hosting.believed()
    )  # else uvicorn believes all who are on this machine
    options = launch_options(page, uploads)
    options["app_kwargs"]["routes"] += ClassRoutes(page.services.rooms, page.services.gazetteer).routes()
    inner = options["app_kwargs"]["lifespan"]
    options["app_kwargs"]["lifespan"] = lifespan_behind_doors(page, uploads, stop, hosting, inner)
    _, url, _ = page.launch(**options, **(where or {}), prevent_thread_lock=True)
    sys.stdout.flush()  # Gradio's line with the address, which a pipe or a log would get with the next one only
    hand_over("uvicorn")  # whose own way to write is text
    return url


def run_until_stopped(
    page, stop: Stop, start: Callable[[], int], clean_up: Sequence[Callable[[], None]] = ()
) -> NoReturn:
    """Call `start`, wait for a signal, then stop in order and end the process.

    Its status is 0 after a signal, and what `start` returns if that is another: then there is nothing to wait for. A
    second signal ends the process at once, with the status that shells give it.
    """
    on_signals(signal.default_int_handler)  # raises KeyboardInterrupt here
    try:
        status = start() or _wait()
    except KeyboardInterrupt:
        status = 0
    on_signals(lambda number, frame: os._exit(128 + number))
    stop.finish()
    if page.is_running:
        page.server.config.timeout_graceful_shutdown = CLOSE_SECONDS
        page.close(verbose=False)
    for clean in clean_up:
        clean()
    _end(status)


def _wait() -> int:
    threading.Event().wait()
    return 0


def _end(status: int) -> NoReturn:
    """Do what is to be done at the end of the process, in a limited time, and end it.

    Not by sys.exit, for which a thread that comes back from computing ends in an abort.
    """
    ending = threading.Timer(EXIT_SECONDS, os._exit, (status,))
    ending.daemon = True
    ending.start()
    threading.excepthook = lambda _: None  # from here on libraries take away what threads still use
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
