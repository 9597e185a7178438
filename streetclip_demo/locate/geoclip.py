"""GeoCLIP as a Locator: a photo's embedding against those of points. A sentence can take a photo's place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.errors import QuestionError
from streetclip_demo.locate.clip import EmbedCaptions
from streetclip_demo.locate.locator import AnyPhoto, Embedded
from streetclip_demo.locate.photo_memory import PhotoMemory
from streetclip_demo.locate.question import Question, check_text
from streetclip_demo.model.gallery import Gallery
from streetclip_demo.model.geoclip_encoder import GeoClipEncoder
from streetclip_demo.photos.photo import Photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.whereabouts import NOWHERE
from streetclip_demo.posterior.deciding import deciding_level
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.point_tree import PointTree, Spread
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import softmax
from streetclip_demo.progress import Progress

ESTIMATOR = "densest"  # the place with most of the belief near by
UNUSED = (
    "GeoCLIP compares a photo with {count:,} points of the globe, not with captions: the list of labels, templates,"
    " cities and the estimator change nothing."
)
HALF = "GeoCLIP's image half is {title} ({revision})."
UNTRAINED = (
    "The image half is a CLIPModel of random weights, which has learnt nothing: gallery and location half are GeoCLIP's"
    " own, and these places mean nothing."
)
MOST_WORDS = 500  # characters of a sentence


@dataclass(frozen=True)
class Source:
    """Which GeoCLIP this is."""

    card: ModelCard
    revision: str
    logit_scale: float
    image_half: str  # its title


class GeoClipLocator:
    """Answers where photos were taken with one gallery. Safe to use from several threads.

    Parameters
    ----------
    source : Source
    model : GeoClipEncoder
    gallery : Gallery
    gazetteer : Gazetteer
    embed_captions : EmbedCaptions
        Of the image half's own text half, for clues.
    """

    def __init__(
        self,
        source: Source,
        model: GeoClipEncoder,
        gallery: Gallery,
        gazetteer: Gazetteer,
        embed_captions: EmbedCaptions,
    ):
        self.encoder = model.clip
        self.card = source.card
        self.revision = f"{source.revision}, image half {model.clip.revision}"
        self.at_once = model.clip.photos_at_once
        self.is_calibrated = False
        self.captions_from: Mapping[str, int] = {}
        self._embed_captions = embed_captions
        self._model, self._gallery, self._gazetteer = model, gallery, gazetteer
        self._logit_scale, self._image_half = source.logit_scale, source.image_half
        self._photos = PhotoMemory(model.clip.crop, model.clip.view_features)
        self._tree = PointTree(gallery.points, gallery.counts, gallery.whereabouts, gazetteer, gallery.digest)

    def know(self, photo: Photo) -> None:
        """A drawn scene is a photo as any other."""

    def points(self, question: Question) -> dict[str, np.ndarray]:
        """The gallery's points (m, 2) by the country that they lie in."""
        where = self._gallery.whereabouts
        codes = np.repeat(where.countries, np.diff(np.append(where.starts, len(where.order))))
        points = self._gallery.points[where.order]
        return {str(code): points[codes == code] for code in np.unique(codes) if code != NOWHERE}

    def read_ahead(self, question: Question, progress: Progress | None = None) -> None:
        """There are no captions to be read."""

    def view(self, photo: AnyPhoto) -> Image.Image:
        """The square of a photo that the model sees."""
        return self._photos.view(photo)

    def embed(self, photos: Sequence[AnyPhoto]) -> list[Embedded]:
        """What the model sees in photos, in their order; remembered for as long as a photo is held by anybody else."""
        features = np.array(self._photos.seen(photos))  # (n, d)
        embeddings = self._model.embeddings_of(features) if len(photos) else ()
        return [
            Embedded(one, photo.digest, photo.notes) for one, photo in zip(embeddings, photos, strict=True)
        ]

    def embed_query(self, sentence: str) -> Embedded:
        """A sentence in a photo's place: "a street in the Alps".

        Raises
        ------
        QuestionError
            If it is empty, too long for the model, or no text.
        """
        check_text("query", sentence)
        words = " ".join(sentence.split())
        if not words:
            raise QuestionError('The query is empty. Describe a place, for example "a street in the Alps".')
        notes = [f'A sentence in a photo\'s place: "{words[:MOST_WORDS]}".']
        if self.encoder.truncated([words]):
            notes.append(
                f"The query is longer than {self.encoder.context} tokens; the model sees only its start."
            )
        return Embedded(self._model.query_embedding(words), "", tuple(notes))

    def probabilities(self, embedded: Embedded) -> tuple[np.ndarray, np.ndarray]:
        """The points (n, 2) of the gallery, and how probable each is (n,), without the tree."""
        logits = self._logit_scale * self._cosines(embedded).astype(float) + np.log(self._gallery.counts)
        return self._gallery.points, softmax(logits)

    def answer(self, embedded: Embedded, question: Question, progress: Progress | None = None) -> Prediction:
        """Say where a photo may have been taken that `embed` has seen, or what `embed_query` has read.

        Of the question count `beam_width` and `top_k`; a note says so.
        """
        spread = self._tree.spread(
            self._cosines(embedded), self._logit_scale, question.beam_width, question.top_k
        )
        return Prediction(
            roots=spread.roots,
            guesses=spread.guesses,
            estimator=ESTIMATOR,
            half_mass_radius_km=spread.half_mass_radius_km,
            logit_scale=self._logit_scale,
            beam_width=question.beam_width,
            templates=question.templates,
            manifest=self._manifest((*embedded.notes, *self._notes(spread))),
            belief=spread.belief,
        )

    def locate(self, photo: AnyPhoto, question: Question, progress: Progress | None = None) -> Prediction:
        """Say where a photo may have been taken: `embed`, then `answer`."""
        (embedded,) = self.embed([photo])
        return self.answer(embedded, question, progress)

    def read_captions(self, captions: Sequence[str], progress: Progress | None = None) -> None:
        """Embed captions, so that nobody has to wait for them later."""
        self._embed_captions(captions, progress=progress)

    def shares(
        self,
        photo: AnyPhoto,
        captions: Sequence[str],
        anyway: bool = False,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """How a photo is shared among captions, by GeoCLIP's image half as the CLIP that it is: zero-shot, (n,)."""
        for caption in captions:
            check_text("captions", caption)
        (features,) = self._photos.seen([photo])
        embeddings = self._embed_captions(captions, progress=progress)
        cosines = np.vecdot(embeddings, features / np.linalg.norm(features))
        return softmax(self.encoder.logit_scale * cosines.astype(float))

    def _cosines(self, embedded: Embedded) -> np.ndarray:
        # Not `@`, whose threads go on spinning after it and slow down all that follows on a busy machine.
        return np.vecdot(self._gallery.embeddings, embedded.embedding.astype(np.float32))  # (n,)

    def _notes(self, spread: Spread) -> list[str]:
        clip = self.encoder
        first = deciding_level(spread.roots).nodes[0].candidate.place
        disputed = self._gazetteer.note(first.country) if first else None
        return [
            HALF.format(title=self._image_half, revision=clip.revision),
            UNUSED.format(count=len(self._gallery.points)),
            *self._gallery.notes,
            *([f"{self._gazetteer.country(first.country).name}: {disputed}"] if first and disputed else []),
            *([clip.note] if clip.note else []),
        ]

    def _manifest(self, notes: tuple[str, ...]) -> Manifest:
        clip = self.encoder
        made = Manifest(
            model=self.card.title,
            revision=self.revision,
            engine=clip.engine,
            device=clip.device,
            precision=clip.dtype,
            gazetteer=self._gazetteer.edition,
            notes=notes,
        )
        return replace(made, mark=UNTRAINED) if self._model.is_untrained else made
