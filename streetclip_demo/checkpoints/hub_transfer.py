"""One file over HTTP, from where it broke off. Knows neither the hub's folders nor what is said of a failure."""

import time
from collections.abc import Callable
from typing import BinaryIO

from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError, HTTPError
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

CONNECT_SECONDS = 5  # for each address; how long a silence may last is HF_HUB_DOWNLOAD_TIMEOUT
PAUSE_SECONDS = 1
FIRST_TRIES = 2  # while nothing has come, and one after a silence: who is blocked should learn it soon
TRIES = 6  # in a row that bring nothing, once something has come
MOMENTARY = (408, 429, 500, 502, 503, 504)  # answers after which it is worth while to ask again


def receive(url: str, part: BinaryIO, size: int, report: Callable[[], object]) -> None:
    """Add to a file what it lacks of the one at `url`; connections that break are made again.

    Parameters
    ----------
    url : str
    part : binary file, open for appending
    size : int
        Bytes of the whole file; 0 where that is not known.
    report : callable
        Called whenever some bytes have been added.

    Raises
    ------
    HTTPError, OSError
        If it cannot be had. `part` keeps what has arrived.
    """
    failures, has_come, most = 0, False, part.tell()
    while True:
        try:
            _receive_once(url, part, report)
            break
        except HTTPError as error:
            is_further = part.tell() > most
            has_come, failures = has_come or is_further, 1 if is_further else failures + 1
            if failures >= _tries(error, has_come):
                raise
        most = max(most, part.tell())
        time.sleep(PAUSE_SECONDS)
    if size and part.tell() != size:
        raise OSError(f"{part.tell()} bytes arrived of {size}")  # without a number: it is not the disk


def _receive_once(url: str, part: BinaryIO, report: Callable[[], object]) -> None:
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if part.tell():
        headers["Range"] = f"bytes={part.tell()}-"
    wait = constants.HF_HUB_DOWNLOAD_TIMEOUT
    patience = (CONNECT_SECONDS, wait, wait, wait)
    with get_session().stream("GET", url, headers=headers, timeout=patience) as response:
        hf_raise_for_status(response)
        if response.status_code != 206:  # all of it is sent
            part.seek(0)
            part.truncate()
        for some in response.iter_bytes():
            part.write(some)
            report()


def _tries(error: HTTPError, has_come: bool) -> int:
    if isinstance(error, HfHubHTTPError) and error.response.status_code not in MOMENTARY:
        return 1
    if has_come:
        return TRIES
    return 1 if "timeout" in type(error).__name__.lower() else FIRST_TRIES
