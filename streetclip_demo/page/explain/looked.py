"""The square that the model sees with what raised and lowered a place, as HTML."""

import base64
import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from streetclip_demo.errors import QuestionError
from streetclip_demo.markup import filled
from streetclip_demo.page.explain.brushed import CELLS, PICTURE_PX
from streetclip_demo.page.explain.explained import Explained, explained
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Visitor
from streetclip_demo.photos.brush import FILLS
from streetclip_demo.photos.overlay import overlay
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.posterior.attribution import Attribution
from streetclip_demo.report.sentences import looked_at
from streetclip_demo.words.language import text

TEMPLATE = "page/explain/explain"


def looked_html(services: Services, visitor: Visitor, path: Sequence[str], model: str = "") -> str:
    """The square with its overlay, of the row that is chosen, or of the first where the answer has no such row."""
    session = visitor.session
    asked = explained(services, session, model)
    if asked is None:
        waits = session.photo is not None and session.photo.view is None and session.prediction is not None
        return filled(TEMPLATE, "said", text.WAITING_FOR_MODEL if waits else text.WHY_NO_ANSWER)
    assert asked.photo.view is not None  # or there were nothing to explain
    looked = _looked(asked, path)
    asked.note(visitor, lambda reasons: replace(reasons, looked=looked))
    pictures = data_uri(asked.photo.view, PICTURE_PX), layer_uri(looked)
    several = f" {text.WHY_MIDDLE}" if asked.is_of_several else ""
    said = looked_at(looked, asked.prediction) + several
    return filled(TEMPLATE, "looked", pictures, said, _name(asked), CELLS, FILLS)


def _name(asked: Explained) -> str:
    """Another one for another photo, question or model: what was painted belongs to the answer before."""
    told = f"{asked.photo.digest} {asked.question!r} {asked.prediction.revision}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _looked(asked: Explained, path: Sequence[str]) -> Attribution:
    try:
        return asked.by.explain(asked.photo, asked.prediction, path)
    except QuestionError:  # the row was chosen in an earlier answer, or another model has no such place
        return asked.by.explain(asked.photo, asked.prediction, ())


def layer_uri(looked: Attribution) -> str:
    """What raised and lowered a place, as a data URI, to lie over the square."""
    return _png(overlay(looked.patches, PICTURE_PX))


def _png(layer: Image.Image) -> str:
    buffer = io.BytesIO()
    layer.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
