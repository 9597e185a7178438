"""What answers questions about photos, whatever is inside. Knows no model: a gallery of coordinates can be one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from PIL import Image

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.locate.question import Question
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.photo import Photo
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.progress import Progress

AnyPhoto = Photo | KeptPhoto


@dataclass(frozen=True, eq=False)
class Embedded:
    """What is left of a photo once a model has seen it: enough to answer any question about it.

    Attributes
    ----------
    embedding : np.ndarray, shape (d,)
        Unit length; of the locator that made it, and of no use to another.
    digest : str
        The photo's, by which a drawing of ours is told from a photograph.
    notes : tuple of str
        What a person should know of the photo's file.
    """

    embedding: np.ndarray
    digest: str
    notes: tuple[str, ...] = ()


class Locator(Protocol):
    """Photos to embeddings, an embedding and a question to a prediction. Safe to use from several threads."""

    card: ModelCard
    revision: str  # which weights, or which gallery
    at_once: int  # photos that are best embedded together: one where a batch gains nothing
    is_calibrated: bool  # whether a temperature was fitted, which is used unless a question says otherwise

    def embed(self, photos: Sequence[AnyPhoto]) -> Sequence[Embedded]:
        """What the model sees in photos, in their order."""
        ...

    def answer(self, embedded: Embedded, question: Question, progress: Progress | None = None) -> Prediction:
        """Say where an embedded photo may have been taken."""
        ...

    def locate(self, photo: AnyPhoto, question: Question, progress: Progress | None = None) -> Prediction:
        """Both, one after the other; what is wrong with the question is told before the photo is embedded."""
        ...


class PageLocator(Locator, Protocol):
    """What the page asks besides."""

    encoder: Any  # of photos and captions

    @property
    def captions_from(self) -> Mapping[str, int]:
        """How many captions came from where."""
        ...

    def points(self, question: Question) -> Mapping[str, np.ndarray]:
        """Country's code -> points (m, 2) that may be answered with in it."""
        ...

    def know(self, photo: Photo) -> None:
        """Take a drawn scene for one of those that the practice model may locate."""
        ...

    def view(self, photo: AnyPhoto) -> Image.Image:
        """The square of a photo that the model sees."""
        ...

    def read_captions(self, captions: Sequence[str], progress: Progress | None = None) -> None:
        """Embed captions, so that nobody has to wait for them later."""
        ...

    def shares(
        self,
        photo: AnyPhoto,
        captions: Sequence[str],
        anyway: bool = False,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """How a photo is shared among captions of any kind, (n,)."""
        ...

    def read_ahead(self, question: Question, progress: Progress | None = None) -> None:
        """Embed every caption that a question could ask for."""
        ...
