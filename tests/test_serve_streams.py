"""A session's events have one reader, the newest: what comes reaches it, whatever became of an older connection."""

import asyncio

import pytest
from asgi import run, scope_of

from streetclip_demo.serve.session_streams import MOST_AHEAD, SessionStreams

START = {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]}
SCOPE = scope_of("/gradio_api/queue/data", query=b"session_hash=s")


class Below:
    """The app below: sends what it is told to; remembers each request, and whether it was told that it was left."""

    def __init__(self):
        self.requests, self.was_left, self.told = 0, False, asyncio.Queue()

    async def __call__(self, scope, receive, send):
        self.requests += 1
        leaving = asyncio.ensure_future(receive())
        await send(START)
        while True:
            getting = asyncio.ensure_future(self.told.get())
            await asyncio.wait({getting, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if leaving.done():
                self.was_left = leaving.result()["type"] == "http.disconnect"
                return
            if isinstance(getting.result(), Exception):
                raise getting.result()
            await send(getting.result())
            if not getting.result()["more_body"]:
                return

    def say(self, words, more=True):
        self.told.put_nowait(body(words, more))


def body(words, more=True):
    return {"type": "http.response.body", "body": words, "more_body": more}


class Reader:
    """A request whose connection holds until `leave`; with `is_stuck` nothing more goes out over it."""

    def __init__(self, streams):
        self.got, self.gone, self.is_stuck = [], asyncio.Event(), False
        self.request = asyncio.ensure_future(streams(SCOPE, self.receive, self.send))

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if self.is_stuck:
            await asyncio.Event().wait()
        self.got.append(message)

    @property
    def words(self):
        return b"".join(message.get("body", b"") for message in self.got)


async def a_while():
    for _ in range(30):
        await asyncio.sleep(0)


def told(story):
    """Run a story of a `Below` and what makes readers of it."""

    async def tell():
        below = Below()
        streams = SessionStreams(below)
        await story(below, lambda: Reader(streams))
        assert streams._open == {}, "all have left"

    run(tell())


def test_the_newest_reader_gets_what_comes_and_the_older_ones_end():
    async def story(below, reader):
        older = reader()
        await a_while()
        below.say(b"first ")
        await a_while()
        newer = reader()
        await a_while()
        assert older.request.done()
        assert older.got[-1].get("more_body", False) is False
        below.say(b"second ")
        await a_while()
        older.gone.set()  # which the server may see much later
        below.say(b"third", more=False)
        await a_while()
        assert (older.words, newer.words) == (b"first ", b"second third")
        assert older.got[0] == newer.got[0] == START
        assert newer.request.done()
        assert (below.requests, below.was_left) == (1, False)

    told(story)


def test_what_is_stuck_in_an_older_connection_reaches_the_newer():
    async def story(below, reader):
        older = reader()
        await a_while()
        older.is_stuck = True
        for number in range(2 * MOST_AHEAD):
            below.say(b"%d " % number)
        await a_while()
        newer = reader()
        below.say(b"end", more=False)
        await a_while()
        assert newer.words == b"".join(b"%d " % number for number in range(2 * MOST_AHEAD)) + b"end"
        older.request.cancel()

    told(story)


def test_the_app_does_not_run_ahead_of_a_reader_who_is_stuck():
    async def story(below, reader):
        one = reader()
        await a_while()
        one.is_stuck = True
        for number in range(5 * MOST_AHEAD):
            below.say(b"%d" % number)
        await a_while()
        assert below.told.qsize() > 3 * MOST_AHEAD
        one.gone.set()
        await a_while()
        assert below.was_left

    told(story)


def test_the_app_is_told_when_the_last_reader_leaves():
    async def story(below, reader):
        readers = [reader(), reader()]
        await a_while()
        readers[1].gone.set()
        await a_while()
        assert below.was_left
        assert all(one.request.done() for one in readers)

    told(story)


def test_who_asks_after_the_end_asks_the_app_anew():
    async def story(below, reader):
        first = reader()
        await a_while()
        below.say(b"all", more=False)
        await a_while()
        assert first.words == b"all"
        second = reader()
        await a_while()
        below.say(b"more", more=False)
        await a_while()
        assert (second.words, below.requests) == (b"more", 2)

    told(story)


def test_an_error_of_the_app_is_the_newest_readers():
    async def story(below, reader):
        readers = [reader(), reader()]
        await a_while()
        below.told.put_nowait(RuntimeError("of the app"))
        await a_while()
        assert readers[0].request.exception() is None
        with pytest.raises(RuntimeError, match="of the app"):
            readers[1].request.result()

    told(story)


def test_a_request_that_is_given_up_ends_the_app():
    async def story(below, reader):
        one = reader()
        await a_while()
        one.request.cancel()
        await a_while()
        below.say(b"nobody is here")
        assert below.told.qsize() == 1

    told(story)
