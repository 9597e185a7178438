"""ASGI by hand: a request's scope, a body in parts, what an app sends."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


def scope_of(path="/", method="GET", query=b"", headers=(), root_path=""):
    """The scope of a request."""
    return {
        "type": "http",
        "method": method,
        "path": root_path + path,
        "raw_path": (root_path + path).encode(),
        "root_path": root_path,
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in headers],
    }


def receiving(*parts, more=False):
    """A `receive` that gives a body in these parts, then waits for ever; `more` says that there would be more."""
    waiting = [
        {"type": "http.request", "body": part, "more_body": more or number < len(parts)}
        for number, part in enumerate(parts, start=1)
    ]

    async def receive():
        if waiting:
            return waiting.pop(0)
        await asyncio.Event().wait()

    return receive


def run(coroutine):
    """As asyncio.run, also where a browser's loop runs in this thread already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def answer_of(app, scope, receive=None):
    """Status, headers and body that an app answers a request with."""
    sent = []

    async def send(message):
        sent.append(message)

    run(app(scope, receive or receiving(b""), send))
    start, *rest = sent
    return start["status"], dict(start["headers"]), b"".join(message.get("body", b"") for message in rest)
