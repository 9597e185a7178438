"""A photo and a question in, a prediction out: remembers photos, keeps the practice model honest."""

from dataclasses import dataclass

from streetclip_demo.prompts import DEFAULT_TEMPLATES, Templates


@dataclass(frozen=True)
class Question:
    """What a person asks of a photo."""

    labels: str
    templates: Templates = DEFAULT_TEMPLATES
    add_cities: bool = True
    cities_per_country: int = 30
    beam_width: int = 5
    estimator: str = "beam"
    top_k: int = 10
    anyway: bool = False  # run the practice model on a photograph, marked


class Predictor:
    """Answers questions about photos with one encoder."""

    def __init__(self, encoder, embed_captions, gazetteer, known_digests=frozenset()):
        raise NotImplementedError


def practice_digests():
    """Digests of the scenes that ship with the app."""
    raise NotImplementedError
