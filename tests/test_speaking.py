"""Clues that speak for an answer: what is taken out of an embedding, what is named, and how it is said."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from streetclip_demo.locate.opened import open_model
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.speaking import (
    LEAST_RAISED,
    LEAST_READ,
    ReadClue,
    captions_of,
    offered_clues,
    read_clues,
    speaking_for,
    without_direction,
)
from streetclip_demo.page.clues.clue_area import told_ties
from streetclip_demo.page.clues.speaking_line import speaking_html
from streetclip_demo.page.frame.address import Address
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.locate.export_area import export_file
from streetclip_demo.page.locate.share_area import with_reasons
from streetclip_demo.page.steps.tab import why_html
from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.posterior.deciding import deciding_label
from streetclip_demo.practice.facts import CLUES
from streetclip_demo.practice.gate import load_gate
from streetclip_demo.report.sentences import speaking
from streetclip_demo.teaching.clue_bench import drawing_of
from streetclip_demo.words import text
from streetclip_demo.words.language import speaking as in_language
from streetclip_demo.words.lists import listed

LABELS = "Japan\nFrance\nThailand\nSouth Korea\nNorway"
QUESTION = Question(LABELS, add_cities=False, anyway=True)


@pytest.fixture(scope="module")
def practice():
    return open_model("practice").locator


@pytest.fixture(scope="module")
def japan(practice):
    """A drawn street of Japan with its answer."""
    photo = drawing_of("Japan", 7).photo()
    practice.know(photo)
    kept = keep(photo, practice.view(photo))
    return Session(kept, question=QUESTION, prediction=practice.locate(kept, QUESTION), stands=True)


@pytest.fixture(scope="module")
def services(practice):
    def read(photo, prediction, clues):
        return read_clues(practice, photo, prediction, clues)

    return SimpleNamespace(
        read_clues=read,
        gate=load_gate(),
        model_state=lambda: SimpleNamespace(is_practice=True),
        street_doubt=lambda photo, prediction, question: None,
    )


def label(name):
    return Candidate(name, "label", None, None)


def clue(name, before, after, read=0.9, value="latin"):
    labels = (label("A"), label("B"))
    return ReadClue(name, value, read, labels, *np.log([[before, 1 - before], [after, 1 - after]]))


def test_without_a_direction_both_sides_fit_alike():
    """By hand: from (0, 1, 0) to (1, 0, 0) is (1, -1, 0); of (0.6, 0, 0.8) the part along it is (0.3, -0.3, 0)."""
    left = without_direction(np.array([0.6, 0, 0.8]), np.eye(3)[:2], 0)
    assert left == pytest.approx(np.array([0.3, 0.3, 0.8]) / np.sqrt(0.82))


def test_the_others_count_by_their_mean():
    captions = np.eye(4)[:3]
    left = without_direction(np.array([0.5, 0.5, 0.5, 0.5]), captions, 2)
    assert left @ captions[2] == pytest.approx(left @ captions[:2].mean(axis=0))


def test_the_shares_with_a_clue_are_the_answers_and_without_it_those_of_the_changed_embedding(
    practice, japan
):
    (read,) = read_clues(practice, japan.photo, japan.prediction, ["script"])
    answered = {node.candidate.name: node.share for node in japan.prediction.roots}
    assert {label.name: read.tie(label.name).share for label in read.labels} == pytest.approx(answered)
    (embedded,) = practice.embed([japan.photo])
    captions = practice.read_captions(captions_of(["script"]))
    which = CLUES["script"].values.index(read.value)
    changed = replace(embedded, embedding=without_direction(embedded.embedding, captions, which))
    after = {node.candidate.name: node.share for node in practice.answer(changed, QUESTION).roots}
    assert {label.name: read.tie(label.name).without for label in read.labels} == pytest.approx(
        after, abs=1e-6
    )
    shares = practice.shares(japan.photo, captions_of(["script"]), anyway=True)
    assert read.read == pytest.approx(shares.max())  # as the area of clues has it


def test_a_drawn_streets_script_speaks_for_its_country_alone(practice, japan):
    (read,) = read_clues(practice, japan.photo, japan.prediction, ["script"])
    assert read.value == "japanese"
    assert read.tie("Japan").raised > LEAST_RAISED
    assert read.tie("France").raised < 0
    assert read.raised_most()[0].label.name == "Japan"


def test_the_photo_is_not_looked_at_again(practice, japan, monkeypatch):
    monkeypatch.setattr(practice._photos, "_see_views", None)
    assert read_clues(practice, japan.photo, japan.prediction, ["script"])


def test_at_most_three_clues_are_named_the_strongest_first():
    clues = [clue(key, 0.6, 0.6 - gain) for key, gain in zip("abcd", (0.1, 0.3, 0.2, 0.4), strict=True)]
    assert [one.clue for one in speaking_for("A", clues)] == ["d", "b", "c"]


def test_what_is_within_noise_or_hardly_read_is_not_named():
    raised = 1 / (1 + np.exp(LEAST_RAISED))  # from where on to even odds it is raised by just that
    assert speaking_for("A", [clue("a", 0.5, raised - 1e-6)])
    assert not speaking_for("A", [clue("a", 0.5, raised + 1e-3)])
    assert not speaking_for("A", [clue("a", 0.6, 0.2, read=LEAST_READ - 0.01)])
    assert not speaking_for("B", [clue("a", 0.6, 0.2)])


def test_a_share_without_digits_left_is_raised_by_what_its_logits_say():
    """By hand: of two labels the logarithm of the odds is the difference of their logits."""
    labels, sure, less = (label("A"), label("B")), np.array([60.0, 0.0]), np.array([55.0, 0.0])
    read = ReadClue("a", "latin", 0.9, labels, sure, less)
    tie = read.tie("A")
    assert (tie.share, tie.without) == (1, 1)
    assert tie.raised == pytest.approx(5)
    assert read.tie("B").raised == pytest.approx(-5)
    assert speaking_for("A", [read])
    three = ReadClue("a", "latin", 0.9, (*labels, label("C")), np.zeros(3), np.array([-3000.0, 0, 0]))
    assert three.tie("A").raised == pytest.approx(3000)


def test_a_label_alone_is_raised_by_nothing():
    alone = ReadClue("a", "latin", 0.9, (label("A"),), np.array([3.0]), np.array([1.0]))
    assert alone.tie("A").raised == 0


def test_only_clues_of_the_gate_are_offered_for_the_practice_model():
    measured = load_gate().clues
    gate = replace(load_gate(), clues=measured | {"script": replace(measured["script"], learnt=False)})
    assert set(offered_clues(gate, is_practice=True)) == set(CLUES) - {"script"}
    assert offered_clues(gate, is_practice=False) == tuple(CLUES)


@pytest.mark.parametrize(
    ("language", "two", "three"),
    [
        ("en", "a and b", "a, b and c"),
        ("de", "a und b", "a, b und c"),
        ("fr", "a et b", "a, b et c"),
        ("es", "a y b", "a, b y c"),
        ("ja", "a、b", "a、b、c"),
    ],
)
def test_a_row_of_things_is_written_as_its_reader_does(language, two, three):
    with in_language(language):
        assert [listed("a"), listed("ab"), listed("abc")] == ["a", two, three]


def test_in_spanish_two_sounds_of_i_do_not_meet():
    with in_language("es"):
        rows = [listed(["uno", last]) for last in ("iglesias", "hilos", "hielo", "árboles")]
    assert rows == ["uno e iglesias", "uno e hilos", "uno y hielo", "uno y árboles"]


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ja"])
def test_every_clue_has_its_words_in_every_language(language):
    with in_language(language):
        said = speaking(label("A"), [clue("script", 0.5, 0.1, value="cyrillic")])
    words = {"en": "Cyrillic", "de": "kyrillischer", "fr": "cyrillique", "es": "cirílica", "ja": "キリル文字"}
    assert words[language] in said


def test_the_line_speaks_of_the_row_that_is_chosen(services, japan):
    line = speaking_html(services, Visitor(japan), ())
    assert "What speaks for Japan: signs in Japanese script" in line
    assert text.SPEAKS_NOT_MEASURED not in line
    assert "for Japan" not in speaking_html(services, Visitor(japan), ("France",))
    assert speaking_html(services, Visitor(japan), ("Peru",)) == line  # the row of an earlier answer


def test_files_links_and_steps_say_what_the_line_says(services, japan, practice, gazetteer):
    visitor = Visitor(japan)
    unread = SimpleNamespace(**vars(services) | {"read_clues": lambda *asked: ()})
    assert speaking_html(unread, visitor, ()) == ""
    assert text.WHY not in export_file(gazetteer, visitor.session, "html", "light", False)["text"]
    (said,) = re.findall("<p class=.speaks.>(.*?)</p>", speaking_html(services, visitor, ("Japan",)))
    assert said in export_file(gazetteer, visitor.session, "html", "light", False)["text"]
    assert with_reasons(Address(example=1), visitor.session).row == ("Japan",)
    page = SimpleNamespace(
        **vars(services) | {"explain": practice.explain, "seen": lambda photo: photo, "others": ()}
    )
    last = why_html(page, visitor, ("Japan",))
    assert said in last
    assert "raised Japan against" in last
    assert said not in why_html(page, visitor, ("France",))
    assert with_reasons(Address(example=1), visitor.session) == Address(example=1, why=("France",))
    assert visitor.session.answered(QUESTION, japan.prediction).spoken is None


def test_a_row_of_an_earlier_answer_is_in_no_link(services, japan):
    visitor = Visitor(japan)
    speaking_html(services, visitor, ("Peru",))
    assert with_reasons(Address(example=1), visitor.session).row == ()


def test_of_another_model_the_line_says_that_it_is_not_measured(services, japan):
    services = SimpleNamespace(**vars(services) | {"model_state": lambda: SimpleNamespace(is_practice=False)})
    assert text.SPEAKS_NOT_MEASURED in speaking_html(services, Visitor(japan), ())


def test_nothing_is_said_where_it_would_mean_nothing(services, japan):
    marked = replace(japan.prediction, manifest=replace(japan.prediction.manifest, mark="only drawings"))
    belief = SimpleNamespace(points=[])
    for prediction in (marked, replace(japan.prediction, belief=belief), None):
        assert speaking_html(services, Visitor(replace(japan, prediction=prediction)), ()) == ""
        assert told_ties(services, replace(japan, prediction=prediction), (), ["script"]) == {}
    assert speaking_html(services, Visitor(replace(japan, stands=False)), ()) == ""
    assert speaking_html(services, Visitor(), ()) == ""


def test_while_captions_are_read_the_line_asks_again(services, japan):
    reading = SimpleNamespace(**vars(services) | {"read_clues": lambda *asked: None})
    assert "data-later" in speaking_html(reading, Visitor(japan), ())
    assert told_ties(reading, japan, (), ["script"]) == {}


def test_the_area_tells_the_answer_with_and_without_a_clue(services, japan):
    told = told_ties(services, japan, ("France",), ["script", "soil"])
    assert list(told) == ["script", "soil"]
    (read,) = services.read_clues(japan.photo, japan.prediction, ["script"])
    first = text.CLUE_TIE.format(
        place="France",
        share=one_decimal(read.tie("France").share),
        without=one_decimal(read.tie("France").without),
    )
    assert told["script"][0] == first
    assert [line.partition(":")[0] for line in told["script"][:2]] == ["France", "Japan"]


def one_decimal(share):
    return f"{100 * share:.1f} %".replace(".0 %", " %") if share >= 0.001 else "< 0.1 %"


def test_a_path_leads_to_the_label_that_decides(practice):
    photo = photo_from_image(drawing_of("Japan", 7).photo().image)
    nested = practice.locate(
        photo, Question("Asia\n  Japan\n    Tokyo\n  Thailand", add_cities=False, anyway=True)
    )
    assert deciding_label(nested, ("Asia", "Thailand")).candidate.name == "Thailand"
    assert deciding_label(nested, ("Asia", "Japan", "Tokyo")).candidate.name == "Japan"
    for path in ((), ("Asia",), ("Peru", "Japan"), ("Asia", "Peru")):
        assert deciding_label(nested, path).candidate.name == nested.roots[0].children[0].candidate.name
