"""The options of `python app.py`. Knows nothing of what they lead to."""

import argparse
import ipaddress
import os
import re
from collections.abc import Sequence
from pathlib import Path

DEVICES = ("auto", "cuda", "mps", "cpu")
PRECISIONS = ("auto", "float32", "bfloat16")
ENGINES = ("torch", "openvino")
LOG_FORMATS = ("text", "json")
# A class of 40 behind one address: a photo and a question each, twice at once; then a question each 20 seconds.
USUAL_RATE = "160+120"
PRIVATE = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16"  # where a Space's proxies have their addresses


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the options of the page."""
    parser = argparse.ArgumentParser(
        prog="python app.py", description="The StreetCLIP demo's page: where was this street?"
    )
    add = parser.add_argument
    add(
        "--model",
        metavar="M",
        default=os.environ.get("STREETCLIP_MODEL") or None,
        help="streetclip, clip, geoclip, practice, a folder or a hub id; must be there (streetclip)",
    )
    add("--gallery", type=Path, metavar="CSV", help="GeoCLIP: compare with these points, not its own")
    add("--image-half", metavar="M", help="GeoCLIP: a folder or hub id in place of its own CLIPModel")
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
    _add_hosting(parser)
    add(
        "--prefetch",
        action="store_true",
        help="download the model, encode the captions of the world list, say where both lie, and stop",
    )
    options = parser.parse_args(arguments)
    if options.metrics_port and options.metrics_port[1] == options.port:
        host, everywhere = options.host or "127.0.0.1", ("", "0.0.0.0", "::")
        if options.metrics_port[0] == host or {options.metrics_port[0], host} & set(everywhere):
            parser.error(f"--port and --metrics-port are both {options.port}; name two ports")
    return options


def _add_hosting(parser: argparse.ArgumentParser) -> None:
    """What a host on the open internet sets; each has a variable too, as a Space passes no options."""
    add = parser.add_argument
    add(
        "--rate-limit",
        metavar="N+M",
        type=_rate,
        default=os.environ.get("STREETCLIP_RATE_LIMIT") or USUAL_RATE,
        help=f"photos and questions of one client: N at once, then M a minute; or off ({USUAL_RATE})",
    )
    add(
        "--trusted-proxies",
        metavar="NETS",
        type=_networks,
        default=os.environ.get("STREETCLIP_TRUSTED_PROXIES")
        or (PRIVATE if os.environ.get("SPACE_ID") else ""),
        help='proxies that are believed when they name a client (X-Forwarded-For), as "127.0.0.1 10.0.0.0/8" (none)',
    )
    add(
        "--examples-only",
        action="store_true",
        default=os.environ.get("STREETCLIP_EXAMPLES_ONLY", "") not in ("", "0"),
        help="take no photos: the page locates its drawn streets only",
    )
    add(
        "--metrics-port",
        metavar="[HOST:]PORT",
        type=_listening,
        default=os.environ.get("STREETCLIP_METRICS_PORT") or None,
        help="also serve metrics for Prometheus there, on 127.0.0.1 unless a host is named",
    )
    add(
        "--log-format",
        type=_log_format,
        metavar="F",
        default=os.environ.get("STREETCLIP_LOG_FORMAT") or "text",
        help="of what is written while the page runs: text, or json with one object a line",
    )


def _rate(text: str) -> tuple[int, int] | None:
    """How many at once and how many a minute; None for no limit."""
    if text.strip() == "off":
        return None
    parts = re.fullmatch(r"\s*([1-9]\d{0,5})\s*\+\s*([1-9]\d{0,5})\s*", text, re.ASCII)
    if parts is None:
        raise argparse.ArgumentTypeError(
            f"must be as {USUAL_RATE}: so many at once, then so many a minute; or off; got {text!r}"
        )
    return int(parts[1]), int(parts[2])


def _networks(text: str) -> tuple[str, ...]:
    """Addresses and networks, as they are written when they are compared."""
    try:
        networks = [ipaddress.ip_network(one, strict=False) for one in text.replace(",", " ").split()]
    except ValueError as problem:
        raise argparse.ArgumentTypeError(
            f"must be addresses or networks such as 127.0.0.1 or 10.0.0.0/8, divided by spaces: {problem}"
        ) from None
    return tuple(map(str, networks))


def _listening(text: str) -> tuple[str, int]:
    """Where to listen: a host and a port."""
    host, _, port = text.rpartition(":")
    if not re.fullmatch(r"\d{1,5}", port, re.ASCII) or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(
            f"must be a port, or a host and a port as 0.0.0.0:9100; got {text!r}"
        )
    return host.strip("[]") or "127.0.0.1", int(port)


def _log_format(text: str) -> str:
    if text not in LOG_FORMATS:
        raise argparse.ArgumentTypeError(f"must be {' or '.join(LOG_FORMATS)}; got {text!r}")
    return text


def _sites(text: str) -> str:
    """Sources of a frame-ancestors directive; nothing in them may end it."""
    sources = text.split()
    if not all(re.fullmatch(r"'none'|'self'|[\w*.:/\[\]-]+", source, re.ASCII) for source in sources):
        raise argparse.ArgumentTypeError(
            f"must be sites such as https://example.org, 'self' or file:, divided by spaces; got {text!r}"
        )
    return " ".join(sources)
