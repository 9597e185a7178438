"""A photo and a question in, a prediction out: a photo is embedded once, the practice model kept honest."""

import functools
import threading
import unicodedata
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np

from streetclip_demo.checkpoints.cards import MODELS, ModelCard
from streetclip_demo.errors import NeedsRealModel
from streetclip_demo.locate.question import Question, check_text
from streetclip_demo.own_files import ASSETS, own_json
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.photo import Photo
from streetclip_demo.places.candidates import Candidate, Outline, gazetteer_cities, parse_outline
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.embedded_labels import EmbeddedLabelsCache, Labels
from streetclip_demo.posterior.geolocate import geolocate
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import softmax

REMEMBERED_OUTLINES = 8
REMEMBERED_COUNTRIES = 1000  # whose lists of cities are kept
MAX_CUT_NOTES = 10

Progress = Callable[[int, int], None]  # captions encoded, captions in all


class Encoder(Protocol):
    """What a predictor needs of a checkpoint."""

    card: ModelCard
    revision: str
    engine: str
    device: str
    dtype: str
    note: str  # what of the answers is not as was asked; "" where all is
    logit_scale: float
    context: int  # tokens of a caption that the model sees

    def image_embeddings(self, images: Sequence) -> np.ndarray: ...  # (n, d)

    def view_embeddings(self, views: Sequence) -> np.ndarray: ...  # (n, d)

    def truncated(self, captions: Sequence[str]) -> list[str]: ...


class EmbedCaptions(Protocol):
    """Captions to unit embeddings: a caption cache, or the encoder's own method."""

    def __call__(self, captions: Sequence[str], progress: Progress | None = None) -> np.ndarray: ...  # (n, d)


class Predictor:
    """Answers questions about photos with one encoder. Safe to use from several threads.

    Parameters
    ----------
    encoder : Encoder
    embed_captions : EmbedCaptions
    gazetteer : Gazetteer
    known_digests : container of str
        Digests of drawn scenes, which the practice model may locate.
    """

    def __init__(
        self,
        encoder: Encoder,
        embed_captions: EmbedCaptions,
        gazetteer: Gazetteer,
        known_digests: Container[str] = frozenset(),
    ):
        self.encoder = encoder
        self._embed_captions = embed_captions
        self._gazetteer = gazetteer
        self._known = known_digests
        self._embeddings: WeakKeyDictionary[Photo | KeptPhoto, np.ndarray] = WeakKeyDictionary()  # (d,) each
        self._lock = threading.Lock()
        self._labels = EmbeddedLabelsCache()
        self._cut: WeakKeyDictionary[Labels, list[Candidate]] = WeakKeyDictionary()  # whose captions are cut
        # The same objects for the same questions, so that their labels are known to the memory.
        self._outline = functools.lru_cache(maxsize=REMEMBERED_OUTLINES)(self._read_outline)
        self._cities = functools.lru_cache(maxsize=REMEMBERED_COUNTRIES)(self._read_cities)

    def locate(
        self, photo: Photo | KeptPhoto, question: Question, progress: Progress | None = None
    ) -> Prediction:
        """Say where a photo may have been taken.

        Parameters
        ----------
        photo : Photo or KeptPhoto
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
        outline = self._outline(question.labels)
        question.check_size(outline)
        card = self.encoder.card
        drawn = self._may_answer(photo, question.anyway)
        prediction = geolocate(
            self.embedding(photo),
            outline,
            lambda captions: self._embed_captions(captions, progress=progress),
            logit_scale=self.encoder.logit_scale,
            templates=question.templates,
            beam_width=question.beam_width,
            estimator=question.estimator,
            top_k=question.top_k,
            children_of=self._children_of(question),
            cache=self._labels,
        )
        return replace(
            prediction,
            model=card.title,
            revision=self.encoder.revision,
            mark="" if drawn else mark(card),
            notes=(
                *photo.notes,
                *outline.notes,
                *prediction.notes,
                *self._disputed(prediction),
                *self._cut_captions(prediction.roots.all_labels()),
                *self._shortcomings(),
            ),
            manifest=self._manifest(),
        )

    def shares(self, photo: Photo | KeptPhoto, captions: Sequence[str], anyway: bool = False) -> np.ndarray:
        """How a photo is shared among captions of any kind: the softmax of their logits.

        Parameters
        ----------
        photo : Photo or KeptPhoto
        captions : sequence of str
            At least one.
        anyway : bool
            Ask the practice model about a photograph too.

        Returns
        -------
        np.ndarray, shape (n,)
            Probabilities that sum to 1.

        Raises
        ------
        NeedsRealModel
            As `locate` does.
        """
        self._may_answer(photo, anyway)
        for caption in captions:
            check_text("captions", caption)
        cosines = np.vecdot(
            self._embed_captions(captions), self.embedding(photo)
        )  # (n,); `@` rounds by company
        logits = self.encoder.logit_scale * cosines.astype(float)
        return softmax(logits)

    def _may_answer(self, photo: Photo | KeptPhoto, anyway: bool) -> bool:
        """Whether the model is fit for this photo; NeedsRealModel where it is not and was not asked for anyway."""
        fit = self.encoder.card.locates_photographs or photo.digest in self._known
        if not fit and not anyway:
            raise NeedsRealModel(needs_real_model(self.encoder.card))
        return fit

    def _shortcomings(self) -> list[str]:
        """Notes on what computes: a precision that was not to be had, embeddings that cannot be kept."""
        notes = (
            self.encoder.note,
            getattr(self._embed_captions, "note", ""),
        )  # a function alone keeps nothing
        return [note for note in notes if note]

    def _manifest(self) -> Manifest:
        encoder = self.encoder
        return Manifest(encoder.engine, encoder.device, encoder.dtype, self._gazetteer.edition)

    def _read_outline(self, labels: str) -> Outline:
        return parse_outline(labels, self._gazetteer)

    def _read_cities(self, candidate: Candidate, count: int) -> tuple[Candidate, ...]:
        return gazetteer_cities(candidate, self._gazetteer, count)

    def _children_of(self, question: Question) -> Callable[[Candidate], Sequence[Candidate]] | None:
        if not question.add_cities:
            return None
        return lambda candidate: self._cities(candidate, question.cities_per_country)

    def _disputed(self, prediction: Prediction) -> list[str]:
        """What is disputed about the country of the answer."""
        place = prediction.guesses[0].node.candidate.place
        note = self._gazetteer.note(place.country) if place else None
        return [f"{self._gazetteer.country(place.country).name}: {note}"] if note else []

    def embedding(self, photo: Photo | KeptPhoto) -> np.ndarray:
        """The photo's embedding (d,); it is remembered for as long as that photo is held by anybody else."""
        with self._lock:
            embedding = self._embeddings.get(photo)
        if embedding is None:
            embedding = self._embed(photo)
            with self._lock:
                self._embeddings[photo] = embedding
        return embedding

    def _embed(self, photo: Photo | KeptPhoto) -> np.ndarray:
        if isinstance(photo, KeptPhoto):
            return self.encoder.view_embeddings([photo.view])[0]
        return self.encoder.image_embeddings([photo.image])[0]

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


def needs_real_model(card: ModelCard) -> str:
    """Why a model that has only seen drawings gives no answer, and what to do."""
    real = MODELS["streetclip"]
    return (
        f"{card.title}: this model has only seen drawings, so it cannot tell where a photograph was taken."
        f" To locate photographs, get {real.title} ({real.size}, licence {real.licence}) with"
        " `python app.py --prefetch`, or copy its folder from another machine and start with"
        " `python app.py --model FOLDER`. To see how it works all the same, with an answer that is marked, add"
        " `--anyway` (in Python: `anyway=True`)."
    )


def mark(card: ModelCard) -> str:
    """The caveat that stands on what such a model says of a photograph."""
    return f"{card.title} on a photograph: it has only seen drawings, so these places mean nothing."


@functools.cache
def practice_digests() -> frozenset[str]:
    """Digests of the scenes that ship in assets/examples."""
    path = ASSETS / "examples" / "manifest.json"
    return own_json(path, lambda scenes: frozenset(scene["digest"] for scene in scenes))


def _may_exceed(caption: str, context: int) -> bool:
    """False if the caption surely fits: it has no more tokens than bytes, and a start and an end mark."""
    whole = caption if caption.isascii() else unicodedata.normalize("NFC", caption).lower()
    return len(whole.encode()) > context - 2


def _where(candidate: Candidate) -> str:
    return f"Line {candidate.line}" if candidate.line else repr(candidate.name)
