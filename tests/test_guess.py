"""Guess first, without a browser: who knows what when, scores, totals, and what is typed."""

import html
import json
import re
from dataclasses import replace

import pytest
from geopy.distance import great_circle
from test_lessons import LABELS, PHOTO_BYTES

from streetclip_demo.errors import LabelError
from streetclip_demo.page.guess.lesson_view import (
    map_drawing,
    pin_html,
    progress_html,
    question_html,
    result_html,
    summary_html,
)
from streetclip_demo.page.guess.typed_place import typed_point
from streetclip_demo.teaching.lesson_run import LessonRun, score
from streetclip_demo.teaching.lessons import Lesson, LessonQuestion, ModelAnswer, Spot
from streetclip_demo.words import text

PARIS, LYON, TOKYO = (48.8566, 2.3522), (45.76, 4.84), (35.68, 139.69)
SECRETS = ("Zyxville", "Qwertyburg", "because of the bins", "48.8566", "45.76")


def question(recorded=None):
    answer = Spot("Zyxville", *PARIS)
    explanation = "We know because of the bins."
    return LessonQuestion(PHOTO_BYTES, "Where is <this>?", "By A & B", LABELS, answer, explanation, recorded)


def model_says(pin=LYON, **more):
    spot = Spot("Qwertyburg", *pin) if pin else None
    return ModelAnswer("StreetCLIP", "0123456789abcdef", spot, 0.6, (("France", 0.7), ("Japan", 0.3)), **more)


@pytest.fixture
def run():
    """A lesson of two questions: the first has a recorded answer."""
    return LessonRun(
        Lesson("A <lesson>", "About it", (question(model_says(recorded_on="2026-11-21")), question()))
    )


def plain(markup):
    return html.unescape(re.sub(r"<[^>]*>", " ", markup))


def shown(run, gazetteer):
    """All that the page shows of a run, but for the picture."""
    parts = [progress_html(run), question_html(run), result_html(run), pin_html(run.pin, gazetteer)]
    everything = "".join([*parts, *json.loads(map_drawing(run, gazetteer, "light")).values()])
    return re.sub(r"data:image/jpeg;base64,[^\"]*", "", everything)


# Who knows what when


def test_before_the_guess_the_page_holds_neither_answer_nor_prediction(run, gazetteer):
    for before in (run, run.with_pin(TOKYO)):
        assert [secret for secret in SECRETS if secret in shown(before, gazetteer)] == []
    after = shown(run.with_pin(TOKYO).guessed(gazetteer), gazetteer)
    assert [secret for secret in SECRETS if secret not in after] == []


def test_the_next_question_starts_without_a_pin_and_without_answers(run, gazetteer):
    second = run.with_pin(TOKYO).guessed(gazetteer).next()
    assert second.pin is None
    assert second.number == 1
    assert [secret for secret in SECRETS if secret in shown(second, gazetteer)] == []


def test_nothing_moves_a_pin_after_the_guess_and_nobody_guesses_twice(run, gazetteer):
    guessed = run.with_pin(TOKYO).guessed(gazetteer)
    assert guessed.with_pin(PARIS) is guessed
    assert guessed.guessed(gazetteer) is guessed


def test_there_is_no_guess_without_a_pin_and_no_next_question_without_a_guess(run, gazetteer):
    assert run.guessed(gazetteer) is run
    assert run.with_pin(TOKYO).next().number == 0


def test_a_model_is_asked_only_where_nothing_was_recorded(run, gazetteer):
    first = run.with_pin(TOKYO).guessed(gazetteer)
    assert not first.needs_model
    second = first.next().with_pin(TOKYO).guessed(gazetteer)
    assert second.needs_model
    assert not second.answered(model_says(), "", gazetteer).needs_model
    assert not second.answered(None, "It cannot.", gazetteer).needs_model


# Scores


def test_distance_and_points_are_those_of_the_globe_and_the_game(gazetteer):
    got = score(LYON, question(), gazetteer)
    assert got.distance_km == pytest.approx(great_circle(LYON, PARIS, radius=6371).km, abs=0.01)
    assert got.points == round(5000 * 2.718281828 ** (-got.distance_km / 1492.7))
    assert got.is_right_country
    assert not score(TOKYO, question(), gazetteer).is_right_country
    assert not score((0, -30), question(), gazetteer).is_right_country  # at sea
    assert score(PARIS, question(), gazetteer).points == 5000


def test_where_the_answer_is_a_country_a_pin_is_right_or_wrong_without_kilometres(gazetteer):
    of_france = replace(question(recorded=model_says()), country="FR")
    for pin, points, said in ((LYON, 5000, text.RIGHT_COUNTRY), (TOKYO, 0, text.OTHER_COUNTRY)):
        got = score(pin, of_france, gazetteer)
        assert (got.distance_km, got.points) == (None, points)
        run = LessonRun(Lesson("T", "", (of_france,))).with_pin(pin).guessed(gazetteer)
        told = plain(result_html(run)) + plain(summary_html(run.next()))
        assert said in told
        assert f"{points:,} of 5,000 points" in told
        assert " km" not in told
        assert text.COUNTRY_HELP in told
        assert text.SCORE_HELP not in told
        assert not re.search(r"[1-9][\d,]* km", map_drawing(run, gazetteer, "light"))


def test_both_are_told_with_distance_points_and_country(run, gazetteer):
    told = plain(result_html(run.with_pin(TOKYO).guessed(gazetteer)))
    assert "It was Zyxville." in told
    for part in ("9,700 km away", "7 of 5,000 points", text.OTHER_COUNTRY, "390 km away", text.RIGHT_COUNTRY):
        assert part in told, told
    assert "Recorded with StreetCLIP, revision 0123456789ab, 2026-11-21" in told
    assert "France 70 %" in re.sub(r"\s+", " ", told)


def test_an_answer_of_a_running_model_is_not_called_recorded(run, gazetteer):
    second = run.with_pin(TOKYO).guessed(gazetteer).next().with_pin(LYON).guessed(gazetteer)
    told = plain(result_html(second.answered(model_says(), "", gazetteer)))
    assert "asked just now" in told
    assert "Recorded" not in told


def test_totals_count_only_what_the_model_answered(run, gazetteer):
    one = run.with_pin(TOKYO).guessed(gazetteer)
    two = one.next().with_pin(PARIS).guessed(gazetteer).answered(None, text.MODEL_CANNOT, gazetteer)
    assert text.MODEL_CANNOT in plain(result_html(two))
    told = plain(progress_html(two))
    assert "You: 5,007 points" in told
    assert "in 1 of 2 questions" in told
    over = two.next()
    assert over.is_over
    summary = re.sub(r"\s+", " ", plain(question_html(over)))
    assert "You have 5,007 of 10,000 points" in summary
    assert "You did better than the model in 0 of 1 questions." in summary
    assert f"less than 1 km, 5,000 points {text.NO_ANSWER}" in summary
    # You: 9,712 km and 0; the model: 392 km in the one question that it answered
    assert "Right country 1 of 2 1 of 1 Half of the pins within 4,900 km 390 km" in summary
    assert "Within 25 km 1 of 2 0 of 1 Within 200 km 1 of 2 0 of 1 Within 750 km 1 of 2 1 of 1" in summary


def test_a_best_label_without_a_place_gets_no_points(run, gazetteer):
    second = run.with_pin(TOKYO).guessed(gazetteer).next().with_pin(LYON).guessed(gazetteer)
    told = plain(result_html(second.answered(model_says(pin=None), "", gazetteer)))
    assert text.MODEL_HAS_NO_PIN.format(place="France") in told


def test_a_teachers_text_is_text(run, gazetteer):
    markup = question_html(run)
    assert "Where is &lt;this&gt;?" in markup
    assert "By A &amp; B" in markup


# Typed places


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("Lyon", LYON),
        ("lyon, france", LYON),
        ("48.8566, 2.3522", PARIS),
        ("48.8566 N 2.3522 E", PARIS),
        ("Springfield, Illinois", (39.8, -89.64)),
    ],
)
def test_a_typed_place_is_found(gazetteer, typed, near):
    assert typed_point(typed, gazetteer) == (
        pytest.approx(near[0], abs=0.05),
        pytest.approx(near[1], abs=0.05),
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Frence", "Did you mean France"),
        ("131, 22", "Latitude must be between -90 and 90 degrees, got 131"),
        ("qqqqqqqqqq", "There is no place named “qqqqqqqqqq”"),
    ],
)
def test_a_typed_place_that_is_none_is_explained(gazetteer, typed, said):
    with pytest.raises(LabelError, match=re.escape(said)) as caught:
        typed_point(typed, gazetteer)
    assert "Line 1" not in str(caught.value)
