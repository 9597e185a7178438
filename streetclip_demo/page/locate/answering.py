"""What the page shows for a photo and a question: an answer, or why there is none. Knows no components."""

from dataclasses import dataclass, replace

from streetclip_demo.errors import LabelError, NeedsRealModel, UserError
from streetclip_demo.locate.question import Question
from streetclip_demo.page.frame.badge import how_far
from streetclip_demo.page.frame.maps import answer_drawing, empty_drawing
from streetclip_demo.page.frame.messages import sentence_of
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session
from streetclip_demo.page.locate.counted_area import counted_html
from streetclip_demo.page.locate.runners import runners_html
from streetclip_demo.page.locate.tree import notes_html, tree_html
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.progress import Progress
from streetclip_demo.report.sentences import answer_html, message_html, needs_real_model_html
from streetclip_demo.words.language import text

LEFT = (None,) * 5  # all but the answer stays as it was


@dataclass(frozen=True)
class Shown:
    """The right side of the page. None leaves a part as it is."""

    answer: str | None
    map: str | None = ""
    tree: str | None = ""
    notes: str | None = ""
    frames: str | None = ""  # over the photo: the squares that count, where they are several
    panel: str | None = ""  # what each of them says alone
    offers_anyway: bool = False
    question: Question | None = None  # that was answered, if one was
    prediction: Prediction | None = None


def answer_photo(
    services: Services, session: Session, question: Question, theme: str, progress: Progress | None = None
) -> Shown:
    """Locate the session's photo, or say why that is not possible; labels are never touched."""
    if session.photo is None:
        return nothing_to_locate(services, theme)
    try:
        prediction = services.locate(session.asked, question, progress)
        shown = shown_answer(services, question, prediction, theme)
        frames, panel = counted_html(services, replace(session, question=question), prediction)
        return replace(shown, frames=frames, panel=panel)
    except NeedsRealModel:
        blank = empty_drawing(services.gazetteer, theme)
        return Shown(needs_real_model_html(), blank, offers_anyway=True)
    except LabelError as error:
        return beside_its_field(error, session)
    except UserError as error:
        return not_answered(error)


def shown_answer(services: Services, question: Question, prediction: Prediction, theme: str) -> Shown:
    """An answer in all its parts."""
    drawn = answer_drawing(prediction, services.gazetteer, theme)
    return Shown(
        answer_html(prediction) + runners_html(prediction),
        drawn,
        tree_html(prediction),
        notes_html(prediction.other_notes),
        question=question,
        prediction=prediction,
    )


def not_answered(error: UserError) -> Shown:
    """What went wrong in the answer's place; map and tree stay as they were."""
    return Shown(message_html(text.ERROR_TITLE, sentence_of(error), "error"), *LEFT)


def beside_its_field(error: UserError, session: Session) -> Shown:
    """An error of the list or the templates, which stands beside them: the answer before is left, and dims."""
    return Shown(None, *LEFT) if session.prediction else not_answered(error)


def emptied(services: Services, theme: str) -> Shown:
    """The page with a photo and an empty list."""
    return Shown(message_html(text.EMPTY_LIST), empty_drawing(services.gazetteer, theme))


def lost() -> Shown:
    """The page while it sends its photo again, which the server no longer has; map and tree stay as they were."""
    return Shown(message_html(text.PHOTO_SENT_AGAIN), *LEFT)


def nothing_to_locate(services: Services, theme: str, error: UserError | None = None) -> Shown:
    """The page without a photo, or with one that could not be read."""
    if error is None:
        answer = message_html(_invitation(services))
    else:
        answer = message_html(text.ERROR_TITLE, sentence_of(error), "error")
    return Shown(answer, empty_drawing(services.gazetteer, theme))


def waiting(services: Services) -> Shown:
    """The page with a photo while the model loads."""
    told = how_far(services.model_state())
    return Shown(message_html(text.WAITING_FOR_MODEL, told), *LEFT)


def opened(services: Services, theme: str) -> Shown:
    """The page that has just been opened, with no photo yet."""
    ready = services.model_state().ready
    answer = message_html(_invitation(services) if ready else text.FIRST_LOADING)
    return Shown(answer, empty_drawing(services.gazetteer, theme))


def _invitation(services: Services) -> str:
    return text.WAITING_FOR_PHOTO if services.takes_photos else text.EXAMPLES_ONLY
