"""Whether a request comes from a page that was opened on the machine that runs the app, by its own name."""

import ipaddress
from urllib.parse import urlsplit

import gradio as gr

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def is_own_machine(request: gr.Request) -> bool:
    """True for a browser here that shows this page itself: not through a proxy or tunnel, nor another site's page."""
    headers, client = request.headers, getattr(request.client, "host", "") if request.client else ""
    return (
        _is_loopback(client)
        and _is_loopback(urlsplit(f"//{headers.get('host', '')}").hostname or "")
        and headers.get("sec-fetch-site") == "same-origin"  # which no script of another site can write
        and not any(name in headers for name in FORWARDED)
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
