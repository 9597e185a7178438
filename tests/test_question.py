"""A question is checked in one place, and a client's mistake is named whichever way it came."""

import json
import math

import httpx
import pytest
from gradio_client import handle_file
from page_server import model_behind, serve
from PIL import Image

from streetclip_demo.errors import LabelError, QuestionError, TemplateError, UserError
from streetclip_demo.locate.question import MAX_BEAM, MAX_CAPTIONS, Question
from streetclip_demo.places.candidates import parse_outline
from streetclip_demo.places.templates import MAX_PROBLEMS, Templates, parse_templates

HALF = "\ud800"  # of a character, as JSON may bring it
NO_NUMBER = [None, True, 0, -3, 2.5, 5.0, "7", "", [5], {}, math.nan, math.inf, 10**9, 10**5000]


def short(value):
    """A name for a case."""
    return "huge" if isinstance(value, int) and value > 10**15 else ascii(value)[:12]


NO_SWITCH = [None, 0, 1, "yes", "", [], {}, math.nan]


@pytest.mark.parametrize("value", NO_NUMBER, ids=short)
@pytest.mark.parametrize("name", ["beam_width", "top_k", "cities_per_country"])
def test_a_number_that_is_none_is_named(name, value):
    with pytest.raises(
        QuestionError, match=rf"^{name} must be a whole number from 1 to [\d,]+, got "
    ) as caught:
        Question("Japan", **{name: value})
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("value", NO_SWITCH, ids=short)
@pytest.mark.parametrize("name", ["add_cities", "anyway"])
def test_a_switch_that_is_none_is_named(name, value):
    with pytest.raises(QuestionError, match=f"^{name} must be true or false, got "):
        Question("Japan", **{name: value})


@pytest.mark.parametrize("value", ["Beam", "", None, 3, ["beam"], {}, HALF, "x" * 10**6], ids=short)
def test_an_estimator_that_there_is_not_is_named(value):
    with pytest.raises(QuestionError, match=r"^estimator must be greedy, beam or hedged, got ") as caught:
        Question("Japan", estimator=value)
    str(caught.value).encode()
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("value", [None, ["Japan"], {"Japan": 1}, 3, True, b"Japan"], ids=short)
def test_labels_that_are_no_text_are_named(value):
    with pytest.raises(LabelError, match=r"^labels must be text, got "):
        Question(value)


def test_half_a_character_is_named_with_its_line():
    with pytest.raises(LabelError, match=r"^Line 2 of labels holds half a character \(U\+D800\)"):
        Question(f"Japan\nPe{HALF}ru")
    with pytest.raises(TemplateError, match=r"^Line 2: it holds half a character"):
        parse_templates(f"city: {{city}}\ncity: {HALF} {{city}}")
    with pytest.raises(TemplateError, match=r"the templates of city holds half a character"):
        Question("Japan", Templates(city=(HALF,)))


def test_templates_that_are_none_are_named():
    for value in (None, ["city: {city}"], {}, 3, True):
        with pytest.raises(TemplateError, match=r"^templates must be text, got "):
            parse_templates(value)
    for value in (None, "city: {city}", {}):
        with pytest.raises(TemplateError, match=r"^templates must be Templates"):
            Question("Japan", value)
    for value in ("{city}", (), None, (3,)):
        with pytest.raises(UserError, match="templates of city must be"):
            Question("Japan", Templates(city=value))


def test_of_many_wrong_templates_the_first_are_named_and_the_rest_counted():
    with pytest.raises(TemplateError) as caught:
        parse_templates("x\n" * 200_000)  # 400 KB
    lines = str(caught.value).splitlines()
    assert len(lines) == MAX_PROBLEMS + 1
    assert lines[0].startswith("Line 1: ")
    assert lines[-1] == "199,980 more lines cannot be used either."


def test_the_number_of_captions_of_a_question_is_limited(gazetteer):
    names = "\n".join(f"label {number}" for number in range(2000))
    outline = parse_outline(names, gazetteer)
    Question(names, Templates(label=tuple(f"{n} {{name}}" for n in range(8)))).check_size(outline)
    with pytest.raises(QuestionError, match=r"160,000 captions.* At most 16,000"):
        Question(names, Templates(label=tuple(f"{n} {{name}}" for n in range(80)))).check_size(outline)


def test_cities_that_may_be_opened_count_too(gazetteer):
    outline = parse_outline("Japan\nPeru\na desert", gazetteer)
    ensemble = Templates(city=tuple(f"{n} {{city}}" for n in range(80)))
    Question("", ensemble, cities_per_country=99, beam_width=2).check_size(outline)  # 3 + 2 x 99 x 80
    with pytest.raises(QuestionError, match=f"{3 + 2 * 100 * 80:,} captions"):
        Question("", ensemble, cities_per_country=100, beam_width=2).check_size(outline)
    Question("", ensemble, cities_per_country=100, beam_width=2, add_cities=False).check_size(outline)


def test_a_world_with_an_ensemble_as_large_as_they_may_be_is_within_the_limits():
    assert MAX_CAPTIONS >= 193 * 80 + 5 * 30
    assert MAX_BEAM >= 252


# The endpoint


@pytest.fixture(scope="module")
def served(tiny_checkpoint, gazetteer, tmp_path_factory):
    model = model_behind(tiny_checkpoint, gazetteer)
    model.start()
    with serve(model, gazetteer, (), tmp_path_factory.mktemp("temp")) as page:
        yield page


GOOD = {
    "labels": "Japan\nPeru",
    "templates": "",
    "add_cities": False,
    "estimator": "beam",
    "beam_width": 5,
    "anyway": False,
    "calibrated": True,
}


@pytest.fixture
def told(served, tmp_path):
    """What the endpoint says to a good question in which one argument is another."""
    path = tmp_path / "photo.png"
    Image.new("RGB", (40, 30), (90, 140, 60)).save(path)

    def told(name, value):
        uploaded = httpx.post(f"{served.url}gradio_api/upload", files={"files": path.read_bytes()}).json()[0]
        photo = handle_file(path) | {"path": uploaded}
        body = json.dumps({"data": [photo, *(GOOD | {name: value}).values()]})
        headers = {"Content-Type": "application/json"}
        asked = httpx.post(f"{served.url}gradio_api/call/locate", content=body, headers=headers)
        if asked.status_code == 400:  # half a character is told at the door
            return f"event: error\ndata: {asked.text}"
        return httpx.get(f"{served.url}gradio_api/call/locate/{asked.json()['event_id']}", timeout=120).text

    return told


WRONG = [
    *(("labels", value) for value in (None, [], ["Japan"], {"a": 1}, 3, True, f"Ja{HALF}pan")),
    *(("templates", value) for value in (None, [], {}, 3, False, f"city: {HALF} {{city}}", "x\n" * 1000)),
    *(("add_cities", value) for value in ("yes", 1, [], {})),  # None: as the model begins
    *(("estimator", value) for value in ("Beam", None, 1, ["beam"], {}, HALF)),
    *(("beam_width", value) for value in (None, 0, -3, 2.5, "7", True, [5], {}, 10**9, 10**300)),
    *(("anyway", value) for value in (None, "no", 0, [], {})),
    *(("calibrated", value) for value in (None, "no", 0)),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=short)
def test_the_endpoint_names_the_clients_mistake(told, name, value):
    events = told(name, value)
    assert "event: error" in events
    said = json.loads(events.partition("data: ")[2].splitlines()[0])["error"]
    assert name in said or said.startswith("Line 1") or (HALF in str(value) and "lone surrogate" in said)
    assert "our side" not in said
    assert len(said) < 4000


def test_a_good_question_is_answered(told):
    assert "event: complete" in told("beam_width", 20)
