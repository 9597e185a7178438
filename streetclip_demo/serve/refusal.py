"""A request that is not let in, and the sentence it gets. Knows no routes."""

import json
from dataclasses import dataclass

from streetclip_demo.words.language import catalogue, wanted_language


class Refused(Exception):
    """Ends the handling of a request; its one argument is the refusal."""

    @property
    def refusal(self) -> "Refusal":
        return self.args[0]


@dataclass(frozen=True)
class Refusal:
    """A status and one sentence: what was expected, what came, what to do. It repeats nothing that a client sent."""

    status: int
    sentence: str
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def answer(self, send, as_json: bool) -> None:
        """Send it, in the form that Gradio's clients read where they made the call."""
        said = {"detail": self.sentence, "error": self.sentence}
        body = (json.dumps(said) if as_json else f"{self.sentence}\n").encode()
        kind = b"application/json" if as_json else b"text/plain; charset=utf-8"
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def in_readers_words(scope, key: str) -> str:
    """A sentence of text.py in the language that a request's browser speaks."""
    spoken = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    return catalogue(wanted_language("", spoken))[key]
