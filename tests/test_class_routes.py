"""What phones and the lecturer's page ask of a room over HTTP, through the doors of the app."""

import html
import json
import re
import threading

import httpx
import pytest
from asgi import receiving, run, scope_of
from starlette.applications import Starlette
from test_guess import TOKYO
from test_rooms import OTHER, PHONE, lesson, no_outcome  # noqa: F401

from streetclip_demo.serve.class_routes import SECRET, ClassRoutes
from streetclip_demo.serve.doors import Doors
from streetclip_demo.serve.hosting import Hosting
from streetclip_demo.serve.known import Known
from streetclip_demo.serve.rate_limit import Rate
from streetclip_demo.serve.stopping import Stop
from streetclip_demo.teaching.rooms import RoomLimits, Rooms
from streetclip_demo.words.language import LANGUAGES, catalogue

NOTHING = Known({}, {}, {}, frozenset())
PIN = {"phone": PHONE, "number": 0, "latitude": 35.68, "longitude": 139.69}


@pytest.fixture
def rooms():
    return Rooms(RoomLimits(most_phones=2))


@pytest.fixture
def room(rooms, lesson):  # noqa: F811
    return rooms.open(lesson)


@pytest.fixture
def ask(rooms, gazetteer):
    """Asks the app, behind doors that let one client make one call a minute."""
    app = Starlette(routes=ClassRoutes(rooms, gazetteer).routes())
    doors = Doors(app, NOTHING, Stop(), Hosting(rate=Rate(1, 1)))

    async def asked(method, path, **more):
        transport = httpx.ASGITransport(doors)
        async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
            return await client.request(method, path, **more)

    return lambda method, path, **more: run(asked(method, path, **more))


def put(ask, room, **changed):
    return ask("POST", f"/class/{room.code}/pin", json=PIN | changed)


# Phones


def test_page_map_and_photo_have_150_kilobytes_at_most_on_their_way(ask, room):
    sizes = []
    for part in ("", "/map", "/photo"):
        answer = ask("GET", f"/class/{room.code}{part}", headers={"accept-encoding": "gzip"})
        assert answer.status_code == 200
        assert "content-security-policy" in answer.headers
        sizes.append(answer.num_bytes_downloaded)
    assert sum(sizes) < 150_000, sizes


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_phones_language_without_gradio(ask, room, language):
    page = ask("GET", f"/class/{room.code.lower()}", headers={"accept-language": language})
    assert f'<html lang="{language}">' in page.text
    assert catalogue(language)["PHONE_SEND"] in page.text
    words = json.loads(html.unescape(re.search(r"data-words=['\"](.*?)['\"]>", page.text, re.DOTALL)[1]))
    assert ("Practice model (drawn streets)" in words["said"]) == (language != "en")
    assert "gradio_" not in page.text
    assert ' src="' not in page.text  # all of it is there
    assert room.secret not in page.text


def test_a_page_below_a_path_is_the_same(ask, room, rooms, gazetteer):
    doors = Doors(Starlette(routes=ClassRoutes(rooms, gazetteer).routes()), NOTHING, Stop())

    async def asked():
        transport = httpx.ASGITransport(doors, root_path="/demo")
        async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
            return [await client.get(f"/demo/class/{room.code}{last}") for last in ("", "/", "/state")]

    assert [answer.status_code for answer in run(asked())] == [200, 200, 200]


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_unknown_a_closed_and_a_full_room_say_so(ask, rooms, room, language):
    words, headers = catalogue(language), {"accept-language": language}
    unknown = ask("GET", "/class/AAAAAA", headers=headers)
    assert (unknown.status_code, words["ROOM_UNKNOWN"] in unknown.text) == (404, True)
    for number in range(2):
        rooms.put_pin(room.code, f"phone-number-0000{number}", 0, TOKYO)
    full = ask("POST", f"/class/{room.code}/pin", json=PIN, headers=headers)
    assert (full.status_code, full.json()["error"]) == (409, words["ROOM_FULL"])
    rooms.close(room.code, room.secret)
    closed = ask("GET", f"/class/{room.code}", headers=headers)
    assert (closed.status_code, words["ROOM_CLOSED"] in closed.text) == (410, True)
    assert ask("GET", f"/class/{room.code}/state").status_code == 410


def test_a_class_behind_one_address_is_not_refused_by_the_limit_of_one_client(ask, room, rooms):
    assert {put(ask, room).status_code for _ in range(30)} == {204}
    assert dict(rooms.room(room.code).pins) == {PHONE: TOKYO[:1] + (139.69,)}


def test_a_pin_is_sent_once_for_each_phone_and_not_after_the_answer(ask, rooms, room):
    assert put(ask, room).status_code == 204
    assert put(ask, room, latitude=-10, longitude=20).status_code == 204
    assert put(ask, room, phone=OTHER, longitude=-180).status_code == 204
    assert dict(rooms.room(room.code).pins) == {PHONE: (-10, 20), OTHER: (35.68, -180)}
    rooms.reveal(room.code, room.secret, no_outcome)
    late = put(ask, room)
    assert (late.status_code, late.json()["error"]) == (409, catalogue("en")["ROOM_TOO_LATE"])


@pytest.mark.parametrize(
    "changed",
    [
        {"latitude": 91},
        {"latitude": "35"},
        {"latitude": True},
        {"latitude": None},
        {"longitude": 181},
        {"phone": "short"},
        {"phone": 7},
        {"phone": "<script>alert</script>"},
    ],
)
def test_what_is_no_pin_is_told_so_and_kept_nowhere(ask, rooms, room, changed):
    answer = put(ask, room, **changed)
    assert (answer.status_code, answer.json()["error"]) == (400, catalogue("en")["ROOM_WRONG_PIN"])
    assert not rooms.room(room.code).pins


def test_a_pin_is_json_and_no_form_of_another_site(ask, rooms, room):
    body = json.dumps(PIN)
    for content_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = ask("POST", f"/class/{room.code}/pin", content=body, headers={"content-type": content_type})
        assert answer.status_code == 400
    broken = ask("POST", f"/class/{room.code}/pin", content="{", headers={"content-type": "application/json"})
    assert broken.status_code == 400
    assert ask("POST", f"/class/{room.code}/pin", json=PIN | {"more": "x" * 2000}).status_code == 413
    preflight = {"origin": "https://example.org", "access-control-request-method": "POST"}
    refused = ask("OPTIONS", f"/class/{room.code}/pin", headers=preflight)
    assert refused.status_code == 405
    assert "access-control-allow-origin" not in refused.headers
    assert not rooms.room(room.code).pins


# The lecturer


def test_the_board_is_for_who_holds_the_secret(ask, rooms, room):
    put(ask, room)
    for wrong in ({}, {SECRET: ""}, {SECRET: room.code}):
        assert ask("GET", f"/class/{room.code}/board", headers=wrong).status_code == 404
    board = ask("GET", f"/class/{room.code}/board", headers={SECRET: room.secret})
    assert board.json() == {"number": 0, "isOpen": True, "pins": [[35.68, 139.69]], "phones": 0}
    assert PHONE not in board.text
    rooms.close(room.code, room.secret)
    over = ask("GET", f"/class/{room.code}/board", headers={SECRET: room.secret})
    assert (over.status_code, over.json()) == (200, {"isOver": True})


# The stream


def listened(rooms, room, gazetteer, steps):
    """The events of a phone's stream; each step is done after one more event has come."""
    app = ClassRoutes(rooms, gazetteer)
    doors = Doors(Starlette(routes=app.routes()), NOTHING, Stop())
    events, left = [], list(steps)

    async def listen():
        async def send(message):
            said = message.get("body", b"").decode()
            if said.startswith(("data:", "event:")):
                events.append(said)
                if left:
                    left.pop(0)()

        await doors(scope_of(f"/class/{room.code}/events"), receiving(b""), send)

    run(listen())
    assert not app._streams  # nobody listens any more
    return events


def test_a_phone_hears_the_question_the_answer_the_next_question_and_the_end(rooms, room, gazetteer):
    held = (room.code, room.secret)

    def reveal():
        rooms.put_pin(room.code, PHONE, 0, TOKYO)  # is no event
        rooms.reveal(*held, no_outcome)

    events = listened(rooms, room, gazetteer, [reveal, lambda: rooms.next(*held), lambda: rooms.close(*held)])
    *told, end = events
    said = [json.loads(event.removeprefix("data: ")) for event in told]
    assert [(one["number"], "truth" in one) for one in said] == [(0, False), (0, True), (1, False)]
    assert end == "event: over\ndata: {}\n\n"


def test_a_stop_waits_for_no_phone_and_ends_its_stream(rooms, room, gazetteer):
    stop, waited_for = Stop(), []
    doors = Doors(Starlette(routes=ClassRoutes(rooms, gazetteer).routes()), NOTHING, stop)

    async def send(message):
        if message.get("body", b"").startswith(b"data:"):
            waited_for.append(stop._answering)
            threading.Thread(target=stop.finish).start()

    run(doors(scope_of(f"/class/{room.code}/events"), receiving(b""), send))  # comes to an end
    assert waited_for == [0]
