"""The address that the page is to listen on, tried before anything is loaded."""

import os
import socket

from streetclip_demo.errors import UserError

LAST_PORT = 65535
NUMBERS = ("GRADIO_SERVER_PORT", "GRADIO_NUM_PORTS")  # which Gradio takes for numbers while it is imported


def check_address(host: str | None, port: int | None) -> None:
    """See that somebody may listen there: Gradio tries a hundred ports, and says only that none was free.

    Raise UserError if the port is none or is taken, this machine has no such address, or the environment names no
    number.
    """
    for name in NUMBERS:
        if not (value := os.environ.get(name, "1")).isdecimal():
            raise UserError(f"{name} is {value!r}: expected a number. Correct it, or unset it.")
    wanted = port if port is not None else int(os.environ.get("GRADIO_SERVER_PORT", LAST_PORT))
    if not 1 <= wanted <= LAST_PORT:
        raise UserError(
            f"{wanted} is no port: expected a number from 1 to {LAST_PORT}. Choose one with --port."
        )
    host = host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    try:
        _listen(host, port or 0)
    except OSError as error:
        cure = (
            "Choose another port with --port, or leave it out."
            if port
            else "Choose another address with --host."
        )
        raise UserError(f"Nothing can listen on {_spelt(host, port)}: {error.strerror}. {cure}") from None


def _listen(host: str, port: int) -> None:
    family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do after a stop
        trial.bind(place)
        trial.listen()


def _spelt(host: str, port: int | None) -> str:
    return f"port {port} of {host}" if port else host
