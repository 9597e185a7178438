"""What the page is given by the app: functions and values, never a model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from streetclip_demo.locate.library import ModelState
from streetclip_demo.locate.locator import AnyPhoto
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.speaking import ReadClue
from streetclip_demo.locate.street_check import Doubt
from streetclip_demo.locate.sweep import Sweep, Swept
from streetclip_demo.locate.together import Asked, Parts
from streetclip_demo.page.frame.uploads import UploadFolder
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.photo import Photo, open_photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.attribution import Attribution
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.practice.gate import Gate
from streetclip_demo.progress import Progress
from streetclip_demo.teaching.lessons import Lesson
from streetclip_demo.teaching.rooms import Rooms

# photo, captions, anyway, progress -> (n,) shares
AskCaptions = Callable[[AnyPhoto, Sequence[str], bool, Progress | None], np.ndarray]


@dataclass(frozen=True)
class Example:
    """A drawn street that the app ships, or a photograph that came with the model."""

    path: Path
    country: str  # "" where nobody has written it down
    credit: str = ""  # whose it is, where it is not ours


@dataclass(frozen=True)
class Other:
    """A model beside the page's own: `start` and `state` answer at once, `locate` waits until it is there."""

    name: str  # as links and programs call it
    title: str
    state: Callable[[], ModelState]
    start: Callable[[], None]
    locate: Callable[[Asked, Question, Progress | None], Prediction]
    explain: Callable[[AnyPhoto, Prediction, Sequence[str]], Attribution]  # as of the page's own model
    sweep: Callable[[Swept], Iterator[Sweep]]
    seen: Callable[[KeptPhoto], KeptPhoto]  # with the square that this model sees
    bytes_on_disk: Callable[[], int] = lambda: 0  # what is kept of it on this machine
    bytes_to_fetch: float | None = None  # None where that is not known, or nothing is to be fetched
    remove: Callable[[], object] | None = None  # deletes that; None where it is not the app's to delete


@dataclass(frozen=True)
class Services:
    """Everything that the page needs from outside.

    `locate`, `ask_captions` and `explain` wait until a model is there; `model_state()` and `keep` answer at once.
    """

    model_state: Callable[[], ModelState]
    locate: Callable[[Asked, Question, Progress | None], Prediction]
    keep: Callable[[Photo], KeptPhoto]  # with the squares that the model sees, if there is a model yet
    ask_captions: AskCaptions
    # photo, its answer, a path or () for the first row -> what each region brought
    explain: Callable[[AnyPhoto, Prediction, Sequence[str]], Attribution]
    sweep: Callable[[Swept], Iterator[Sweep]]  # the answer without each part of a photo, as it comes
    # photo, its answer, clues -> each as it is read, with what it does to the answer; None while captions are read.
    # Answers at once: what it needs of the photo is there
    read_clues: Callable[[AnyPhoto, Prediction, Sequence[str]], tuple[ReadClue, ...] | None]
    # photo, its answer, its question -> why it may be none of a street; None where it may be one, or is not measured
    street_doubt: Callable[[AnyPhoto, Prediction, Question], Doubt | None]
    # Both by the practice model, whichever model the page has.
    locate_drawing: Callable[[Photo, Question], Prediction]
    ask_drawing: Callable[[Photo, Sequence[str], bool, Progress | None], np.ndarray]
    practice_labels: str  # outline text of the countries that can be drawn
    gate: Gate  # what the practice model was measured to read
    gazetteer: Gazetteer
    uploads: UploadFolder
    presets: Mapping[str, str]  # title -> outline text, in display order
    default_preset: Callable[[ModelState], str]  # -> a title in presets
    open_example: Callable[[int], KeptPhoto]  # by its number; nobody has sent them, so they are kept for all
    examples: tuple[Example, ...] = ()  # drawn streets
    # Of the model's own repository, once it is there, where drawn streets mean nothing to it; numbered after those
    photographs: Callable[[], tuple[Example, ...]] = tuple
    photograph_names: tuple[
        str, ...
    ] = ()  # without endings, of all that it may bring; known before it is there
    lessons: Callable[[], tuple[Lesson, ...]] = tuple  # read when they are first asked for
    photos_at_once: int = 1  # questions that `locate` should be asked at a time
    # What each photo of one place, or each view of a photo, says alone
    parts: Callable[[Asked, Question], Parts] = lambda asked, question: Parts()
    # A photo as it is to be asked in a way of photos.views, once the model is there
    looked: Callable[[Photo, str], AnyPhoto] = lambda photo, way: photo
    takes_photos: bool = True  # or its own examples only; `uploads` then takes none
    open_photo: Callable[[bytes | None], Photo] = open_photo  # what a visitor sends, within limits
    # A sentence in a photo's place, where the model reads sentences.
    locate_query: Callable[[str, Question], Prediction] | None = None
    name: str = ""  # of the page's own model, as links and programs call it
    seen: Callable[[KeptPhoto], KeptPhoto] = lambda photo: photo  # with the square that the model sees
    # Models that may be asked beside the page's own
    others: tuple[Other, ...] = ()
    may_remove: bool = False  # whether a page that is opened on this very machine may delete their files
    rooms: Rooms = field(default_factory=Rooms)  # in which classes play along

    def example_count(self) -> int:
        """How many can be chosen now: the photographs too."""
        return len(self.examples) + len(self.photographs())

    def example_names(self) -> tuple[str, ...]:
        """What an address may call an example, or by its place from 1; not every photograph must be there."""
        return (*(example.path.stem for example in self.examples), *self.photograph_names)

    def example_called(self, name: str) -> int | None:
        """The number of an example that can be chosen now."""
        now = [example.path.stem for example in (*self.examples, *self.photographs())]
        return now.index(name) if name in now else None

    def first_example(self) -> int:
        """The number of the one that stands first."""
        return len(self.examples) if self.photographs() else 0
