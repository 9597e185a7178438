"""The square that the model sees with what raised and lowered a place, as HTML."""

from collections.abc import Sequence
from dataclasses import replace

from streetclip_demo.errors import QuestionError
from streetclip_demo.markup import filled
from streetclip_demo.page.explain.explained import Explained, explained
from streetclip_demo.page.frame.address import Address, example_of
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.frame.strokes import CELLS
from streetclip_demo.photos.brush import FILLS
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.posterior.attribution import Attribution
from streetclip_demo.report.reasons import PICTURE_PX, layer_uri
from streetclip_demo.report.sentences import looked_at
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import said

TEMPLATE = "page/explain/explain"


def looked_html(services: Services, visitor: Visitor, path: Sequence[str], model: str = "") -> str | None:
    """The square with its overlay, of the row that is chosen, or of the first where the answer has no such row.

    None where the page has shown another answer meanwhile, which is drawn next.
    """
    session = visitor.session
    asked = explained(services, session, model)
    if asked is None:
        return _nothing(services, session, model)
    assert asked.photo.view is not None  # or there were nothing to explain
    looked = _looked(asked, path)
    if not asked.is_shown_in(visitor.session):
        return None
    asked.note(visitor, lambda reasons: replace(reasons, looked=looked))
    pictures = data_uri(asked.photo.view, PICTURE_PX), layer_uri(looked)
    several = f" {text.WHY_MIDDLE}" if asked.is_of_several else ""
    sentence = looked_at(looked, asked.prediction) + several
    given = _given(services, visitor.address, asked)
    return filled(TEMPLATE, "looked", pictures, sentence, asked.name, CELLS, FILLS, given)


def _nothing(services: Services, session: Session, model: str) -> str:
    """Why there is nothing to explain."""
    if session.photo is None or session.prediction is None:
        return filled(TEMPLATE, "said", text.WHY_NO_ANSWER)
    title = next((said(other.title) for other in services.others if other.name == model), "")
    if title and session.photo.view is not None:
        return filled(TEMPLATE, "said", text.WHY_NOT_YET.format(model=title))
    return filled(TEMPLATE, "said", text.WAITING_FOR_MODEL)


def _given(services: Services, address: Address, asked: Explained) -> dict:
    """What the page's link asks to do on the picture, where this is the link's own photo; the browser does it once."""
    if not address.why or address.whose != asked.known.model:
        return {}
    number = example_of(services, address)
    if number is None or services.open_example(number).digest != asked.photo.digest:
        return {}
    return {"brush": address.brush, "fill": address.fill, "sweep": address.sweep}


def _looked(asked: Explained, path: Sequence[str]) -> Attribution:
    try:
        return asked.by.explain(asked.photo, asked.prediction, path)
    except QuestionError:  # the row was chosen in an earlier answer, or another model has no such place
        return asked.by.explain(asked.photo, asked.prediction, ())
