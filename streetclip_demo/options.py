"""The options of `python app.py`. Knows nothing of what they lead to."""

import argparse
from collections.abc import Sequence


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
    add("--device", default="auto", choices=("auto", "cuda", "mps", "cpu"), help="where to compute (auto)")
    add("--precision", default="auto", choices=("auto", "float32", "bfloat16"), help="of the weights (auto)")
    add("--engine", default="torch", choices=("torch", "openvino"), help="what computes (torch)")
    add("--host", help="address to listen on (127.0.0.1, or GRADIO_SERVER_NAME)")
    add("--port", type=int, help="port to listen on (the first free one from 7860, or GRADIO_SERVER_PORT)")
    add("--share", action="store_true", help="also open a temporary public address through gradio.live")
    add(
        "--prefetch",
        action="store_true",
        help="download the model, encode the captions of the world list, say where both lie, and stop",
    )
    return parser.parse_args(arguments)
