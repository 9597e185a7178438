"""How well a player did in a whole lesson: by country, and by distance where there is one. No HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from streetclip_demo.teaching.lesson_run import Score

# Of the Im2GPS test: Hays and Efros, "IM2GPS: estimating geographic information from a single image", CVPR 2008,
# and Weyand et al., "PlaNet", ECCV 2016, which names them city, region, country and continent.
WITHIN_KM = (25, 200, 750, 2500)


@dataclass(frozen=True)
class Accuracy:
    """Of one player, over the questions that have a score."""

    answered: int
    right_country: int
    distances_km: tuple[float, ...]  # where the answer is no whole country

    @property
    def median_km(self) -> float | None:
        """Half of the pins are at most so far away."""
        return median(self.distances_km) if self.distances_km else None

    def within(self, most_km: float) -> int:
        """How many pins are at most so far away."""
        return sum(distance <= most_km for distance in self.distances_km)


def accuracy(scores: Sequence[Score]) -> Accuracy:
    """What some scores come to."""
    distances = [score.distance_km for score in scores if score.distance_km is not None]
    return Accuracy(len(scores), sum(score.is_right_country for score in scores), tuple(distances))
