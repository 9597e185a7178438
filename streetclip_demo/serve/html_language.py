"""The page's HTML: in its reader's language, which Gradio's browser side is told to speak; and its first script."""

from urllib.parse import parse_qs

from streetclip_demo.words.language import wanted_language

# Gradio takes its language from here.
TELL_GRADIO = (
    "<script>Object.defineProperty(navigator, 'language', "
    "{value: document.documentElement.lang, configurable: true})</script>"
)


class HtmlLanguage:
    """ASGI middleware: `<html lang>` of every HTML answer is the language that its reader wants.

    `script` runs before Gradio's own, while launch()'s `head` comes after them.
    """

    def __init__(self, app, script: str = ""):
        self.app = app
        self._first = TELL_GRADIO + (f"<script>{script}</script>" if script else "")

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        answer = _Answer(send, _reader(scope["query_string"], headers), self._first)
        await self.app(scope, receive, answer.send)


def _reader(query: bytes, headers: dict[bytes, bytes]) -> str:
    asked = parse_qs(query.decode("latin-1")).get("lang", [""])[0]
    return wanted_language(asked, headers.get(b"accept-language", b"").decode("latin-1"))


class _Answer:
    """Holds an HTML answer back until it is whole, then sends it changed; lets all others through."""

    def __init__(self, send, reader: str, first: str):
        self.pass_on, self.reader, self.first = send, reader, first
        self.start: dict | None = None
        self.body = b""

    async def send(self, message) -> None:
        if message["type"] == "http.response.start":
            headers = dict(message["headers"])
            if (
                headers.get(b"content-type", b"").startswith(b"text/html")
                and b"content-encoding" not in headers
            ):
                self.start = message
                return
        if self.start is None or message["type"] != "http.response.body":
            await self.pass_on(message)
            return
        self.body += message.get("body", b"")
        if not message.get("more_body"):
            await self._send_changed(self.start)

    async def _send_changed(self, start: dict) -> None:
        body = self.body.replace(b'lang="en"', f'lang="{self.reader}"'.encode(), 1)
        body = body.replace(b"<head>", b"<head>" + self.first.encode(), 1)
        headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        headers += [(b"content-length", str(len(body)).encode()), (b"vary", b"Accept-Language")]
        await self.pass_on({**start, "headers": headers})
        await self.pass_on({"type": "http.response.body", "body": body})
