"""Rooms for a class: codes, secrets, one pin a phone, limits, time; and how the class did."""

import io

import pytest
from geopy.distance import great_circle
from PIL import Image
from test_guess import LYON, PARIS, TOKYO, model_says, question

from streetclip_demo.errors import RoomError
from streetclip_demo.page.guess.room_view import result_html
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.teaching.class_outcome import Outcome, class_outcome, with_model
from streetclip_demo.teaching.lessons import Lesson, LessonQuestion, Spot
from streetclip_demo.teaching.rooms import LETTERS, MOST_PHOTO_BYTES, RoomLimits, Rooms, phone_photo
from streetclip_demo.teaching.told_phones import GRID, phone_map, told
from streetclip_demo.words import text

PHONE, OTHER = "phone-of-ada-0001", "phone-of-bob-0001"


@pytest.fixture
def lesson():
    return Lesson("A lesson", "About it", (question(model_says(recorded_on="2026-11-21")), question()))


@pytest.fixture
def rooms(clock):
    return Rooms(RoomLimits(most_rooms=3, most_rooms_of_client=2, most_phones=2), clock)


def refusal(act, *values):
    with pytest.raises(RoomError) as refused:
        act(*values)
    assert str(refused.value) == getattr(text, refused.value.key)
    return refused.value.key


def no_outcome(room):
    return Outcome(len(room.pins))


# Who may do what


def test_a_room_has_a_code_that_can_be_read_aloud_and_a_secret_of_its_own(rooms, lesson):
    first, second = rooms.open(lesson, 0, "a"), rooms.open(lesson, 0, "b")
    assert len(first.code) == 6
    assert set(first.code) <= set(LETTERS)
    assert not set("01ILO") & set(LETTERS)
    assert first.code != second.code
    assert first.secret != second.secret
    assert len(first.secret) >= 20
    assert rooms.room(first.code.lower()) is rooms.room(first.code)


def test_only_who_holds_the_secret_leads_the_class(rooms, lesson):
    room, other = rooms.open(lesson, 0, "a"), rooms.open(lesson, 0, "b")
    for wrong in ("", other.secret, room.code, room.secret[:-1], "ü"):
        assert refusal(rooms.held, room.code, wrong) == "ROOM_UNKNOWN"
        assert refusal(rooms.reveal, room.code, wrong, no_outcome) == "ROOM_UNKNOWN"
        assert refusal(rooms.next, room.code, wrong) == "ROOM_UNKNOWN"
        assert refusal(rooms.close, room.code, wrong) == "ROOM_UNKNOWN"
    assert rooms.held(room.code, room.secret).is_open


def test_a_phone_has_one_pin_which_it_may_move_until_the_answer(rooms, lesson):
    room = rooms.open(lesson)
    rooms.put_pin(room.code, PHONE, 0, TOKYO)
    rooms.put_pin(room.code.lower(), PHONE, 0, LYON)
    rooms.put_pin(room.code, OTHER, 0, PARIS)
    assert dict(rooms.room(room.code).pins) == {PHONE: LYON, OTHER: PARIS}
    rooms.reveal(room.code, room.secret, no_outcome)
    assert refusal(rooms.put_pin, room.code, PHONE, 0, TOKYO) == "ROOM_TOO_LATE"
    assert rooms.room(room.code).pins[PHONE] == LYON


def test_no_pin_comes_in_while_the_answer_is_made(rooms, lesson):
    room = rooms.open(lesson)

    def judge(closed):
        assert refusal(rooms.put_pin, room.code, PHONE, 0, TOKYO) == "ROOM_TOO_LATE"
        return Outcome(len(closed.pins))

    assert rooms.reveal(room.code, room.secret, judge).outcome == Outcome(0)


def test_the_next_question_comes_after_the_answer_and_begins_without_pins(rooms, lesson):
    room = rooms.open(lesson)
    rooms.put_pin(room.code, PHONE, 0, TOKYO)
    assert rooms.next(room.code, room.secret).number == 0
    rooms.reveal(room.code, room.secret, no_outcome)
    following = rooms.next(room.code, room.secret)
    assert (following.number, dict(following.pins), following.outcome) == (1, {}, None)
    assert following.is_open
    assert refusal(rooms.put_pin, room.code, PHONE, 0, TOKYO) == "ROOM_TOO_LATE"  # for the question before
    rooms.put_pin(room.code, PHONE, 1, TOKYO)
    rooms.reveal(room.code, room.secret, no_outcome)
    assert rooms.next(room.code, room.secret).number == 1  # it was the last one


def test_every_step_but_a_pin_is_a_turn(rooms, lesson):
    room = rooms.open(lesson)
    assert rooms.put_pin(room.code, PHONE, 0, TOKYO).turn == room.turn
    shown = rooms.reveal(room.code, room.secret, no_outcome)
    assert shown.turn > room.turn
    assert rooms.next(room.code, room.secret).turn > shown.turn


@pytest.mark.parametrize("point", [(91, 0), (-91, 0), (float("nan"), 0), (0, float("inf"))])
def test_a_pin_off_the_globe_is_refused(rooms, lesson, point):
    room = rooms.open(lesson)
    with pytest.raises(ValueError, match=r"Latitude|Longitude|number|finite"):
        rooms.put_pin(room.code, PHONE, 0, point)
    assert not rooms.room(room.code).pins


# Limits and time


def test_a_full_room_takes_no_further_phone_but_those_in_it_may_move(rooms, lesson):
    room = rooms.open(lesson)
    rooms.put_pin(room.code, PHONE, 0, TOKYO)
    rooms.put_pin(room.code, OTHER, 0, TOKYO)
    assert refusal(rooms.put_pin, room.code, "phone-of-cy-00001", 0, TOKYO) == "ROOM_FULL"
    assert rooms.put_pin(room.code, OTHER, 0, LYON).pins[OTHER] == LYON


def test_rooms_are_few_few_of_one_client_and_their_photos_small_enough(rooms, lesson):
    rooms.open(lesson, 0, "a")
    second = rooms.open(lesson, 0, "a")
    assert refusal(rooms.open, lesson, 0, "a") == "ROOMS_FULL"
    rooms.open(lesson, 0, "b")
    assert refusal(rooms.open, lesson, 0, "c") == "ROOMS_FULL"
    rooms.close(second.code, second.secret)
    rooms.open(lesson, 0, "c")
    size = sum(len(one.photo) for one in lesson.questions)
    narrow = Rooms(RoomLimits(most_bytes=2 * size))
    narrow.open(lesson)
    narrow.open(lesson)
    assert refusal(narrow.open, lesson) == "ROOMS_FULL"


def test_a_room_is_over_after_its_time_or_when_nobody_leads_it(rooms, lesson, clock):
    limits = rooms.limits
    left = rooms.open(lesson, 0, "a")
    clock.now += limits.idle_seconds - 1
    assert rooms.room(left.code) is left  # phones do not keep it open
    clock.now += 1
    assert refusal(rooms.room, left.code) == "ROOM_CLOSED"
    led = rooms.open(lesson, 0, "a")
    for _ in range(int(limits.open_seconds / 600) - 1):
        clock.now += 600
        rooms.held(led.code, led.secret)
    clock.now += 600
    assert refusal(rooms.held, led.code, led.secret) == "ROOM_CLOSED"
    rooms.open(lesson, 0, "a")
    assert rooms.sweep() == 1
    clock.now += limits.idle_seconds
    assert rooms.sweep() == 0  # also where nobody asks for it
    assert len(rooms) == 0


def test_a_closed_room_says_so_and_an_unknown_one_too(rooms, lesson):
    room = rooms.open(lesson)
    rooms.close(room.code, room.secret)
    assert refusal(rooms.room, room.code) == "ROOM_CLOSED"
    assert refusal(rooms.put_pin, room.code, PHONE, 0, TOKYO) == "ROOM_CLOSED"
    assert refusal(rooms.room, "AAAAAA") == "ROOM_UNKNOWN"


# What phones get


def noise(width, height):
    photo = Image.effect_noise((width, height), 90).convert("RGB")
    photo.info["comment"] = b"Zyxville"
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=95, comment=b"Zyxville")
    return buffer.getvalue()


def test_a_photo_is_small_for_phones_whatever_it_shows_and_has_no_metadata():
    sent = noise(2400, 1800)
    small = phone_photo(open_photo(sent))
    assert b"Zyxville" in sent
    assert b"Zyxville" not in small
    assert len(small) <= MOST_PHOTO_BYTES
    assert max(Image.open(io.BytesIO(small)).size) >= 360


def test_before_the_answer_a_phone_is_told_nothing_of_it(rooms, lesson, gazetteer):
    room = rooms.open(lesson)
    rooms.put_pin(room.code, PHONE, 0, TOKYO)
    said = str(told(rooms.room(room.code)))
    for secret in ("Zyxville", "Qwertyburg", "bins", "48.85", "45.76", room.secret, PHONE, "139.69"):
        assert secret not in said
    shown = rooms.reveal(
        room.code, room.secret, lambda it: class_outcome(list(it.pins.values()), it.question, gazetteer)
    )
    said = told(shown)
    assert said["truth"] == {"place": "Zyxville", "point": PARIS, "country": ""}
    assert said["model"]["point"] == LYON
    assert PHONE not in str(said)
    assert room.secret not in str(said)


def test_the_phones_map_unpacks_to_the_outlines(gazetteer):
    (feature,) = gazetteer.outlines(["IS"])["features"]
    rings = phone_map(gazetteer)["IS"]
    coordinates = feature["geometry"]["coordinates"]
    expected = (
        [coordinates[0]] if feature["geometry"]["type"] == "Polygon" else [one[0] for one in coordinates]
    )
    for steps, ring in zip(rings, expected, strict=True):
        assert steps[0] / GRID == pytest.approx(ring[0][0], abs=0.011)
        last = sum(steps[0::2]) / GRID, sum(steps[1::2]) / GRID  # the first corner is not said twice
        assert last == pytest.approx(tuple(ring[-2]), abs=0.011)
    assert len(phone_map(gazetteer)["MC"][0]) in (2, 6, 8, 10, 12)  # a dot, or a very small ring


# How the class did


def test_the_spread_is_the_median_distance_and_the_share_in_the_right_country(gazetteer):
    pins = [LYON, PARIS, TOKYO, (43.3, 5.4)]  # three of four in France
    outcome = class_outcome(pins, question(), gazetteer)
    distances = sorted(great_circle(PARIS, pin, radius=6371).km for pin in pins)
    assert outcome.median_km == pytest.approx((distances[1] + distances[2]) / 2, rel=1e-6)
    assert outcome.right_share == 0.75
    assert outcome.pins == 4
    assert outcome.needs_model


def test_a_truth_at_sea_is_in_nobodys_country(gazetteer):
    at_sea = LessonQuestion(question().photo, "?", "", "France", Spot("A ship", 30.0, -40.0))
    assert class_outcome([(30.0, -40.0)], at_sea, gazetteer).right_share == 0


def test_without_pins_there_is_no_spread_but_the_model_is_heard(gazetteer):
    recorded = question(model_says(recorded_on="2026-11-21"))
    outcome = class_outcome([], recorded, gazetteer)
    assert (outcome.pins, outcome.median_km, outcome.right_share) == (0, None, None)
    assert outcome.model.distance_km == pytest.approx(great_circle(PARIS, LYON, radius=6371).km, rel=1e-6)
    assert not outcome.needs_model
    late = with_model(class_outcome([], question(), gazetteer), None, "no model", question(), gazetteer)
    assert (late.problem, late.model, late.needs_model) == ("no model", None, False)


def test_the_lecturer_reads_what_the_model_said_beside_the_class(rooms, lesson, gazetteer):
    room = rooms.open(lesson)
    assert result_html(room, is_loading=False) == ""  # pins are taken
    judged = rooms.reveal(
        room.code, room.secret, lambda it: class_outcome(list(it.pins.values()), it.question, gazetteer)
    )
    shown = result_html(judged, is_loading=False)
    assert text.ROOM_NO_PINS in shown
    away = round(great_circle(PARIS, LYON, radius=6371).km, -1)  # from the place to the model's pin
    assert f"{away:.0f} km away" in shown
    assert "Recorded with StreetCLIP" in shown
