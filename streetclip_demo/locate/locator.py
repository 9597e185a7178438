"""What answers questions about photos, whatever is inside. Knows no model: a gallery of coordinates can be one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from PIL import Image

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.locate.question import Question
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.photo import Photo
from streetclip_demo.photos.views import Named
from streetclip_demo.posterior.attribution import Attribution
from streetclip_demo.posterior.manifest import SeenPhoto
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.progress import Progress

AnyPhoto = Photo | KeptPhoto


@dataclass(frozen=True, eq=False)
class Embedded:
    """What is left of a photo once a model has seen it: enough to answer any question about it.

    Attributes
    ----------
    embedding : np.ndarray, shape (d,) or (k, d)
        Unit length; of the locator that made it, and of no use to another. Of k photos that are asked as one: a row
        of each.
    digest : str
        The photo's, by which a drawing of ours is told from a photograph; "" of several.
    notes : tuple of str
        What a person should know of the photo's file, and of what counts of it.
    parts : tuple of Embedded
        Of each view, where `embedding` is the mean of several, brought to unit length; of each photo, where they are
        asked as one.
    views : tuple
        Where each view lies, as views.py says it, where there are several.
    """

    embedding: np.ndarray
    digest: str
    notes: tuple[str, ...] = ()
    parts: tuple["Embedded", ...] = ()
    views: tuple[Named, ...] = ()

    @property
    def photos(self) -> tuple["Embedded", ...]:
        """The photos that are asked as one; itself where it is one."""
        return self.parts if self.embedding.ndim > 1 else (self,)

    @property
    def rows(self) -> np.ndarray:
        """The embeddings of the photos (k, d), in an order that does not depend on theirs: numbers are added up."""
        rows = np.atleast_2d(self.embedding)
        return rows if len(rows) == 1 else rows[np.lexsort(rows.T[::-1])]

    @property
    def seen(self) -> tuple[SeenPhoto, ...]:
        """What counts of which photos, for the record; nothing where it is one photo's usual square."""
        if self.embedding.ndim == 1 and not self.views:
            return ()
        return tuple(SeenPhoto(one.digest, one.views) for one in self.photos)


def mean_embedded(rows: np.ndarray, photo: AnyPhoto) -> Embedded:
    """A photo of unit embeddings of its views (views, d): their mean, brought to unit length; of one, as it is."""
    if len(rows) == 1:
        return Embedded(rows[0], photo.digest, photo.notes)
    mean = rows.mean(axis=0, dtype=np.float64)
    parts = tuple(Embedded(row, photo.digest) for row in rows)
    views = tuple(view.where for view in photo.views) if isinstance(photo, KeptPhoto) else ()
    unit = (mean / np.linalg.norm(mean)).astype(rows.dtype)
    return Embedded(unit, photo.digest, photo.notes, parts, views)


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

    def squares(self, image: Image.Image, places: Sequence[float]) -> Sequence[Image.Image]:
        """Such squares in several places along an image's longer side, from 0 to 1."""
        ...

    def explain(
        self, photo: AnyPhoto, prediction: Prediction, path: Sequence[str] | None = None
    ) -> Attribution:
        """Say what of a place's lead over its rivals each patch of the photo brought."""
        ...

    def estimated(
        self, photo: AnyPhoto, cuts: Sequence[AnyPhoto], boxes: Sequence[tuple[float, ...]]
    ) -> Iterator[Embedded]:
        """Estimates of what the model sees in a photo without each of some windows, for less than a forward each."""
        ...

    def read_captions(self, captions: Sequence[str], progress: Progress | None = None) -> object:
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
