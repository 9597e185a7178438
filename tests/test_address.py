"""What an address may say, what is wrong with one, and that writing and reading agree."""

from dataclasses import fields, replace
from types import SimpleNamespace

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from streetclip_demo.checkpoints.cards import PRACTICE_TITLE
from streetclip_demo.locate.question import Question, asked_temperatures
from streetclip_demo.locate.starting_lists import PRACTICE_PRESET, all_presets, default_preset
from streetclip_demo.page.frame.address import (
    LANGUAGES,
    MOST_LABELS,
    MOST_STEP,
    THEMES,
    VIEWS,
    Address,
    Known,
    asked_cities,
    asked_labels,
    fits,
    given,
    known_to,
    link_notes_html,
    read_address,
    write_address,
)
from streetclip_demo.page.frame.strokes import CELLS, MOST_RECTANGLES, mask_of, read, rectangles, written
from streetclip_demo.page.locate.share_area import shared_address
from streetclip_demo.page.steps.steps import SCREENS
from streetclip_demo.photos.brush import FILLS
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, format_templates, parse_templates
from streetclip_demo.posterior.estimators import ESTIMATORS
from streetclip_demo.posterior.temperatures import PLAIN
from streetclip_demo.words import text

KNOWN = Known(("World (193 countries)", "Africa", "Asia"), ("norway", "japan", "kenya"))


def test_an_address_without_a_query_asks_for_nothing():
    assert read_address("", KNOWN) == Address()
    assert write_address(Address()) == ""


def test_an_address_carries_the_whole_state():
    query = "?embed=1&example=2&preset=africa&model=StreetCLIP&view=steps&step=3&locked=1&theme=dark&lang=de"
    assert read_address(query, KNOWN) == Address(
        True, True, 1, "", "Africa", "StreetCLIP", "steps", 3, "dark", "de"
    )


def test_every_step_can_be_named_and_no_other():
    assert len(SCREENS) == MOST_STEP
    assert read_address(f"step={MOST_STEP + 1}", KNOWN).problems == (
        text.ADDRESS_NOT_A_COUNT.format(name="step", value=str(MOST_STEP + 1), most=MOST_STEP),
    )


def test_an_address_carries_all_that_changes_the_answer():
    query = "templates=country%3A%20Is%20it%20%7Bcountry%7D%3F&cities=0&estimator=hedged&beam=3"
    assert read_address(query, KNOWN) == Address(
        templates="country: Is it {country}?", cities=False, estimator="hedged", beam=3
    )


def test_an_address_carries_the_models_beside_the_weights_and_a_sentence():
    known = replace(KNOWN, others=(("clip", "CLIP ViT-L/14-336"), ("my, model", "my, model")))
    address = read_address("beside=my%20model,CLIP%20ViT-L/14-336&weights=1,0.35,0&query=a%20street", known)
    assert address == Address(beside=("clip", "my, model"), weights=(1, 0.35, 0), query="a street")
    assert read_address(write_address(address), known) == address
    explained = replace(address, why=("Japan",), whose="my, model")
    assert read_address(write_address(explained), known) == explained
    assert read_address("beside=clip&whose=my%20model", known).problems == (
        text.ADDRESS_NOT_BESIDE.format(value="my model"),
    )
    wrong = read_address("beside=clip,klip&weights=1,2&query=x", replace(known, reads_sentences=False))
    assert (wrong.beside, wrong.weights, wrong.query) == (("clip",), (), "")
    assert wrong.problems == (
        text.ADDRESS_NOT_BESIDE.format(value="klip"),
        text.ADDRESS_NOT_WEIGHTS.format(value="1,2"),
        text.ADDRESS_NO_QUERY.format(value="x"),
    )


OTHERWISE = {
    "labels": "Japan\n  Nagasaki\nPeru & more",
    "templates": parse_templates("country: Is it {country}?\ncity: {city}\ncity: A photo of {city}."),
    "add_cities": True,
    "temperatures": PLAIN,
    "estimator": "hedged",
    "beam_width": 3,
}
# Without a control, and a button for a person's own photo.
NOT_IN_A_LINK = {"cities_per_country", "top_k", "anyway"}


@pytest.fixture(scope="module")
def services(gazetteer):
    """A page with the practice model."""
    return SimpleNamespace(
        presets=all_presets(gazetteer),
        default_preset=lambda state: default_preset(state.is_practice),
        model_state=lambda: SimpleNamespace(is_practice=True, title=PRACTICE_TITLE),
        example_names=lambda: KNOWN.examples,
        others=[],
        locate_query=None,
    )


@pytest.mark.parametrize("changed", [*OTHERWISE, "all of it"])
@pytest.mark.parametrize("locked", [False, True])
def test_the_link_to_a_question_asks_that_question(services, changed, locked):
    others = OTHERWISE if changed == "all of it" else {changed: OTHERWISE[changed]}
    question = replace(Question(services.presets[PRACTICE_PRESET], add_cities=False), **others)
    link = write_address(replace(shared_address(services, question, 2), locked=locked))
    address = read_address(link, known_to(services))
    assert address.problems == ()
    assert address.example == 2
    assert opened_question(services, address) == question
    assert {one.name for one in fields(Question)} == {*OTHERWISE, *NOT_IN_A_LINK}, "carried, or not to be"


def opened_question(services, address):
    """What a page asks that was opened so and touched by nobody."""
    begun = {"labels": services.presets[PRACTICE_PRESET], "cities": False, "calibrated": True, "beam": 5}
    values = (
        begun
        | {"estimator": "greedy", "templates": format_templates(DEFAULT_TEMPLATES)}
        | given(services, address)
    )
    return Question(
        asked_labels(services, address, values["labels"]),
        parse_templates(values["templates"]),
        asked_cities(services, address, values["cities"]),
        beam_width=values["beam"],
        estimator=values["estimator"],
        temperatures=asked_temperatures(values["calibrated"]),
    )


def test_an_example_may_be_named_or_numbered():
    assert read_address("example=japan", KNOWN).example == 1
    assert read_address("example=1", KNOWN).example == 0


def test_a_list_may_be_named_by_its_beginning():
    assert read_address("preset=world", KNOWN).preset == "World (193 countries)"


def test_labels_keep_their_lines_and_indentation():
    assert read_address("labels=Japan%0A%20%20Zug%20%40%2047.1%2C%208.2%0Acaf%C3%A9", KNOWN).labels == (
        "Japan\n  Zug @ 47.1, 8.2\ncafé"
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("embed=maybe", "“embed” must be 1 or 0, and it is “maybe”"),
        ("locked=2", "“locked” must be 1 or 0"),
        ("view=admin", "“view” must be one of locate, "),
        ("theme=neon", "must be one of light, dark"),
        ("lang=xx", "must be one of en, de, fr, es, ja"),
        ("example=0", "examples 1 to 3"),
        ("example=4", "examples 1 to 3"),
        ("example=-1", "examples 1 to 3"),
        ("example=²", "examples 1 to 3"),
        ("example=99999999999999999999", "examples 1 to 3"),
        ("cities=perhaps", "“cities” must be 1 or 0"),
        ("estimator=best", "“estimator” must be one of greedy, beam, hedged"),
        ("beam=0", "“beam” must be a whole number from 1 to 20, and it is “0”"),
        ("beam=21", "“beam” must be a whole number from 1 to 20"),
        ("templates=country%3A%20A%20photo", "caption templates in the address cannot be used: "),
        ("preset=Atlantis", "“Atlantis”. There are: World (193 countries); Africa; Asia"),
        ("preset=A", "There are: Africa; Asia"),
        ("labels=" + "x" * (MOST_LABELS + 1), "longer than 5,000 characters"),
        ("labels=" + "x" * 9000, "longer than 8,000 characters"),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence_and_left_out(query, said):
    address = read_address(query, KNOWN)
    assert said in " ".join(address.problems)
    assert len(address.problems) == 1
    assert address == Address(problems=address.problems)


def test_a_wrong_value_spoils_nothing_else():
    address = read_address("embed=1&theme=neon&example=2", KNOWN)
    assert (address.embed, address.example) == (True, 1)


def test_a_long_wrong_value_is_not_repeated_in_full():
    (problem,) = read_address("theme=" + "x" * 500, KNOWN).problems
    assert len(problem) < 200


def test_own_labels_win_over_a_list_and_it_is_told():
    address = read_address("labels=Japan%0APeru&preset=Africa", KNOWN)
    assert (address.labels, address.preset, len(address.problems)) == ("Japan\nPeru", "", 1)


def test_what_others_add_to_an_address_is_let_be():
    assert read_address("__theme=dark&__sign=abc&utm_source=slides", KNOWN) == Address()


lines = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(str.strip)


@hypothesis.given(
    st.builds(
        Address,
        embed=st.booleans(),
        locked=st.booleans(),
        example=st.none() | st.integers(0, 2),
        labels=st.lists(lines, max_size=5).map("\n".join),
        model=st.sampled_from(["", "StreetCLIP", "Practice model (drawn streets)"]),
        step=st.none() | st.integers(1, MOST_STEP),
        view=st.sampled_from(["", *VIEWS]),
        theme=st.sampled_from(["", *THEMES]),
        lang=st.sampled_from(["", *LANGUAGES]),
        templates=st.sampled_from(["", "country: {country} & 1", "city: {city}\ncity: A photo of {city}."]),
        estimator=st.sampled_from(["", *ESTIMATORS]),
        beam=st.none() | st.integers(1, 20),
        cities=st.none() | st.booleans(),
        row=st.lists(lines, max_size=5).map(tuple),
        why=st.lists(lines, max_size=5).map(tuple),
        brush=st.lists(st.tuples(*[st.integers(0, 15)] * 2, *[st.integers(1, 16)] * 2), max_size=3).map(
            tuple
        ),
        fill=st.sampled_from(["", *FILLS]),
        sweep=st.booleans(),
    )
)
def test_what_is_written_is_read_again(address):
    if fits(address):
        assert read_address(write_address(address), KNOWN) == address


TOO_MANY = ",".join(201 * ["1,1,1,1"])


@pytest.mark.parametrize("brush", ["1,2,3", "0,0,0,1", "0,0,33,1", "31,0,2,1", "-1,0,1,1", "a", TOO_MANY])
def test_a_brush_that_is_none_is_told_and_left_out(brush):
    address = read_address(f"why=Japan&brush={brush}", KNOWN)
    assert (address.why, address.brush, len(address.problems)) == (("Japan",), (), 1)
    assert "four for each rectangle" in address.problems[0]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_painted_is_rectangles_and_these_are_what_is_painted(seed):
    mask = np.random.default_rng(seed).random((CELLS, CELLS)) < 0.2 * seed
    mask[4:9, 3:20] = True
    painted = rectangles(mask)
    assert (mask_of(painted) == mask).all()
    assert sum(columns * rows for _, _, columns, rows in painted) == mask.sum()
    assert read(written(painted)) == (painted if len(painted) <= MOST_RECTANGLES else None)
    assert rectangles(mask_of([(3, 4, 17, 5)])) == ((3, 4, 17, 5),)


def test_a_list_that_is_too_long_does_not_fit_a_link():
    assert fits(Address(labels="Japan\nPeru"))
    assert not fits(Address(labels="x" * (MOST_LABELS + 1)))
    assert not fits(Address(labels="日" * 1000))  # nine characters each in an address


@hypothesis.given(st.text(max_size=300))
def test_no_query_is_too_strange_to_read(query):
    assert isinstance(read_address(query, KNOWN), Address)


def test_what_an_address_says_is_text_on_the_page():
    problems = read_address('?view=<script>x</script>&embed="', Known()).problems
    assert len(problems) == 2
    html = link_notes_html(problems)
    assert html.count("<p>") == 2
    assert "<script" not in html
    assert "&lt;script&gt;x" in html
    assert link_notes_html(()) == ""
