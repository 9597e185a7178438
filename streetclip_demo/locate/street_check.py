"""Whether a photo may be none of a street: captions of other kinds of pictures, and how widely the belief is spread.

Off until it was measured for a model and a list of labels (`python -m streetclip_demo streets FOLDER`), which keeps
weights and threshold in a file beside the model; without that file nothing is said.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from streetclip_demo.cache_folder import default_directory
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.errors import ModelError
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.locator import Embedded
from streetclip_demo.posterior.deciding import deciding_level
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Siblings, softmax

NAME = "street_check.json"
STREET = "street"
KINDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        STREET: ("A Street View photo.", "A photo of a street.", "A photo of a road in the countryside."),
        "indoors": ("A photo of a room.", "A photo taken inside a building."),
        "portrait": ("A portrait of a person.", "A photo of a face."),
        "map": ("A map.", "A plan of a city."),
        "screenshot": ("A screenshot of a computer.", "A screenshot of a phone."),
        "text": ("A page of printed text.", "A photo of a document."),
    }
)
KIND_CAPTIONS = tuple(caption for captions in KINDS.values() for caption in captions)


@dataclass(frozen=True)
class Evidence:
    """What speaks against a street."""

    odds: float  # the logarithm of the odds that another kind's captions fit better than a street's
    entropy: (
        float  # of the shares at the level that decides, from 0 (one label has all) to 1 (all have the same)
    )
    kind: str  # the likeliest of KINDS

    @property
    def features(self) -> tuple[float, float]:
        """The numbers that are weighed, in the order of a check's weights."""
        return self.odds, self.entropy


@dataclass(frozen=True)
class StreetCheck:
    """What was measured for one model and one list of labels; a photo whose score is above the threshold is doubted."""

    revision: str
    labels_sha256: str
    weights: tuple[float, float]  # of Evidence.features
    threshold: float
    false_alarms: float  # the share of street photos that were doubted, where it was measured

    def doubts(self, evidence: Evidence) -> bool:
        """Whether a photo may be none of a street."""
        return float(np.dot(self.weights, evidence.features)) > self.threshold

    def doubt(self, found: Evidence) -> "Doubt | None":
        """Why a photo is doubted; None where it is not."""
        return Doubt(found.kind if found.odds > 0 else "", self.false_alarms) if self.doubts(found) else None

    def is_for(self, labels: str) -> bool:
        """Whether it was measured with this list."""
        return self.labels_sha256 == labels_hash(labels)


@dataclass(frozen=True)
class Doubt:
    """That a photo may be none of a street."""

    kind: str  # of KINDS, which fits better; "" where a street's captions fit best
    false_alarms: float  # how many photos of streets are doubted, too


def labels_hash(labels: str) -> str:
    """What names a list of labels, whatever blanks end its lines."""
    return hashlib.sha256("\n".join(map(str.rstrip, labels.rstrip().splitlines())).encode()).hexdigest()


def evidence(locator: ClipLocator, embedded: Embedded, prediction: Prediction) -> Evidence:
    """What speaks against a street in a photo that was answered; nothing is computed of the photo itself."""
    means = np.array([locator.read_captions(captions).mean(axis=0) for captions in KINDS.values()])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    shares = softmax(locator.encoder.logit_scale * np.vecdot(means, embedded.embedding).astype(float))
    street = min(max(float(shares[list(KINDS).index(STREET)]), 1e-9), 1 - 1e-9)
    odds = float(np.log((1 - street) / street))
    return Evidence(odds, _entropy(prediction), list(KINDS)[int(shares.argmax())])


def _entropy(prediction: Prediction) -> float:
    nodes = deciding_level(prediction.roots).nodes
    shares = nodes.shares if isinstance(nodes, Siblings) else np.array([node.share for node in nodes])  # (n,)
    if len(shares) < 2:
        return 0.0
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum() / np.log(len(shares)))


def check_path(card: ModelCard, revision: str) -> Path:
    """Where a model's check lies, or would."""
    if card.key == "directory":
        return Path(card.source) / NAME
    return default_directory() / "streets" / f"{hashlib.sha256(revision.encode()).hexdigest()[:32]}.json"


def check_text(check: StreetCheck, measured: Mapping) -> str:
    """What its file holds: the check, and what was measured."""
    return json.dumps({**asdict(check), "measured": dict(measured)}, indent=2, ensure_ascii=False) + "\n"


def read_check(card: ModelCard, revision: str) -> StreetCheck | None:
    """What was measured for these weights; None where nothing was.

    Raise ModelError if the file cannot be used.
    """
    path = check_path(card, revision)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        check = StreetCheck(
            str(record["revision"]),
            str(record["labels_sha256"]),
            (float(record["weights"][0]), float(record["weights"][1])),
            float(record["threshold"]),
            float(record["false_alarms"]),
        )
        numbers = (*check.weights, check.threshold, check.false_alarms)
        if not all(np.isfinite(numbers)) or check.revision != revision:
            raise ValueError
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        raise ModelError(
            f"{path} cannot be used, or is of other weights: whether a photo shows a street is not said. Measure it"
            " again with `python -m streetclip_demo streets FOLDER`, or delete the file."
        ) from None
    return check
