"""What became of each photo of a list: a row, or why it was not read. One at a time, in the list's order."""

import contextlib
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field

from streetclip_demo.batch.embedding import Seen, seen_photos
from streetclip_demo.errors import NeedsRealModel, PhotoError
from streetclip_demo.locate.locator import Locator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.ways import LocatorInWay
from streetclip_demo.photos.photo import Photo
from streetclip_demo.photos.views import AUTO
from streetclip_demo.progress import Progress
from streetclip_demo.report.row import answer_row, made_with

OF_ONE_PHOTO = (PhotoError, NeedsRealModel)  # any other error would be that of all the photos to come


@dataclass(frozen=True)
class Outcome:
    """A photo's row (`report.row.answer_row`) with what computed it, or the reason why there is none."""

    row: dict = field(default_factory=dict)
    made_with: dict = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Locating:
    """Answers one question about each photo. A task for `ray_outcomes`."""

    question: Question
    is_whole: bool = False
    views: str = AUTO  # what counts of each photo

    def outcomes(
        self,
        sources: Iterable,
        abouts: Iterable[str],
        open_photo: Callable[..., Photo],
        locator: Locator,
    ) -> Generator[Outcome, None, None]:
        """As `outcomes`; nothing else needs to be known of the photos."""
        return outcomes(sources, open_photo, LocatorInWay(locator, self.views), self.question, self.is_whole)

    def unread(self, reason: str) -> Outcome:
        """What is told of a photo that cannot be read."""
        return Outcome(reason=" ".join(reason.split()))


def outcomes(
    sources: Iterable,
    open_photo: Callable[..., Photo],
    locator: Locator,
    question: Question,
    is_whole: bool = False,
    progress: Progress | None = None,
) -> Generator[Outcome, None, None]:
    """Answer a question about each photo, as `open_photo` takes it; the next ones are decoded and embedded meanwhile.

    Close the iterator if you leave it before its end. `progress` is told of captions, which the first answers need.

    Raise UserError: what is not the fault of one photo, as memory that runs out; those before it have been given.
    """
    with contextlib.closing(seen_photos(sources, open_photo, locator.embed, locator.at_once)) as seeing:
        for seen in seeing:
            try:
                yield _outcome(seen, locator, question, is_whole, progress)
            except OF_ONE_PHOTO as error:
                yield Outcome(reason=" ".join(str(error).split()))


def _outcome(
    seen: Seen, locator: Locator, question: Question, is_whole: bool, progress: Progress | None
) -> Outcome:
    if seen.error is not None:
        raise seen.error
    assert seen.photo is not None  # without an error there are both
    assert seen.embedded is not None
    prediction = locator.answer(seen.embedded, question, progress)
    row = answer_row(prediction, question, seen.photo.digest, is_whole)
    return Outcome(row, made_with(prediction))
