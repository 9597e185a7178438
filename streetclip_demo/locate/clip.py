"""CLIP as a Locator: a photo's embedding against the captions of a question's labels."""

import functools
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, cast
from weakref import WeakKeyDictionary

import numpy as np
from PIL import Image

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.errors import NeedsRealModel
from streetclip_demo.locate.calibration import NONE, Calibration
from streetclip_demo.locate.drawn import KnownDrawings, mark, needs_real_model
from streetclip_demo.locate.locator import AnyPhoto, Embedded, mean_embedded
from streetclip_demo.locate.photo_memory import PhotoMemory
from streetclip_demo.locate.question import Question, check_text
from streetclip_demo.photos.photo import Photo
from streetclip_demo.places.areas import area_of
from streetclip_demo.places.candidates import Candidate, Family, Outline, gazetteer_cities, parse_outline
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.leaf_points import leaf_points
from streetclip_demo.posterior.attribution import Attribution, caption_direction, contest
from streetclip_demo.posterior.deciding import deciding_level, first_path
from streetclip_demo.posterior.embedded_labels import EmbeddedLabelsCache, Labels
from streetclip_demo.posterior.geolocate import geolocate, notes_on
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.prediction import Guess, Prediction
from streetclip_demo.posterior.scoring import Scorer
from streetclip_demo.posterior.tree import Node, Parent, Siblings, softmax
from streetclip_demo.progress import Progress

REMEMBERED_OUTLINES = 8
REMEMBERED_COUNTRIES = 1000  # whose lists of cities are kept
MAX_CUT_NOTES = 10


class Encoder(Protocol):
    """What a ClipLocator needs of a checkpoint."""

    card: ModelCard
    revision: str
    engine: str
    device: str
    dtype: str
    note: str  # what of the answers is not as was asked; "" where all is
    logit_scale: float
    context: int  # tokens of a caption that the model sees
    dimension: int  # of an embedding
    photos_at_once: int
    is_far: bool  # each call waits for a GPU elsewhere

    def crop(self, image: Image.Image) -> Image.Image: ...  # the square that the model sees

    def crops(self, image: Image.Image, places: Sequence[float]) -> Sequence[Image.Image]: ...  # elsewhere

    def view_embeddings(self, views: Sequence[Image.Image]) -> np.ndarray: ...  # (n, d)

    def patch_parts(self, view: Image.Image) -> tuple[np.ndarray, np.ndarray]: ...  # (d,), (patches, d)

    def window_embeddings(
        self, view: Image.Image, cuts: Iterable[Image.Image], boxes: Sequence[tuple[float, ...]]
    ) -> Iterator[np.ndarray]: ...  # estimates (d,) of a view's without each of n windows

    def truncated(self, captions: Sequence[str]) -> list[str]: ...


class EmbedCaptions(Protocol):
    """Captions to unit embeddings: a caption cache, or the encoder's own method."""

    def __call__(self, captions: Sequence[str], progress: Progress | None = None) -> np.ndarray: ...  # (n, d)


class ClipLocator:
    """Answers questions about photos with one encoder. Safe to use from several threads.

    Parameters
    ----------
    encoder : Encoder
    embed_captions : EmbedCaptions
    gazetteer : Gazetteer
    known_digests : container of str
        Digests of drawn scenes, which the practice model may locate.
    calibration : Calibration
        Fitted for this model; a question may name other temperatures.
    """

    def __init__(
        self,
        encoder: Encoder,
        embed_captions: EmbedCaptions,
        gazetteer: Gazetteer,
        known_digests: Collection[str] = frozenset(),
        calibration: Calibration = NONE,
    ):
        self.encoder = encoder
        self.card = encoder.card
        self.revision = encoder.revision
        self.at_once = encoder.photos_at_once
        self.calibration = calibration
        self.is_calibrated = bool(calibration.said)
        self._embed_captions = embed_captions
        self._gazetteer = gazetteer
        self._known = KnownDrawings(known_digests)
        self._photos = PhotoMemory(encoder.crop, encoder.view_embeddings)
        self._parts: WeakKeyDictionary[AnyPhoto, tuple[np.ndarray, np.ndarray]] = WeakKeyDictionary()
        self._labels = EmbeddedLabelsCache()
        self._cut: WeakKeyDictionary[Labels, list[Candidate]] = WeakKeyDictionary()  # whose captions are cut
        # The same objects for the same questions, so that their labels are known to the memory.
        self._outline = functools.lru_cache(maxsize=REMEMBERED_OUTLINES)(self._read_outline)
        self._cities = functools.lru_cache(maxsize=REMEMBERED_COUNTRIES)(self._read_cities)

    @property
    def captions_from(self) -> Mapping[str, int]:
        """How many captions came from where, if whoever embeds them counts: CaptionCache does."""
        return dict(getattr(self._embed_captions, "counted", {}))

    def know(self, photo: Photo) -> None:
        """Add a drawn scene to those that the practice model may locate."""
        self._known.add(photo.digest)

    def view(self, photo: AnyPhoto) -> Image.Image:
        """The square of a photo that the model sees."""
        return self._photos.view(photo)

    def squares(self, image: Image.Image, places: Sequence[float]) -> list[Image.Image]:
        """Such squares in several places along an image's longer side, from 0 to 1."""
        return list(self.encoder.crops(image, places))

    def embed(self, photos: Sequence[AnyPhoto]) -> list[Embedded]:
        """What the model sees in photos; remembered for as long as a photo is held by anybody else.

        Returns
        -------
        list of Embedded
            In the photos' order.
        """
        seen = self._photos.seen(photos)
        return [mean_embedded(rows, photo) for rows, photo in zip(seen, photos, strict=True)]

    def answer(self, embedded: Embedded, question: Question, progress: Progress | None = None) -> Prediction:
        """Say where a photo may have been taken that `embed` has seen.

        Parameters
        ----------
        embedded : Embedded
        question : Question
        progress : callable, optional
            Called with (captions encoded, captions in all) while captions are encoded; what it raises ends the work.

        Raises
        ------
        LabelError, QuestionError
            If the labels cannot be used, or have too many captions.
        NeedsRealModel
            If the model has only seen drawings, the photo is none that this app drew, and the question does
            not say `anyway`.
        """
        outline = self._checked_outline(question)
        is_fit = all(self._may_answer(one.digest, question.anyway) for one in embedded.photos)

        def manifest(roots: Siblings, guesses: Sequence[Guess]) -> Manifest:
            calibrated = self.calibration.said if question.temperatures is None else ()
            notes = (*embedded.notes, *outline.notes, *calibrated, *self._notes(roots, guesses))
            made = self._manifest("" if is_fit else mark(self.card), notes)
            return replace(made, label_notes=outline.notes, seen=embedded.seen)

        return geolocate(
            embedded.rows,
            outline,
            functools.partial(self._embed_captions, progress=progress),
            logit_scale=self.encoder.logit_scale,
            templates=question.templates,
            beam_width=question.beam_width,
            estimator=question.estimator,
            top_k=question.top_k,
            temperatures=question.temperatures or self.calibration.temperatures,
            children_of=self._children_of(question),
            area_of=lambda candidate: area_of(candidate, self._gazetteer),
            cache=self._labels,
            manifest=manifest,
        )

    def points(self, question: Question) -> dict[str, np.ndarray]:
        """The points (m, 2) of all leaves that a question may answer with, by country."""
        return leaf_points(self._checked_outline(question).roots, self._children_of(question))

    def locate(self, photo: AnyPhoto, question: Question, progress: Progress | None = None) -> Prediction:
        """Say where a photo may have been taken: `embed`, then `answer`, which says what is raised."""
        self._checked_outline(question)  # a mistake is told before the photo is embedded
        self._may_answer(photo.digest, question.anyway)
        (embedded,) = self.embed([photo])
        return self.answer(embedded, question, progress)

    def explain(
        self, photo: AnyPhoto, prediction: Prediction, path: Sequence[str] | None = None
    ) -> Attribution:
        """Say what of a place's lead over its rivals each patch of the photo brought.

        Parameters
        ----------
        photo : Photo or KeptPhoto
        prediction : Prediction
            What `locate` answered about it.
        path : sequence of str, optional
            Names from the root to the place; by default to the first row of the tree.

        Raises
        ------
        QuestionError
            If the prediction holds no such place.
        """
        among = contest(prediction.roots, path or first_path(prediction))
        labels = among.siblings.labels.candidates
        (known,) = self._labels.embedded(
            [Family.of(labels)], prediction.templates, self._embed_captions, self.encoder.dimension
        )
        scale = prediction.logit_scale / prediction.temperatures.of(label.level for label in labels)
        image, parts = self._patch_parts(photo)
        return among.attribution(parts, caption_direction(among.weights, known, image.astype(float), scale))

    def estimated(
        self, photo: AnyPhoto, cuts: Sequence[AnyPhoto], boxes: Sequence[tuple[float, ...]]
    ) -> Iterator[Embedded]:
        """Estimates of what the model sees in a photo without each of some windows; `window_embeddings` says how."""
        views = (self.view(cut) for cut in cuts)
        for embedding in self.encoder.window_embeddings(self.view(photo), views, boxes):
            yield Embedded(embedding, photo.digest, photo.notes)

    def read_ahead(self, question: Question, progress: Progress | None = None) -> None:
        """Embed, in one call, every caption that a question could ask for, whatever the photo."""
        roots, children_of = self._checked_outline(question).roots, self._children_of(question)
        EmbeddedLabelsCache().embedded(
            list(_families(roots, children_of)),
            question.templates,
            lambda captions: self._embed_captions(captions, progress=progress),
            self.encoder.dimension,
        )

    def has_read(self, captions: Sequence[str]) -> bool:
        """Whether captions are embedded already, where whoever embeds them keeps them: CaptionCache does."""
        keeps = getattr(self._embed_captions, "has", None)
        return keeps is None or keeps(captions)

    def read_captions(self, captions: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Unit embeddings of captions (n, d); nobody has to wait for them later."""
        return self._embed_captions(captions, progress=progress)

    def shares(
        self,
        photo: AnyPhoto,
        captions: Sequence[str],
        anyway: bool = False,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """How a photo is shared among captions of any kind: the softmax of their logits.

        Parameters
        ----------
        photo : Photo or KeptPhoto
        captions : sequence of str
            At least one.
        anyway : bool
            Ask the practice model about a photograph too.
        progress : callable, optional
            As of `answer`.

        Returns
        -------
        np.ndarray, shape (n,)
            Probabilities that sum to 1.

        Raises
        ------
        NeedsRealModel
            As `locate` does.
        """
        self._may_answer(photo.digest, anyway)
        for caption in captions:
            check_text("captions", caption)
        (embedded,) = self.embed([photo])
        # `@` would round by company.
        cosines = np.vecdot(self._embed_captions(captions, progress=progress), embedded.embedding)  # (n,)
        logits = self.encoder.logit_scale * cosines.astype(float)
        return softmax(logits)

    def logits_again(
        self, prediction: Prediction, images: Sequence[np.ndarray]
    ) -> tuple[tuple[Candidate, ...], list[np.ndarray]]:
        """What other embeddings than the photo's would give the labels of the level that decides an answer.

        Parameters
        ----------
        prediction : Prediction
            The answer, of this model.
        images : sequence of np.ndarray, shape (d,)
            Of unit length.

        Returns
        -------
        tuple of Candidate, list of np.ndarray, shape (n,)
            The labels, and for each embedding their logits as an answer has them, temperature included.
        """
        labels = cast("Siblings", deciding_level(prediction.roots).nodes).labels

        def logits(image: np.ndarray) -> np.ndarray:
            scorer = Scorer(
                image[None],
                self._embed_captions,
                self.encoder.logit_scale,
                prediction.templates,
                self._labels,
                prediction.temperatures,
            )
            (siblings,) = scorer.score([(labels.candidates, Parent())])
            return siblings.logits

        return labels.candidates, list(map(logits, images))

    def _patch_parts(self, photo: AnyPhoto) -> tuple[np.ndarray, np.ndarray]:
        if photo not in self._parts:
            self._parts[photo] = self.encoder.patch_parts(self.view(photo))
        return self._parts[photo]

    def _checked_outline(self, question: Question) -> Outline:
        outline = self._outline(question.labels)
        question.check_size(outline)
        return outline

    def _may_answer(self, digest: str, anyway: bool) -> bool:
        """Whether the model is fit for this photo; NeedsRealModel where it is not and was not asked for anyway."""
        is_fit = self.card.locates_photographs or digest in self._known
        if not is_fit and not anyway:
            raise NeedsRealModel(needs_real_model(self.card))
        return is_fit

    def _manifest(self, mark: str, notes: tuple[str, ...]) -> Manifest:
        encoder = self.encoder
        return Manifest(
            model=self.card.title,
            revision=self.revision,
            engine=encoder.engine,
            device=encoder.device,
            precision=encoder.dtype,
            gazetteer=self._gazetteer.edition,
            mark=mark,
            notes=notes,
        )

    def _notes(self, roots: Siblings, guesses: Sequence[Guess]) -> list[str]:
        """What a person should know of an answer, besides what is to be said of photo and labels."""
        return [
            *notes_on(roots),
            *self._disputed(deciding_level(roots).nodes[0], guesses[0].node),
            *self._cut_captions(roots.all_labels()),
            *self._shortcomings(),
        ]

    def _shortcomings(self) -> list[str]:
        """Notes on what computes: a precision that was not to be had, embeddings that cannot be kept."""
        notes = (
            self.encoder.note,
            getattr(self._embed_captions, "note", ""),
            self.calibration.note,
        )  # a function alone keeps nothing
        return [note for note in notes if note]

    def _read_outline(self, labels: str) -> Outline:
        return parse_outline(labels, self._gazetteer)

    def _read_cities(self, candidate: Candidate, count: int) -> tuple[Candidate, ...]:
        return gazetteer_cities(candidate, self._gazetteer, count)

    def _children_of(self, question: Question) -> Callable[[Candidate], Sequence[Candidate]] | None:
        if not question.add_cities:
            return None
        return lambda candidate: self._cities(candidate, question.cities_per_country)

    def _disputed(self, *answers: Node) -> list[str]:
        """What is disputed about the countries of the answer and of the pin."""
        places = [node.candidate.place for node in answers]
        codes = dict.fromkeys(place.country for place in places if place)
        notes = ((code, self._gazetteer.note(code)) for code in codes)
        return [f"{self._gazetteer.country(code).name}: {note}" for code, note in notes if note]

    def _cut_captions(self, lists: Iterable[Labels]) -> list[str]:
        """Notes on captions that are longer than the model's context."""
        affected = [candidate for labels in lists for candidate in self._cut_candidates(labels)]
        affected.sort(key=lambda candidate: candidate.line)
        fate = f"the caption is longer than {self.encoder.context} tokens; the model sees only its start."
        notes = [f"{_where(candidate)}: {fate}" for candidate in affected[:MAX_CUT_NOTES]]
        more = len(affected) - len(notes)
        return [*notes, *([f"The captions of {more} more labels are too long as well."] if more else [])]

    def _cut_candidates(self, labels: Labels) -> list[Candidate]:
        if labels not in self._cut:
            context = self.encoder.context
            suspects = {text for texts in labels.captions for text in texts if _may_exceed(text, context)}
            cut = set(self.encoder.truncated(sorted(suspects))) if suspects else set()
            pairs = zip(labels.candidates, labels.captions, strict=True)
            self._cut[labels] = [candidate for candidate, texts in pairs if cut.intersection(texts)]
        return self._cut[labels]


def _families(
    candidates: Sequence[Candidate], children_of: Callable[[Candidate], Sequence[Candidate]] | None
) -> Iterator[Family]:
    """Candidates and all that may be opened below them, siblings together."""
    yield Family.of(candidates)
    for candidate in candidates:
        if children := candidate.children or (children_of(candidate) if children_of else ()):
            yield from _families(children, children_of)


def _may_exceed(caption: str, context: int) -> bool:
    """False if the caption surely fits: it has no more tokens than bytes, and a start and an end mark."""
    whole = caption if caption.isascii() else unicodedata.normalize("NFC", caption).lower()
    return len(whole.encode()) > context - 2


def _where(candidate: Candidate) -> str:
    return f"Line {candidate.line}" if candidate.line else repr(candidate.name)
