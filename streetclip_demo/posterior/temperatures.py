"""What logits are divided by before the softmax, by level: one where nothing was fitted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Temperatures:
    """A temperature for each level of labels; above one, shares are more even."""

    country: float = 1.0
    region: float = 1.0
    city: float = 1.0
    label: float = 1.0

    @property
    def are_plain(self) -> bool:
        """Whether they change nothing."""
        return set(astuple(self)) == {1.0}

    def of(self, levels: Iterable[str]) -> float:
        """The temperature of siblings: one for all, that of the level which most of them have."""
        if self.are_plain:
            return 1.0
        return float(getattr(self, Counter(levels).most_common(1)[0][0]))


PLAIN = Temperatures()
