"""Why this answer, without a browser: what is refused, and what is said where there is no map."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import ImageOps

from streetclip_demo.errors import NobodyWaits, QuestionError, UserError
from streetclip_demo.locate.opened import open_model
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.sweep import sweeping
from streetclip_demo.own_files import ASSETS
from streetclip_demo.page.explain import swept as swept_page
from streetclip_demo.page.explain.brushed import CELLS, brush_of, painted, told_brush, without_html
from streetclip_demo.page.explain.explained import explained
from streetclip_demo.page.explain.looked import looked_html
from streetclip_demo.page.explain.swept import sweeps_html
from streetclip_demo.page.explain.why_area import awaited_or_compared, model_choices
from streetclip_demo.page.frame import asker
from streetclip_demo.page.frame.address import Address
from streetclip_demo.page.frame.following import chosen_path
from streetclip_demo.page.frame.session import Beside, Session, Visitor
from streetclip_demo.page.locate.export_area import export_file
from streetclip_demo.page.locate.share_area import with_reasons
from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.words import text

NOTHING = "0" * CELLS**2


@pytest.fixture(scope="module")
def practice():
    return open_model("practice").locator


@pytest.fixture(scope="module")
def session(practice):
    photo = open_photo((ASSETS / "examples" / "japan.png").read_bytes())
    question = Question("Japan\nFrance\nBrazil", add_cities=False)
    kept = keep(photo, practice.view(photo))
    return Session(kept, question=question, prediction=practice.locate(kept, question), stands=True)


@pytest.fixture(scope="module")
def services(practice):
    return SimpleNamespace(
        explain=practice.explain,
        locate=lambda photo, question, progress=None: practice.locate(photo, question, progress),
        sweep=lambda swept: sweeping(practice, swept),
        seen=lambda photo: photo,
        others=(),
    )


def painted_over(cells, services, session, model=""):
    """What the page reports that was painted with the mean colour, on the square of an answer."""
    return brush_of(cells, "mean", explained(services, session, model).name)


@pytest.mark.parametrize("cells", ["", "01", NOTHING + "0", NOTHING[1:] + "2", NOTHING[1:] + "\u0661"])
def test_what_is_no_grid_is_refused(cells):
    with pytest.raises(UserError, match=text.DOES_NOT_FIT):
        painted(cells)


@pytest.mark.parametrize("told", ["", "{", "[]", "{}", '{"cells": 1, "fill": "blur", "answer": ""}'])
def test_what_is_no_stroke_is_refused(told):
    with pytest.raises(UserError, match=text.DOES_NOT_FIT):
        told_brush(told)


def test_a_cell_is_where_it_was_painted():
    mask = painted("0" * (CELLS + 2) + "1" + "0" * (CELLS**2 - CELLS - 3))
    assert np.argwhere(mask).tolist() == [[1, 2]]


@pytest.mark.parametrize("row", ["{", '"Japan"', "[1]", "null", "7"])
def test_what_is_no_row_is_refused(row):
    with pytest.raises(UserError, match=text.DOES_NOT_FIT):
        chosen_path(row)


def test_the_row_of_an_earlier_answer_gives_way_to_the_first(services, session):
    peru, first = (looked_html(services, Visitor(session), path) for path in (("Peru",), ()))
    assert peru == first
    with pytest.raises(QuestionError):
        services.explain(session.photo, session.prediction, ("Peru",))


def test_without_an_answer_there_is_a_sentence(services, session):
    assert text.WHY_NO_ANSWER in looked_html(services, Visitor(), ())
    assert text.WHY_NO_ANSWER in looked_html(services, Visitor(Session(session.photo)), ())
    lost = without_html(services, Visitor(), brush_of("1" * CELLS**2, "blur", ""))
    assert list(sweeps_html(services, Visitor(), "blur")) == [lost]
    assert text.ANSWER_LOST.partition("“")[0] in lost


def test_nothing_painted_says_nothing_and_an_unknown_fill_is_refused(services, session):
    assert without_html(services, Visitor(session), painted_over(NOTHING, services, session)) == ""
    with pytest.raises(UserError, match=text.DOES_NOT_FIT):
        brush_of(NOTHING, "pink", "")


def test_a_stroke_on_the_square_of_an_earlier_answer_is_not_asked_about(services, session):
    stroke = painted_over("1" + NOTHING[1:], services, session)
    visitor = Visitor(replace(session, question=Question("Japan\nFrance", add_cities=False)))
    assert without_html(services, visitor, stroke) == ""
    assert visitor.session.reasons == {}


def test_what_is_computed_for_an_answer_that_the_page_left_meanwhile_is_not_shown(services, session):
    visitor, answered = Visitor(session), replace(session, prediction=replace(session.prediction))

    def explain(*asked):
        visitor.session = answered
        return services.explain(*asked)

    def locate(*asked):
        visitor.session = answered
        return services.locate(*asked)

    meanwhile = SimpleNamespace(**vars(services) | {"explain": explain, "locate": locate})
    assert looked_html(meanwhile, visitor, ()) is None
    visitor.session = session
    assert without_html(meanwhile, visitor, painted_over("1" + NOTHING[1:], services, session)) == ""
    assert answered.reasons == visitor.session.reasons == {}


def test_what_was_painted_belongs_to_one_answer(services, session):
    other = replace(session, question=Question("Japan\nFrance", add_cities=False))
    answers = {
        looked_html(services, Visitor(one), ()).split('data-answer="')[1][:16]
        for one in (session, session, other)
    }
    assert len(answers) == 2


def test_what_the_page_shows_of_the_reasons_is_kept_with_its_answer(services, session):
    visitor = Visitor(session)
    looked_html(services, visitor, ("France",))
    without_html(services, visitor, painted_over("1" + NOTHING[1:], services, session))
    *_, last = sweeps_html(services, visitor, "blur")
    reasons = visitor.session.reasons[""]
    assert reasons.looked.path == ("France",)
    assert (reasons.brushed.mask.sum(), reasons.brushed.fill) == (1, "mean")
    assert reasons.swept.done == reasons.swept.steps
    assert text.SWEPT_STRONGEST in last
    without_html(services, visitor, painted_over(NOTHING, services, session))
    assert visitor.session.reasons[""].brushed is None
    visitor.answered(visitor.session, session.question, session.prediction)
    assert visitor.session.reasons == {}


@pytest.fixture
def often(monkeypatch):
    """A sweep that shows each step."""
    monkeypatch.setattr(swept_page, "SECONDS_BETWEEN", 0)


def known_cells(picture):
    """How many parts have their points."""
    return len(re.findall(r"<td[^>]*>[^<]*[0-9]", picture))


def test_the_picture_of_a_sweep_fills_and_stops_where_the_visitor_stops_it(services, session, often):
    visitor = Visitor(session)
    pictures = sweeps_html(services, visitor, "mean")
    assert [known_cells(next(pictures)) for _ in range(3)] == [1, 2, 3]
    visitor.sweeping = None
    (last,) = pictures
    assert known_cells(last) == 4
    assert "<progress" not in last
    assert visitor.session.reasons[""].swept.done == 4


def test_a_sweep_ends_when_the_page_has_another_answer_or_its_visitor_is_gone(
    services, session, often, monkeypatch
):
    visitor = Visitor(session)
    pictures = sweeps_html(services, visitor, "mean")
    next(pictures)
    other = replace(session, prediction=replace(session.prediction))
    visitor.session = other
    assert list(pictures) == []
    assert visitor.session is other
    pictures = sweeps_html(services, Visitor(session), "mean")
    next(pictures)
    monkeypatch.setattr(asker, "is_there", lambda: False)
    with pytest.raises(NobodyWaits):
        next(pictures)


def test_a_sweep_of_one_label_alone_is_refused(services, session, practice):
    question = Question("Japan", add_cities=False)
    alone = replace(session, question=question, prediction=practice.locate(session.photo, question))
    with pytest.raises(QuestionError, match="one label"):
        next(sweeps_html(services, Visitor(alone), "mean"))


def test_a_later_sweep_takes_the_place_of_an_earlier_one(services, session, often):
    visitor = Visitor(session)
    first, second = (sweeps_html(services, visitor, fill) for fill in ("mean", "blur"))
    next(first)
    next(second)
    assert list(first) == []  # or its picture took the place of the later one's
    assert known_cells(next(second)) == 2


@pytest.fixture(scope="module")
def compared(services, session, practice):
    """The same with another model beside: the same one, which sees another square and was asked about it."""
    mirrored = replace(session.photo, view=ImageOps.mirror(session.photo.view))
    theirs = practice.locate(mirrored, session.question)
    theirs = replace(theirs, manifest=replace(theirs.manifest, revision="another one"))
    told = {"name": "other", "title": "Other", "seen": lambda photo: mirrored}
    loading = SimpleNamespace(ready=False, problem="", title="Own")
    other = SimpleNamespace(**vars(services) | told | {"state": lambda: loading})
    both = SimpleNamespace(**vars(services) | {"others": (other,), "model_state": lambda: loading})
    beside = Beside(session.prediction, {"other": theirs}, ("other",), (1.0, 1.0))
    return both, replace(session, beside=beside), mirrored


def test_another_model_that_is_compared_is_explained_by_itself(compared, services):
    both, session, mirrored = compared
    visitor, theirs = Visitor(session), session.beside.answers["other"]
    pictures = {model: looked_html(both, visitor, (), model) for model in ("", "other", "unknown")}
    assert pictures["unknown"] == pictures[""] != pictures["other"]
    assert (
        looked_html(services, Visitor(replace(session, photo=mirrored, prediction=theirs)), ())
        == pictures["other"]
    )
    assert visitor.session.reasons["other"].prediction is theirs
    assert visitor.session.reasons[""].prediction is session.prediction
    strokes = {model: painted_over("1" * 64 + NOTHING[64:], both, session, model) for model in ("", "other")}
    told = {model: without_html(both, visitor, stroke, model) for model, stroke in strokes.items()}
    assert told[""] != told["other"]
    assert without_html(both, visitor, strokes[""], "other") == ""  # painted before another was chosen
    visitor.session = replace(session, beside=replace(session.beside, chosen=()))
    assert text.WHY_NOT_YET.format(model="Other") in looked_html(both, visitor, (), "other")


def test_a_link_has_the_reasons_of_the_model_that_is_explained_and_opens_with_them(compared):
    both, session, _ = compared
    visitor = Visitor(session)
    for model, path in (("", ("France",)), ("other", ("Brazil",))):
        looked_html(both, visitor, path, model)
    address = Address(example=0, beside=("other",))
    linked = with_reasons(address, visitor.session, "other")
    assert (linked.why, linked.whose) == (("Brazil",), "other")
    assert with_reasons(address, visitor.session) == replace(address, why=("France",))
    both.example_names, both.example_called = lambda: ("japan",), lambda name: 0
    both.open_example = lambda number: session.photo
    visitor.address = linked
    assert "data-given" in looked_html(both, visitor, linked.why, "other")
    assert "data-given" not in looked_html(both, visitor, linked.why, "")


def test_whose_answer_is_explained_can_be_chosen_among_those_that_are_there_and_that_of_the_link(compared):
    both, session, _ = compared
    linked, left = Address(whose="other"), replace(session, beside=replace(session.beside, chosen=()))
    assert awaited_or_compared(both, session, Address()) == ["other"]
    assert awaited_or_compared(both, left, Address(), "other") == []
    assert awaited_or_compared(both, left, linked) == ["other"]  # which is loading
    assert awaited_or_compared(both, replace(session, beside=None), Address(), "other") == ["other"]
    assert model_choices(both, "other", ["other"]).choices == [("Own", ""), ("Other", "other")]


def test_a_file_of_several_models_has_the_reasons_of_each(compared, gazetteer):
    both, session, _ = compared
    visitor = Visitor(session)
    for model, path in (("", ("France",)), ("other", ("Brazil",))):
        looked_html(both, visitor, path, model)
    document = export_file(gazetteer, visitor.session, "html", "light", False)["text"]
    own, theirs = document.partition("<h2>B · ")[::2]
    assert "raised France against" in own
    assert "raised Brazil against" not in own
    assert "raised Brazil against" in theirs


def test_where_several_squares_count_the_middle_one_is_explained_alone(services, session):
    manifest = replace(session.prediction.manifest, seen=("left", "centre", "right"))
    visitor = Visitor(replace(session, prediction=replace(session.prediction, manifest=manifest)))
    assert text.WHY_MIDDLE in looked_html(services, visitor, ())
    assert visitor.session.reasons[""].prediction.roots == session.prediction.roots
    assert text.WHY_MIDDLE not in looked_html(services, Visitor(session), ())


@pytest.fixture(scope="module")
def asked(services, session):
    """A session in which a place was looked at, a corner brushed out, every part tried."""
    visitor = Visitor(session)
    looked_html(services, visitor, ("France",))
    without_html(services, visitor, painted_over("11" + NOTHING[2:], services, session))
    list(sweeps_html(services, visitor, "blur"))
    return visitor.session


def test_a_link_has_the_reasons_of_an_example_and_none_of_an_own_photo(asked):
    linked = with_reasons(Address(example=2), asked)
    assert linked == Address(example=2, why=("France",), brush=((0, 0, 2, 1),), fill="mean", sweep=True)
    assert with_reasons(Address(), asked) == Address()


def test_a_file_has_the_reasons_and_of_the_photo_only_what_it_is_to_have(asked, gazetteer):
    with_photo, without = (
        export_file(gazetteer, asked, "html", "light", wanted)["text"] for wanted in (True, False)
    )
    for document in (with_photo, without):
        assert "Orange regions raised France against" in document
        assert text.WITHOUT_PART["stays"].partition(":")[0] in document
        assert document.count("<td") >= 49
        assert document.count("data:image/png") == 1
    assert (
        with_photo.count("data:image/jpeg") == 4
    )  # photo, square, square without the part, square of the sweep
    assert without.count("data:image/jpeg") == 0
