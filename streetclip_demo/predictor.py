"""A photo and a question in, a prediction out: photos are remembered, the practice model kept honest."""

import functools
import json
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from streetclip_demo.candidates import Candidate, Outline, gazetteer_cities, parse_outline
from streetclip_demo.errors import DataError, NeedsRealModel
from streetclip_demo.gazetteer import Gazetteer
from streetclip_demo.geolocate import Node, Prediction, geolocate
from streetclip_demo.models import MODELS, ModelCard
from streetclip_demo.photo import Photo
from streetclip_demo.prompts import DEFAULT_TEMPLATES, Templates

ASSETS = Path(__file__).resolve().parent.parent / "assets"
REMEMBERED_PHOTOS = 64
REMEMBERED_OUTLINES = 8
MAX_CUT_NOTES = 10

Progress = Callable[[int, int], None]  # captions encoded, captions in all


class Encoder(Protocol):
    """What a predictor needs of a checkpoint."""

    card: ModelCard
    revision: str
    logit_scale: float
    context: int  # tokens of a caption that the model sees

    def image_embeddings(self, images: Sequence) -> np.ndarray: ...  # (n, d)

    def truncated(self, captions: Sequence[str]) -> list[str]: ...


class EmbedCaptions(Protocol):
    """Captions to unit embeddings: a caption cache, or the encoder's own method."""

    def __call__(self, captions: Sequence[str], progress: Progress | None = None) -> np.ndarray: ...  # (n, d)


@dataclass(frozen=True)
class Question:
    """What a person asks of a photo."""

    labels: str  # the text of an outline
    templates: Templates = DEFAULT_TEMPLATES
    add_cities: bool = True
    cities_per_country: int = 30
    beam_width: int = 5
    estimator: str = "beam"
    top_k: int = 10
    anyway: bool = False  # run the practice model on a photograph; the prediction is marked


class Predictor:
    """Answers questions about photos with one encoder. Safe to use from several threads.

    Parameters
    ----------
    encoder : Encoder
    embed_captions : EmbedCaptions
    gazetteer : Gazetteer
    known_digests : collection of str
        Digests of drawn scenes, which the practice model may locate.
    """

    def __init__(
        self,
        encoder: Encoder,
        embed_captions: EmbedCaptions,
        gazetteer: Gazetteer,
        known_digests: Collection[str] = frozenset(),
    ):
        self.encoder = encoder
        self._embed_captions = embed_captions
        self._gazetteer = gazetteer
        self._known = set(known_digests)
        self._embeddings: OrderedDict[str, np.ndarray] = OrderedDict()  # digest -> (d,), latest last
        self._lock = threading.Lock()
        self._outline = functools.lru_cache(maxsize=REMEMBERED_OUTLINES)(self._read_outline)

    def know(self, photo: Photo) -> None:
        """Add a drawn scene to those that the practice model may locate."""
        self._known.add(photo.digest)

    def locate(self, photo: Photo, question: Question, progress: Progress | None = None) -> Prediction:
        """Say where a photo may have been taken.

        Parameters
        ----------
        photo : Photo
        question : Question
        progress : callable, optional
            Called with (captions encoded, captions in all) while captions are encoded.

        Raises
        ------
        LabelError
            If the labels cannot be used.
        NeedsRealModel
            If the model has only seen drawings, the photo is none that this app drew, and the question does
            not say `anyway`.
        """
        outline = self._outline(question.labels)
        card = self.encoder.card
        drawn = self._may_answer(photo, question.anyway)
        prediction = geolocate(
            self._embedding(photo),
            outline,
            lambda captions: self._embed_captions(captions, progress=progress),
            logit_scale=self.encoder.logit_scale,
            templates=question.templates,
            beam_width=question.beam_width,
            estimator=question.estimator,
            top_k=question.top_k,
            children_of=self._cities(question.cities_per_country) if question.add_cities else None,
        )
        return replace(
            prediction,
            model=card.title,
            revision=self.encoder.revision,
            mark="" if drawn else mark(card),
            notes=(*photo.notes, *outline.notes, *prediction.notes, *self._cut_captions(prediction.roots)),
        )

    def shares(self, photo: Photo, captions: Sequence[str], anyway: bool = False) -> np.ndarray:
        """How a photo is shared among captions of any kind: the softmax of their logits.

        Parameters
        ----------
        photo : Photo
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
        cosines = self._embed_captions(captions) @ self._embedding(photo)  # (n,)
        logits = self.encoder.logit_scale * cosines.astype(float)
        odds = np.exp(logits - logits.max())
        return odds / odds.sum()

    def _may_answer(self, photo: Photo, anyway: bool) -> bool:
        """Whether the model is fit for this photo; NeedsRealModel where it is not and was not asked for anyway."""
        fit = self.encoder.card.locates_photographs or photo.digest in self._known
        if not fit and not anyway:
            raise NeedsRealModel(needs_real_model(self.encoder.card))
        return fit

    def _read_outline(self, labels: str) -> Outline:
        return parse_outline(labels, self._gazetteer)

    def _cities(self, count: int) -> Callable[[Candidate], Sequence[Candidate]]:
        return lambda candidate: gazetteer_cities(candidate, self._gazetteer, count)

    def _embedding(self, photo: Photo) -> np.ndarray:
        """The photo's embedding (d,), from memory if it was there lately."""
        with self._lock:
            if photo.digest in self._embeddings:
                self._embeddings.move_to_end(photo.digest)
                return self._embeddings[photo.digest]
        embedding = self.encoder.image_embeddings([photo.image])[0]
        with self._lock:
            self._embeddings[photo.digest] = embedding
            while len(self._embeddings) > REMEMBERED_PHOTOS:
                self._embeddings.popitem(last=False)
        return embedding

    def _cut_captions(self, roots: Sequence[Node]) -> list[str]:
        """Notes on captions that are longer than the model's context."""
        nodes = list(_all_nodes(roots))
        context = self.encoder.context
        suspects = {caption for node in nodes for caption in node.captions if _may_exceed(caption, context)}
        cut = set(self.encoder.truncated(sorted(suspects))) if suspects else set()
        affected = [node.candidate for node in nodes if cut.intersection(node.captions)]
        affected.sort(key=lambda candidate: candidate.line)
        fate = f"the caption is longer than {context} tokens; the model sees only its start."
        notes = [f"{_where(candidate)}: {fate}" for candidate in affected[:MAX_CUT_NOTES]]
        more = len(affected) - len(notes)
        return [*notes, *([f"The captions of {more} more labels are too long as well."] if more else [])]


def needs_real_model(card: ModelCard) -> str:
    """Why a model that has only seen drawings gives no answer, and what to do."""
    real = MODELS["streetclip"]
    return (
        f"{card.title}: this model has only seen drawings, so it cannot tell where a photograph was taken."
        f" To locate photographs, get {real.title} ({real.size}, licence {real.licence}) with"
        " `python app.py --prefetch`, or copy its folder from another machine and start with"
        " `python app.py --model FOLDER`. To see how the app works all the same, choose"
        ' "Run it anyway, to see how it works" (on the command line: `--anyway`).'
    )


def mark(card: ModelCard) -> str:
    """The caveat that stands on what such a model says of a photograph."""
    return f"{card.title} on a photograph: it has only seen drawings, so these places mean nothing."


@functools.cache
def practice_digests() -> frozenset[str]:
    """Digests of the scenes that ship in assets/examples."""
    path = ASSETS / "examples" / "manifest.json"
    try:
        scenes = json.loads(path.read_text(encoding="utf-8"))
        return frozenset(scene["digest"] for scene in scenes)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"The list of example scenes, {path.name}, cannot be read ({error}). Get the app's files again."
        ) from error


def _all_nodes(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _all_nodes(node.children)


def _may_exceed(caption: str, context: int) -> bool:
    """False if the caption surely fits: it has no more tokens than bytes, and a start and an end mark."""
    return len(unicodedata.normalize("NFC", caption).lower().encode()) > context - 2


def _where(candidate: Candidate) -> str:
    return f"Line {candidate.line}" if candidate.line else repr(candidate.name)
