"""Other models beside the page's own answer: which are meant, what they say, and all of it compared. No components."""

from collections.abc import Sequence
from dataclasses import replace

from streetclip_demo.errors import NeedsRealModel, UserError
from streetclip_demo.locate.compare import SideBySide, side_by_side
from streetclip_demo.page.frame.messages import sentence_of
from streetclip_demo.page.frame.provided import Other, Services
from streetclip_demo.page.frame.session import Beside, Session, Visitor
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.progress import Progress
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import said


def chosen_of(services: Services, visitor: Visitor, chosen: object) -> list[int]:
    """Numbers of the models that are chosen; anyone may have sent them. On a locked page those of its address."""
    if visitor.address.locked:
        return [
            number for number, other in enumerate(services.others) if other.name in visitor.address.beside
        ]
    sent = chosen if isinstance(chosen, list) else []
    return [number for number, _ in enumerate(services.others) if str(number) in sent]


def answers_of(session: Session) -> dict:
    """What other models have said already of what the page answers now, by their names."""
    beside = session.beside
    return dict(beside.answers) if beside and beside.own is session.prediction else {}


def asked(
    session: Session, others: Sequence[Other], weights: Sequence[float], progress: Progress | None = None
) -> tuple[Beside, list[str]]:
    """What others say of the photo and question that the page has answered, and why some say nothing."""
    own_answer, question = session.prediction, session.question
    assert own_answer is not None  # who asks has looked
    assert question is not None
    answers, problems = answers_of(session), []
    for other in others:
        if other.name in answers:
            continue
        try:
            answers[other.name] = other.locate(session.asked, question, progress)
        except NeedsRealModel:
            problems.append(f"{said(other.title)}: {text.SIDE_DRAWINGS}")
        except UserError as error:
            problems.append(f"{said(other.title)}: {sentence_of(error)}")
    own, *theirs = weights
    told = [
        (other.name, weight) for other, weight in zip(others, theirs, strict=True) if other.name in answers
    ]
    names = tuple(name for name, _ in told)
    return Beside(own_answer, answers, names, (own, *(weight for _, weight in told))), problems


def compared(session: Session, gazetteer: Gazetteer) -> SideBySide | None:
    """All models' answers as the page shows them; None where it compares none."""
    beside, own = session.beside, session.prediction
    if beside is None or own is None or beside.own is not own or not beside.chosen:
        return None
    predictions = [own, *(beside.answers[name] for name in beside.chosen)]
    weights = beside.weights if any(beside.weights) else (1.0,) * len(predictions)
    return side_by_side(predictions, weights, gazetteer)


def weighed(session: Session, weights: Sequence[float]) -> Session:
    """The same with other weights: of the page's own model, then of each that is chosen."""
    beside = session.beside
    if beside is None or len(weights) != len(beside.weights):
        return session
    return replace(session, beside=replace(beside, weights=tuple(weights)))
