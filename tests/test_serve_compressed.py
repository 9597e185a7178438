"""Page and answers on their way to the browser: compressed, and no event held back until the next one comes."""

import zlib

import pytest

from streetclip_demo.serve.compressed import CompressedAnswers

PARTS = [b"data: first\n\n", b"data: second, " + b"which is long " * 1000 + b"\n\n", b""]
LENGTH = (b"content-length", str(sum(map(len, PARTS))).encode())


def sent(content_type: bytes, accepted: bytes) -> list[dict]:
    """What comes out of the middleware for an app that sends PARTS."""
    messages = []

    async def app(scope, receive, send):
        headers = [(b"content-type", content_type), LENGTH]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, part in enumerate(PARTS, start=1):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(PARTS)})

    async def send(message):
        messages.append(message)

    scope = {"type": "http", "headers": [(b"accept-encoding", accepted)]}
    with pytest.raises(StopIteration):  # nothing in it waits, so that it comes to its end at once
        CompressedAnswers(app)(scope, None, send).send(None)
    return messages


@pytest.mark.parametrize(
    "content_type", [b"text/event-stream; charset=utf-8", b"application/json", b"text/html"]
)
def test_each_part_can_be_read_when_it_is_sent(content_type):
    start, *bodies = sent(content_type, b"br, gzip")
    assert dict(start["headers"])[b"content-encoding"] == b"gzip"
    assert LENGTH not in start["headers"]
    reader = zlib.decompressobj(wbits=31)
    assert [reader.decompress(message["body"]) for message in bodies] == PARTS
    assert reader.eof  # the answer is whole
    assert sum(len(message["body"]) for message in bodies) < 500


@pytest.mark.parametrize(
    ("content_type", "accepted"), [(b"text/event-stream", b"br"), (b"image/png", b"gzip")]
)
def test_other_types_and_what_goes_to_no_reader_of_gzip_are_let_through(content_type, accepted):
    start, *bodies = sent(content_type, accepted)
    assert start["headers"] == [(b"content-type", content_type), LENGTH]
    assert [message["body"] for message in bodies] == PARTS
