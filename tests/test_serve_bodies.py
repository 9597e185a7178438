"""What a body may hold and how long it may take; nothing of a body that is too large is kept."""

import pytest
from asgi import answer_of, receiving, run, scope_of

from streetclip_demo.page.frame.uploads import MOST_FILE_BYTES
from streetclip_demo.serve import bodies
from streetclip_demo.serve.doors import Doors
from streetclip_demo.serve.known import Endpoint, Known
from streetclip_demo.serve.refusal import Refused
from streetclip_demo.serve.stopping import Stop

JSON = (b"content-type", b"application/json")
FORM = (b"content-type", b"multipart/form-data; boundary=a")
UPLOAD, CALL = "/gradio_api/upload", "/gradio_api/call/locate"


class Below:
    """Gradio's place: reads the body, remembers how much came."""

    def __init__(self):
        self.received = 0

    async def __call__(self, scope, receive, send):
        more = True
        while more:
            message = await receive()
            self.received += len(message["body"])
            more = message.get("more_body")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})


@pytest.fixture
def below():
    return Below()


@pytest.fixture
def doors(below):
    known = Known({}, {}, {"locate": Endpoint(("photo",), frozenset({"photo"}))}, frozenset())
    return Doors(below, known, Stop())


def answer(doors, path, receive=None, headers=(), method="POST"):
    status, _, body = answer_of(doors, scope_of(path, method, headers=headers), receive)
    return status, body.decode()


def length(number):
    return (b"content-length", str(number).encode())


def never():
    async def receive():
        raise AssertionError("the body was read")

    return receive


@pytest.mark.parametrize(
    ("path", "kind", "most"), [(CALL, JSON, 2 * 2**20), (UPLOAD, FORM, 61 * 2**20), (CALL, JSON, 150_000_000)]
)
def test_what_says_that_it_is_too_large_is_not_read(doors, below, path, kind, most):
    status, said = answer(doors, path, never(), [kind, length(most + 1)])
    assert status == 413
    assert "and this one has more. Send less." in said
    assert below.received == 0


def test_a_photo_of_the_allowed_size_fits():
    assert bodies.most_bytes("upload") > MOST_FILE_BYTES


def test_what_does_not_say_its_size_is_counted(doors, below):
    part = 2**20 * b"a"
    status, said = answer(doors, CALL, receiving(*3 * [part]), [JSON])
    assert (status, "2,097,152 bytes" in said, below.received) == (413, True, 0)
    status, said = answer(doors, UPLOAD, receiving(*70 * [part]), [FORM])
    assert (status, said) == (
        413,
        "A body may have 63,963,136 bytes here, and this one has more. Send less.\n",
    )
    assert below.received == 61 * 2**20  # it was on its way, and then cut


def test_a_get_has_no_body(doors):
    assert answer(doors, "/config", never(), [length(5000)], "GET")[0] == 413


@pytest.mark.parametrize("said", [b"-1", b"1e3", b"", b"5, 6", b"9" * 30])
def test_a_length_is_one_number(doors, said):
    assert answer(doors, CALL, never(), [JSON, (b"content-length", said)])[0] == 400


def test_two_lengths_are_none(doors):
    assert answer(doors, CALL, never(), [JSON, length(5), length(6)])[0] == 400


def test_what_fits_comes_through_whole(doors, below):
    assert answer(doors, CALL, receiving(b'{"data": ["', b'abc"]}'), [JSON]) == (200, "in")
    assert below.received == len(b'{"data": ["abc"]}')
    below.received = 0
    assert answer(doors, UPLOAD, receiving(b"--a", b"", b"--"), [FORM]) == (200, "in")
    assert below.received == 5


@pytest.mark.parametrize(
    "kind", [b"", b"text/plain", b"multipart/form-data", b"multipart/form-data; boundary=" + 80 * b"a"]
)
def test_an_upload_is_a_form(doors, kind):
    assert answer(doors, UPLOAD, never(), [(b"content-type", kind)])[0] == 415


def test_who_leaves_before_the_body_is_there_is_not_answered(doors, below):
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    run(doors(scope_of(CALL, "POST", headers=[JSON]), receive, send))
    assert (sent, below.received) == ([], 0)


def test_a_body_that_does_not_come_is_given_up(monkeypatch):
    receive = receiving(b"{", more=True)
    with pytest.raises(Refused) as refused:
        run(bodies.whole_body(receive, 100, lambda size: None, seconds=0.01))
    assert refused.value.refusal.status == 408


def test_bodies_that_arrive_together_have_a_limit_and_give_their_room_back():
    room = bodies.Room(100)
    with room.share() as take:
        take(60)
        with room.share() as another:
            another(30)
            with pytest.raises(Refused) as refused:
                another(30)
        assert refused.value.refusal.status == 503
        take(40)
    with room.share() as take:
        take(100)


def test_a_call_has_given_its_room_back_when_it_is_answered(doors, below):
    doors._room = bodies.Room(1000)
    for _ in range(30):
        status, _ = answer(doors, CALL, receiving(b'{"data": [1]}', b" " * 900), [JSON])
        assert status == 200


def test_an_upload_may_be_slow_but_not_for_ever(clock):
    sent = []

    async def receive():
        clock.now += 29.0  # each part comes in time
        return {"type": "http.request", "body": b"a", "more_body": True}

    async def send(message):
        sent.append(message)

    async def read():
        upload = bodies.Upload(receive, send, 10**9, clock)
        try:
            while True:
                await upload.receive()
        finally:
            await upload.send({"type": "http.response.start"})  # what the app below says of it

    with pytest.raises(Refused) as refused:
        run(read())
    assert refused.value.refusal.status == 408
    assert 15 * 60 <= clock.now <= 16 * 60
    assert sent == []
