"""The page and its answers on their way to the browser, compressed: Gradio compresses only what has a file's name."""

import zlib

TYPES = (b"text/event-stream", b"application/json", b"text/html")
LEVEL = 5  # an answer for a list of the world: 212 KB become 28 in 1 ms
GZIP_FORMAT = 31  # as zlib's windows name it


class CompressedAnswers:
    """ASGI middleware: these types go out compressed to who reads gzip, and every event still at once."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "http" and b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b""):
            send = _Answer(send).send
        await self.app(scope, receive, send)


class _Answer:
    """Compresses an answer of these types; lets all others through."""

    def __init__(self, send):
        self.pass_on, self.compressor = send, None

    async def send(self, message) -> None:
        if message["type"] == "http.response.start":
            headers = dict(message["headers"])
            if headers.get(b"content-type", b"").startswith(TYPES) and b"content-encoding" not in headers:
                self.compressor = zlib.compressobj(LEVEL, wbits=GZIP_FORMAT)
                kept = [(name, value) for name, value in message["headers"] if name != b"content-length"]
                encoded = [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
                message = {**message, "headers": [*kept, *encoded]}
        elif self.compressor is not None and message["type"] == "http.response.body":
            until = zlib.Z_SYNC_FLUSH if message.get("more_body") else zlib.Z_FINISH
            body = self.compressor.compress(message.get("body", b"")) + self.compressor.flush(until)
            message = {**message, "body": body}
        await self.pass_on(message)
