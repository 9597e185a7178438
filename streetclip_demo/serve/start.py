"""Start and stop of the page: launch it behind its doors, end it in order when the process is asked to."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence

from streetclip_demo.page.layout import launch_options
from streetclip_demo.page.uploads import UploadFolder
from streetclip_demo.serve.doors import lifespan_behind_doors
from streetclip_demo.serve.log import keep_plain
from streetclip_demo.serve.signals import on_signals
from streetclip_demo.serve.stopping import Stop

EXIT_SECONDS = 2.0  # for threads that nothing ends, as one that computes
CLOSE_SECONDS = 1  # for connections, once all that wait have been answered or told


def launch(
    page,
    uploads: UploadFolder,
    stop: Stop,
    ancestors: str = "",
    where: Mapping[str, object] | None = None,
) -> str:
    """Serve a built page behind its doors, in threads; the address that it has."""
    keep_plain()
    options = launch_options(page, uploads)
    inner = options["app_kwargs"]["lifespan"]
    options["app_kwargs"]["lifespan"] = lifespan_behind_doors(page, uploads, stop, ancestors, inner)
    _, url, _ = page.launch(**options, **(where or {}), prevent_thread_lock=True)
    return url


def run_until_stopped(
    page, stop: Stop, start: Callable[[], int], clean_up: Sequence[Callable[[], None]] = ()
) -> int:
    """Call `start`, wait for a signal, then stop in order; the exit status.

    It is 0 after a signal, and what `start` returns if that is another: then there is nothing to wait for. A second
    signal ends the process at once, with the status that shells give it.
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
    _exit_soon(status)
    return status


def _wait() -> int:
    threading.Event().wait()
    return 0


def _exit_soon(status: int) -> None:
    """End the process even if a thread of it does not end."""
    sys.stdout.flush()
    ending = threading.Timer(EXIT_SECONDS, os._exit, (status,))
    ending.daemon = True
    ending.start()
