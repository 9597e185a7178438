"""GeoCLIP as a Locator: a photo's embedding against those of points. A sentence can take a photo's place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from PIL import Image

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.errors import QuestionError
from streetclip_demo.locate.clip import EmbedCaptions
from streetclip_demo.locate.locator import AnyPhoto, Embedded, mean_embedded
from streetclip_demo.locate.photo_memory import PhotoMemory
from streetclip_demo.locate.question import Question, check_text
from streetclip_demo.model.gallery import Gallery
from streetclip_demo.model.geoclip_encoder import GeoClipEncoder
from streetclip_demo.photos.photo import Photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.whereabouts import NOWHERE
from streetclip_demo.posterior.attribution import Attribution, contest, weighted_sum
from streetclip_demo.posterior.deciding import deciding_level, first_path
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.point_tree import LEAST_MASS, PointTree, Spread
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
        self._parts: WeakKeyDictionary[AnyPhoto, np.ndarray] = WeakKeyDictionary()
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

    def squares(self, image: Image.Image, places: Sequence[float]) -> list[Image.Image]:
        """Such squares in several places along an image's longer side, from 0 to 1."""
        return list(self.encoder.crops(image, places))

    def embed(self, photos: Sequence[AnyPhoto]) -> list[Embedded]:
        """What the model sees in photos, in their order; remembered for as long as a photo is held by anybody else."""
        seen = self._photos.seen(photos)
        return [
            mean_embedded(self._model.embeddings_of(features), photo)
            for features, photo in zip(seen, photos, strict=True)
        ]

    def embed_query(self, sentence: str) -> Embedded:
        """A sentence in a photo's place: "a street in the Alps".

        Raise QuestionError if it is empty, too long for the model, or no text.
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
        scale = self._scale_of(embedded)
        logits = scale * self._cosines(embedded).astype(float) + np.log(self._gallery.counts)
        return self._gallery.points, softmax(logits)

    def estimated(
        self, photo: AnyPhoto, cuts: Sequence[AnyPhoto], boxes: Sequence[tuple[float, ...]]
    ) -> Iterator[Embedded]:
        """Estimates of what the model sees in a photo without each of some windows; `window_features` says how."""
        views = (self.view(cut) for cut in cuts)
        for features in self.encoder.window_features(self.view(photo), views, boxes):
            yield Embedded(self._model.embeddings_of(features[None])[0], photo.digest, photo.notes)

    def explain(
        self, photo: AnyPhoto, prediction: Prediction, path: Sequence[str] | None = None
    ) -> Attribution:
        """Say what of a place's lead over its rivals each patch of the photo brought.

        A place is the points that lie in it, each weighted by its part of the place's belief. The image head is no
        linear map: it is taken as the one that it is for this photo, with the same neurons on.

        Parameters
        ----------
        photo, prediction, path
            As of `ClipLocator.explain`, which also says what is raised.
        """
        among = contest(prediction.roots, path or first_path(prediction))
        assert prediction.belief is not None  # every answer of this model has one
        belief = prediction.belief.probabilities
        places = self._tree.places_of(among.path[:-1], belief)  # (n,)
        inside = places >= 0
        masses = np.bincount(places[inside], belief[inside], len(among.weights))
        spread = np.zeros(len(belief))
        spread[inside] = (among.weights / np.maximum(masses, LEAST_MASS))[places[inside]] * belief[inside]
        direction = self._logit_scale * weighted_sum(spread, self._gallery.embeddings)
        return among.attribution(self._patch_parts(photo), direction)

    def _patch_parts(self, photo: AnyPhoto) -> np.ndarray:
        if photo not in self._parts:
            self._parts[photo] = self._model.parts_of(*self.encoder.patch_features(self.view(photo)))
        return self._parts[photo]

    def answer(self, embedded: Embedded, question: Question, progress: Progress | None = None) -> Prediction:
        """Say where a photo may have been taken that `embed` has seen, or what `embed_query` has read.

        Of the question count `beam_width` and `top_k`; a note says so.
        """
        scale = self._scale_of(embedded)
        spread = self._tree.spread(self._cosines(embedded), scale, question.beam_width, question.top_k)
        return Prediction(
            roots=spread.roots,
            guesses=spread.guesses,
            estimator=ESTIMATOR,
            half_mass_radius_km=spread.half_mass_radius_km,
            logit_scale=scale,
            beam_width=question.beam_width,
            templates=question.templates,
            manifest=replace(self._manifest((*embedded.notes, *self._notes(spread))), seen=embedded.seen),
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
        (features,) = self._photos.seen([photo])  # (views, d)
        embeddings = self._embed_captions(captions, progress=progress)
        seen = mean_embedded(features / np.linalg.norm(features, axis=1, keepdims=True), photo)
        cosines = np.vecdot(embeddings, seen.embedding)
        return softmax(self.encoder.logit_scale * cosines.astype(float))

    def _scale_of(self, embedded: Embedded) -> float:
        """What `_cosines` are multiplied by: of photos that are asked as one, logits are added up."""
        return self._logit_scale * len(embedded.photos)

    def _cosines(self, embedded: Embedded) -> np.ndarray:
        """Of a photo and each point of the gallery (n,); of several photos their mean."""
        # Not `@`, whose threads go on spinning after it and slow down all that follows on a busy machine.
        rows = embedded.rows.astype(np.float32)
        each = [np.vecdot(self._gallery.embeddings, row) for row in rows]
        return each[0] if len(each) == 1 else np.asarray(np.mean(each, axis=0, dtype=np.float64))

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
