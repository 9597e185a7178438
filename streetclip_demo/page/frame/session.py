"""What one visitor's page remembers between events, in memory only; kept.py says for how long."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from streetclip_demo.locate.question import Question
from streetclip_demo.locate.reasons import Reasons, Spoken
from streetclip_demo.locate.together import OnePlace
from streetclip_demo.locate.ways import kept_in_way
from streetclip_demo.page.frame.address import Address
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.views import AUTO
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.teaching.clue_bench import Drawing
from streetclip_demo.teaching.lesson_making import Making
from streetclip_demo.teaching.lesson_run import LessonRun

MOST_PHOTOS = 5  # of one place, on one page
SENDING_SECONDS = 60.0  # that a page has to send its photo again before it is asked once more


@dataclass(frozen=True, eq=False)
class Beside:
    """What other models say of what the page's own model has answered last."""

    own: Prediction  # that answer
    answers: Mapping[str, Prediction]  # by the model's name, also of those that are not chosen any more
    chosen: tuple[str, ...] = ()  # names, in the page's order
    weights: tuple[float, ...] = ()  # of the page's own model, then of each that is chosen


@dataclass(frozen=True, eq=False)
class Session:
    """The photo that is shown, and the last question about it that was answered."""

    photo: KeptPhoto | None = None
    anyway: bool = False  # the visitor asked to run the practice model on a photograph
    question: Question | None = None
    prediction: Prediction | None = None
    stands: bool = False  # that answer is what the page shows; not where a later question had none
    upload: str = (
        ""  # the name of its file, which lies there until there is a model, where it came before one
    )
    gone: str = ""  # without a photo: why the page could not send again the one that it showed
    beside: Beside | None = None  # where models are compared
    sentence: str = ""  # that was asked in a photo's place
    # What was asked about why it was answered so, by the name of the model beside; "" is the page's own
    reasons: Mapping[str, Reasons] = field(default_factory=dict)
    spoken: Spoken | None = None  # the clues that the page says speak for a row of it
    way: str = AUTO  # what counts of each photo
    more: tuple[KeptPhoto, ...] = ()  # others of the same place

    @property
    def photos(self) -> tuple[KeptPhoto, ...]:
        """All of them, the one that is shown first."""
        return (self.photo, *self.more) if self.photo else ()

    @property
    def looked(self) -> KeptPhoto:
        """The photo that is shown, with the squares of it that count; PhotoError where it has none such."""
        assert self.photo is not None  # who asks has looked
        return kept_in_way(self.photo, self.way)

    @property
    def asked(self) -> KeptPhoto | OnePlace:
        """What the model is asked about."""
        if not self.more:
            return self.looked
        return OnePlace(tuple(kept_in_way(photo, self.way) for photo in self.photos))

    def otherwise(self, way: str, more: tuple[KeptPhoto, ...]) -> "Session":
        """The same photo, of which something else counts or which has other company: nothing that was said holds."""
        return replace(self, way=way, more=more, stands=False, beside=None)

    def is_about(self, other: "Session") -> bool:
        """Whether both ask about the same photos in the same way."""
        return (self.photos, self.way) == (other.photos, other.way)

    def run_anyway(self) -> "Session":
        """The same photo, to be run through the practice model whatever it is."""
        return replace(self, anyway=True)

    def answered(self, question: Question, prediction: Prediction) -> "Session":
        """The same photo with its answer."""
        return replace(self, question=question, prediction=prediction, stands=True, reasons={}, spoken=None)

    def not_answered(self) -> "Session":
        """The same photo and answer, in whose place the page says what is wrong with another question."""
        return replace(self, stands=False)

    def knows(self, question: Question) -> bool:
        """Whether the page shows the answer of this question already."""
        return self.stands and self.question == question


@dataclass(frozen=True)
class Removal:
    """A label that was removed from the list."""

    name: str
    labels: str  # the list as it was before
    left: str  # and after


@dataclass(frozen=True, eq=False)
class Bench:
    """The last drawing of the tab "Draw" and its answer."""

    drawing: Drawing | None = None
    prediction: Prediction | None = None


@dataclass(eq=False)
class Visitor:
    """All of it. Changed in place, so that a listener at work sees what came meanwhile."""

    session: Session = field(default_factory=Session)
    uploads: int = 0  # how many photos the visitor has chosen
    address: Address = field(default_factory=Address)  # what the page was opened with
    removals: tuple[Removal, ...] = ()  # the last one last
    run: LessonRun = field(default_factory=LessonRun)
    making: Making | None = None  # the lesson that the visitor makes
    bench: Bench = field(default_factory=Bench)
    sweeping: object = None  # the sweep that goes on; one that finds another in its place ends
    asked_again: int = 0  # when the page was last asked to send its photo again, in nanoseconds

    def loss(self) -> int:
        """A name for the loss of the photo, the same for every listener that misses it.

        The page sends its photo when that name changes: once, however many of its questions find it missing. It is
        another one after a while, for what was sent may not have arrived.
        """
        now = time.time_ns()
        if now - self.asked_again > SENDING_SECONDS * 1e9:
            self.asked_again = now
        return self.asked_again

    def compared(self, asked: Session, beside: Beside) -> None:
        """Other models have answered what was asked in a session of this visitor; one that is over needs nothing."""
        if self.session.is_about(asked) and self.session.prediction is beside.own:
            self.session = replace(self.session, beside=beside)

    def answered(self, asked: Session, question: Question | None, prediction: Prediction | None) -> None:
        """A session of this visitor has its answer, or none; one that is over by now needs none."""
        if not self.session.is_about(asked):
            return
        if question is None or prediction is None:
            self.session = self.session.not_answered()
        else:
            self.session = self.session.answered(question, prediction)
