"""The square that the model sees with what raised and lowered a place, as HTML."""

import base64
import hashlib
import io
from collections.abc import Sequence

from PIL import Image

from streetclip_demo.errors import QuestionError
from streetclip_demo.markup import filled
from streetclip_demo.page.explain.brushed import CELLS, PICTURE_PX
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session
from streetclip_demo.photos.brush import FILLS
from streetclip_demo.photos.overlay import overlay
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.posterior.attribution import Attribution
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.report.sentences import looked_at
from streetclip_demo.words.language import text

TEMPLATE = "page/explain/explain"


def looked_html(services: Services, session: Session, path: Sequence[str]) -> str:
    """The square with its overlay, of the row that is chosen, or of the first where the answer has no such row."""
    prediction = session.prediction
    if session.photo is None or prediction is None:
        return filled(TEMPLATE, "said", text.WHY_NO_ANSWER)
    if session.photo.view is None:
        return filled(TEMPLATE, "said", text.WAITING_FOR_MODEL)
    if session.counts_several:
        return filled(TEMPLATE, "said", text.WHY_SEVERAL)
    picture = data_uri(session.photo.view, PICTURE_PX)
    if prediction.belief:
        said, layer = text.WHY_POINTS.format(model=prediction.model), ""
    else:
        explained = _explained(services, session.photo, prediction, path)
        said, layer = looked_at(explained, prediction), _png(overlay(explained.patches, PICTURE_PX))
    return filled(TEMPLATE, "looked", (picture, layer), said, _name(session), CELLS, FILLS)


def _name(session: Session) -> str:
    """Another one for another photo or question: what was painted belongs to the answer before."""
    assert session.photo is not None
    return hashlib.sha256(f"{session.photo.digest} {session.question!r}".encode()).hexdigest()[:16]


def _explained(services: Services, photo, prediction: Prediction, path: Sequence[str]) -> Attribution:
    try:
        return services.explain(photo, prediction, path)
    except QuestionError:  # the row was chosen in an earlier answer
        return services.explain(photo, prediction, ())


def _png(layer: Image.Image) -> str:
    buffer = io.BytesIO()
    layer.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
