"""The places we can name: countries or territories, regions, cities. Knows nothing of models or captions."""

from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"
LEVELS = ("country", "region", "city")


@dataclass(frozen=True)
class Place:
    """A named place; its id is "FR" for a country, "US.CA" for a region, a GeoNames id for a city."""

    id: str
    name: str
    level: str
    latitude: float
    longitude: float
    country: str
    region: str | None
    population: int
    is_district: bool = False


class Gazetteer:
    """All places, with names to find them by and outlines to draw and ask them by."""

    @classmethod
    def load(cls, directory=ASSETS / "gazetteer"):
        """Read the gazetteer's files."""
        raise NotImplementedError
