"""Which answer is explained: the page's own, or that of a model beside it. Knows no component."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from streetclip_demo.locate.question import Question
from streetclip_demo.page.frame.provided import Other, Services
from streetclip_demo.page.frame.reasons import Reasons
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.posterior.prediction import Prediction


@dataclass(frozen=True, eq=False)
class Explained:
    """An answer with all that its model can be asked about it."""

    session: Session
    photo: KeptPhoto  # with the square that the model sees
    question: Question
    prediction: Prediction
    by: Services | Other

    def note(self, visitor: Visitor, change: Callable[[Reasons], Reasons]) -> None:
        """Keep what the page shows of the reasons; not of an answer that the visitor has left meanwhile."""
        assert self.photo.view is not None  # `explained` has looked
        now = visitor.session
        if now.prediction is not self.session.prediction:
            return
        before = now.reasons
        if before is None or before.prediction is not self.prediction:
            before = Reasons(self.prediction, self.photo.view)
        visitor.session = replace(now, reasons=change(before))


def explained(services: Services, session: Session) -> Explained | None:
    """The answer that is explained in a session; None where there is nothing to explain."""
    photo, question, prediction = session.photo, session.question, session.prediction
    if photo is None or photo.view is None or question is None or prediction is None:
        return None
    return Explained(session, photo, question, prediction, services)
