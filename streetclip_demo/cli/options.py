"""The options of `python app.py`. Knows nothing of what they lead to."""

import argparse
import os
import re
from collections.abc import Sequence

DEVICES = ("auto", "cuda", "mps", "cpu")
PRECISIONS = ("auto", "float32", "bfloat16")
ENGINES = ("torch", "openvino")


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the options of the page."""
    parser = argparse.ArgumentParser(
        prog="python app.py", description="The StreetCLIP demo's page: where was this street?"
    )
    add = parser.add_argument
    add(
        "--model",
        metavar="M",
        help="streetclip, clip, practice, a folder or a hub id; must be there (streetclip)",
    )
    add("--device", default="auto", choices=DEVICES, help="where to compute (auto)")
    add("--precision", default="auto", choices=PRECISIONS, help="of the weights (auto)")
    add("--engine", default="torch", choices=ENGINES, help="what computes (torch)")
    add("--host", help="address to listen on (127.0.0.1, or GRADIO_SERVER_NAME)")
    add("--port", type=int, help="port to listen on (the first free one from 7860, or GRADIO_SERVER_PORT)")
    add("--share", action="store_true", help="also open a temporary public address through gradio.live")
    add(
        "--frame-ancestors",
        metavar="SITES",
        type=_sites,
        default=os.environ.get("STREETCLIP_FRAME_ANCESTORS", ""),
        help='only these may embed the page, as "https://example.org file:" (any, or STREETCLIP_FRAME_ANCESTORS)',
    )
    add(
        "--prefetch",
        action="store_true",
        help="download the model, encode the captions of the world list, say where both lie, and stop",
    )
    return parser.parse_args(arguments)


def _sites(text: str) -> str:
    """Sources of a frame-ancestors directive; nothing in them may end it."""
    sources = text.split()
    if not all(re.fullmatch(r"'none'|'self'|[\w*.:/\[\]-]+", source, re.ASCII) for source in sources):
        raise argparse.ArgumentTypeError(
            f"must be sites such as https://example.org, 'self' or file:, divided by spaces; got {text!r}"
        )
    return " ".join(sources)
