"""Why this answer, without a browser: what is refused, and what is said where there is no map."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from streetclip_demo.errors import QuestionError, UserError
from streetclip_demo.locate.opened import open_model
from streetclip_demo.locate.question import Question
from streetclip_demo.own_files import ASSETS
from streetclip_demo.page.explain.brushed import CELLS, painted, without_html
from streetclip_demo.page.explain.looked import looked_html
from streetclip_demo.page.frame.following import chosen_path
from streetclip_demo.page.frame.session import Session
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
    return SimpleNamespace(explain=practice.explain, locate=practice.locate)


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
    assert looked_html(services, session, ("Peru",)) == looked_html(services, session, ())
    with pytest.raises(QuestionError):
        services.explain(session.photo, session.prediction, ("Peru",))


def test_without_an_answer_there_is_a_sentence(services, session):
    assert text.WHY_NO_ANSWER in looked_html(services, Session(), ())
    assert text.WHY_NO_ANSWER in looked_html(services, Session(session.photo), ())
    lost = without_html(services, Session(), painted("1" * CELLS**2), "blur")
    assert text.ANSWER_LOST.partition("“")[0] in lost


def test_a_model_of_points_has_no_map_but_a_brush(services, session):
    belief = SimpleNamespace(points=[])
    of_points = replace(session, prediction=replace(session.prediction, belief=belief))
    shown = looked_html(services, of_points, ())
    assert "compares photos with points" in shown
    assert 'class="layer"' not in shown
    assert 'class="brush"' in shown


def test_nothing_painted_says_nothing_and_an_unknown_fill_is_refused(services, session):
    assert without_html(services, session, painted(NOTHING), "mean") == ""
    with pytest.raises(UserError, match=text.DOES_NOT_FIT):
        without_html(services, session, painted(NOTHING), "pink")


def test_what_was_painted_belongs_to_one_answer(services, session):
    other = replace(session, question=Question("Japan\nFrance", add_cities=False))
    answers = {
        looked_html(services, one, ()).split('data-answer="')[1][:16] for one in (session, session, other)
    }
    assert len(answers) == 2
