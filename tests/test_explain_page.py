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
from streetclip_demo.page.explain.brushed import CELLS, brush_of, painted, without_html
from streetclip_demo.page.explain.looked import looked_html
from streetclip_demo.page.explain.swept import sweeps_html
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


@pytest.mark.parametrize("cells", ["", "01", NOTHING + "0", NOTHING[1:] + "2", NOTHING[1:] + "\u0661"])
def test_what_is_no_grid_is_refused(cells):
    with pytest.raises(UserError, match=text.DOES_NOT_FIT):
        painted(cells)


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
    lost = without_html(services, Visitor(), brush_of("1" * CELLS**2, "blur"))
    assert list(sweeps_html(services, Visitor(), "blur")) == [lost]
    assert text.ANSWER_LOST.partition("“")[0] in lost


def test_nothing_painted_says_nothing_and_an_unknown_fill_is_refused(services, session):
    assert without_html(services, Visitor(session), brush_of(NOTHING, "mean")) == ""
    with pytest.raises(UserError, match=text.DOES_NOT_FIT):
        brush_of(NOTHING, "pink")


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
    without_html(services, visitor, brush_of("1" + NOTHING[1:], "mean"))
    *_, last = sweeps_html(services, visitor, "blur")
    reasons = visitor.session.reasons
    assert reasons.looked.path == ("France",)
    assert (reasons.brushed.mask.sum(), reasons.brushed.fill) == (1, "mean")
    assert reasons.swept.done == reasons.swept.steps
    assert text.SWEPT_STRONGEST in last
    without_html(services, visitor, brush_of(NOTHING, "mean"))
    assert visitor.session.reasons.brushed is None
    visitor.answered(visitor.session, session.question, session.prediction)
    assert visitor.session.reasons is None


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
    assert visitor.session.reasons.swept.done == 4


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
    assert known_cells(list(first)[-1]) == 2
    assert known_cells(next(second)) == 2


def test_another_model_that_is_compared_is_explained_by_itself(services, session, practice):
    """The model beside is the same one, which sees another square and was asked about it."""
    mirrored = replace(session.photo, view=ImageOps.mirror(session.photo.view))
    theirs = practice.locate(mirrored, session.question)
    other = SimpleNamespace(**vars(services) | {"name": "other", "seen": lambda photo: mirrored})
    both = SimpleNamespace(**vars(services) | {"others": (other,)})
    beside = Beside(session.prediction, {"other": theirs}, ("other",), (1.0, 1.0))
    visitor = Visitor(replace(session, beside=beside))
    pictures = {model: looked_html(both, visitor, (), model) for model in ("", "other", "unknown")}
    assert pictures["unknown"] == pictures[""] != pictures["other"]
    assert (
        looked_html(services, Visitor(replace(session, photo=mirrored, prediction=theirs)), ())
        == pictures["other"]
    )
    looked_html(both, visitor, (), "other")
    assert visitor.session.reasons.prediction is theirs
    brush = brush_of("1" * 64 + NOTHING[64:], "mean")
    assert without_html(both, visitor, brush, "other") != without_html(both, visitor, brush)
    visitor.session = replace(visitor.session, beside=replace(beside, chosen=()))
    assert looked_html(both, visitor, (), "other") == pictures[""]


def test_where_several_squares_count_the_middle_one_is_explained_alone(services, session):
    manifest = replace(session.prediction.manifest, seen=("left", "centre", "right"))
    visitor = Visitor(replace(session, prediction=replace(session.prediction, manifest=manifest)))
    assert text.WHY_MIDDLE in looked_html(services, visitor, ())
    assert visitor.session.reasons.prediction.roots == session.prediction.roots
    assert text.WHY_MIDDLE not in looked_html(services, Visitor(session), ())


@pytest.fixture(scope="module")
def asked(services, session):
    """A session in which a place was looked at, a corner brushed out, every part tried."""
    visitor = Visitor(session)
    looked_html(services, visitor, ("France",))
    without_html(services, visitor, brush_of("11" + NOTHING[2:], "mean"))
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
