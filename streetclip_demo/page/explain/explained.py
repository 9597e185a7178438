"""Which answer is explained: the page's own, or that of a model beside it. Knows no component."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from streetclip_demo.locate.question import Question
from streetclip_demo.locate.reasons import Reasons
from streetclip_demo.page.frame.provided import Other, Services
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.views import CENTRE
from streetclip_demo.posterior.prediction import Prediction


@dataclass(frozen=True, eq=False)
class Explained:
    """An answer with all that its model can be asked about it."""

    by: Services | Other
    question: Question
    known: Reasons  # which may be of an earlier moment

    @property
    def photo(self) -> KeptPhoto:
        """With the square that the model sees."""
        return self.known.photo

    @property
    def prediction(self) -> Prediction:
        """What the model says of that square."""
        return self.known.prediction

    @property
    def name(self) -> str:
        """Another one for another photo, question or model: what was painted belongs to the answer before."""
        told = f"{self.photo.digest} {self.question!r} {self.prediction.revision}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def is_of_several(self) -> bool:
        """Whether other squares count for the answer that the page shows."""
        return self.known.prediction is not self.known.shown

    def note(self, visitor: Visitor, change: Callable[[Reasons], Reasons]) -> None:
        """Keep what the page shows of the reasons; not of an answer that the visitor has left meanwhile."""
        session, model = visitor.session, self.known.model
        if self.is_shown_in(session):
            now = reasons_of(session, model) or self.known
            visitor.session = replace(session, reasons={**session.reasons, model: change(now)})

    def is_shown_in(self, session: Session) -> bool:
        """Whether the page still shows this answer."""
        return self.known.shown is _shown(session, self.known.model)


def explained(services: Services, session: Session, model: str = "") -> Explained | None:
    """The answer of the page's own model, or of one beside it by its name; None where there is nothing to explain."""
    photo, question = session.photo, session.question
    by = next((other for other in services.others if other.name == model), services)
    model = "" if by is services else model
    shown = _shown(session, model)
    if photo is None or photo.view is None or question is None or shown is None:
        return None
    return Explained(by, question, reasons_of(session, model) or _begun(by, photo, question, shown, model))


def reasons_of(session: Session, model: str = "") -> Reasons | None:
    """What was asked about a model's answer that the page shows; None where nothing was."""
    reasons = session.reasons.get(model)
    return reasons if reasons is not None and reasons.shown is _shown(session, model) else None


def _shown(session: Session, model: str) -> Prediction | None:
    """A model's answer, where the page shows it."""
    beside = session.beside
    if not model:
        return session.prediction
    is_compared = beside is not None and beside.own is session.prediction and model in beside.chosen
    return beside.answers[model] if beside and is_compared else None


def _begun(
    by: Services | Other, photo: KeptPhoto, question: Question, shown: Prediction, model: str
) -> Reasons:
    seen = by.seen(photo)
    if not (seen.views or shown.manifest.seen):  # the middle square of one photo is what it is about
        return Reasons(shown, seen, shown, model)
    alone = replace(seen, way=CENTRE, views=(), others={})
    return Reasons(shown, alone, by.locate(alone, question, None), model)
