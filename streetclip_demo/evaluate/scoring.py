"""What a model's answers to a dataset's photos score, photo by photo: on this machine, or in an actor of Ray's."""

import contextlib
import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from streetclip_demo.batch.embedding import Seen, seen_photos
from streetclip_demo.errors import PhotoError
from streetclip_demo.evaluate.crops import crop_embedder
from streetclip_demo.evaluate.dataset import Sample
from streetclip_demo.evaluate.outcomes import Answer, Points, Scored, nearest_km
from streetclip_demo.locate.locator import PageLocator
from streetclip_demo.locate.question import Question
from streetclip_demo.photos.photo import Photo
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.report.record import prediction_record


@dataclass(frozen=True)
class Told:
    """What the answers about a photo score, one for each question; or why the photo was not read."""

    scored: tuple[Scored, ...] = ()
    digest: str = ""
    made: Mapping[str, Any] = field(
        default_factory=dict
    )  # "mark" and "settings": with the first of many photos
    reason: str = ""


@dataclass(frozen=True)
class Scoring:
    """Asks some questions about each photo, compares answers with where it was taken. A task for `ray_outcomes`."""

    asked: tuple[tuple[str, Question], ...]  # each of a crop. No photo is encoded twice for one.
    has_ceiling: bool = True  # whether the candidates' ceiling is wanted
    are_drawn: bool = False  # whether the photos are drawn scenes, which the practice model is then fit for

    def outcomes(
        self,
        sources: Iterable,
        abouts: Iterable[str],
        open_photo: Callable[..., Photo],
        locator: PageLocator,
    ) -> Generator[Told, None, None]:
        """What each photo scores, in order; `abouts` says of each what `about` made of it."""
        ceilings = [locator.points(question) if self.has_ceiling else {} for _, question in self.asked]
        embed = crop_embedder(locator, [crop for crop, _ in self.asked])
        is_first = True
        with contextlib.closing(seen_photos(sources, open_photo, embed, locator.at_once)) as seeing:
            for about, seen in zip(abouts, seeing, strict=True):
                if seen.error is not None:
                    if not isinstance(seen.error, PhotoError):
                        raise seen.error
                    yield self.unread(str(seen.error))
                    continue
                yield self._told(seen, json.loads(about), locator, ceilings, is_first)
                is_first = False

    def unread(self, reason: str) -> Told:
        """What is told of a photo that cannot be read."""
        return Told(reason=reason)

    def _told(
        self, seen: Seen, where: list, locator: PageLocator, ceilings: Sequence[Points], is_first: bool
    ) -> Told:
        photo, crops = seen.photo, seen.embedded
        assert photo is not None  # without an error there are both
        if self.are_drawn:
            locator.know(photo)
        made: dict[str, Any] = {}
        scored = []
        for (crop, question), points in zip(self.asked, ceilings, strict=True):
            prediction = locator.answer(crops[crop], question)
            scored.append(_scored(prediction, where, points))
            if is_first and not made:
                made = {"mark": prediction.mark, "settings": _settings(prediction, question)}
        return Told(tuple(scored), photo.digest, made)


def about(sample: Sample, country: str, region: str) -> str:
    """What is true of a photo, as text: its country's code, its region's id, its position."""
    return json.dumps([country, region, *sample.point])


def _scored(prediction: Prediction, where: list, points: Points) -> Scored:
    country, region, *point = where
    ceiling = nearest_km(np.array(point), country, points) if points else np.nan
    return Scored.of(Answer.of(prediction), country, region, ceiling)


def _settings(prediction: Prediction, question: Question) -> dict[str, Any]:
    """What a reader needs to compute the answers again."""
    manifest = prediction_record(prediction, question)["manifest"]
    title = f"{prediction.model} ({prediction.revision}), estimator {prediction.estimator}"
    return {"title": title, **manifest}
