"""GeoCLIP's image half: a CLIP encoder's features through GeoCLIP's image head. Knows no gallery and no place."""

from collections.abc import Mapping

import numpy as np

from streetclip_demo.errors import ModelError
from streetclip_demo.model.encoder import ClipEncoder

UNTRAINED_SCALE = (
    1 / 0.07
)  # what a CLIPModel's logit scale is before it has learnt anything; trained ones have 100


class GeoClipEncoder:
    """Photos, and sentences, to embeddings that GeoCLIP's gallery is compared with.

    Parameters
    ----------
    clip : ClipEncoder
        The image half, and the text half that was trained with it.
    mlp : mapping of str to np.ndarray
        The image head: "0.weight" (h, d), "0.bias" (h,), "2.weight" (e, h), "2.bias" (e,).
    is_untrained : bool
        Whether the image half has learnt nothing.

    Raises
    ------
    ModelError
        If the head reads features of another length than the image half gives.
    """

    def __init__(self, clip: ClipEncoder, mlp: Mapping[str, np.ndarray], is_untrained: bool = False):
        expected = mlp["0.weight"].shape[1]
        if clip.dimension != expected:
            raise ModelError(
                f"GeoCLIP's image head reads {expected} numbers, and {clip.card.title} gives {clip.dimension}. Give a"
                " CLIP ViT-L/14 at 224 px (openai/clip-vit-large-patch14) with --image-half."
            )
        self.clip = clip
        self.is_untrained = is_untrained
        self._mlp = mlp

    def query_embedding(self, sentence: str) -> np.ndarray:
        """A sentence in a photo's place (arXiv 2309.16020, section 4.4), as a unit embedding (e,), float32.

        The text half's features go through the image head as a photo's do.
        """
        return self.embeddings_of(self.clip.caption_features([sentence]))[0]

    def parts_of(self, features: np.ndarray, parts: np.ndarray) -> np.ndarray:
        """What parts (n, d) of features (d,) bring to their unit embedding, (n, e).

        Of the image head's neurons those are on that are on for the whole: so the parts, what belongs to none of them
        and the head's biases sum to the embedding.
        """
        weights = self._mlp["0.weight"]
        hidden = np.maximum(features @ weights.T + self._mlp["0.bias"], 0)  # (h,)
        on = hidden > 0
        length = np.linalg.norm(hidden @ self._mlp["2.weight"].T + self._mlp["2.bias"])
        return parts @ weights[on].T @ self._mlp["2.weight"][:, on].T / length

    def embeddings_of(self, features: np.ndarray) -> np.ndarray:
        """Features (n, d), not normalised, through the image head to unit embeddings (n, e)."""
        hidden = np.maximum(features @ self._mlp["0.weight"].T + self._mlp["0.bias"], 0)  # (n, h)
        found = hidden @ self._mlp["2.weight"].T + self._mlp["2.bias"]  # (n, e)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            raise ModelError(
                "GeoCLIP gave embeddings that are not numbers: weights of its image half are damaged. Fetch them again."
            )
        return found / lengths
