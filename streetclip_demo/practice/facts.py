"""What a street of each practice country shows: clues, their values and their sources.

Knows nothing of drawing, captions or the model. One typical value stands for a country ("typical rural
road"), so the table is a caricature on purpose: a world simple enough that every clue of a scene is known.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from streetclip_demo.own_files import ASSETS, damaged, own_text

PRACTICE_DIR = ASSETS / "practice"


@dataclass(frozen=True)
class Clue:
    """One visible clue: its plain name, its weight in telling countries apart, its values as noun phrases.

    The weights are the training's: they make a swap of the side, the centre line, the script or the vegetation move
    the answer by a good fifth, and of any other clue by about a twentieth.
    """

    key: str
    label: str
    weight: float
    phrases: Mapping[str, str]
    source: str

    @property
    def values(self) -> tuple[str, ...]:
        """The allowed values, in a fixed order."""
        return tuple(self.phrases)


@dataclass(frozen=True)
class Country:
    """A practice country: its name on StreetCLIP's list, some of its towns, its streets' clues."""

    name: str
    iso: str
    continent: str
    cities: tuple[str, ...]
    clues: Mapping[str, tuple[str, ...]]


def _clue(key, label, weight, source, **phrases):
    return Clue(key, label, weight, {name.replace("_", "-"): text for name, text in phrases.items()}, source)


_CLUE_LIST = (
    _clue(
        "side",
        "side of driving",
        3.2,
        "Wikipedia: Left- and right-hand traffic",
        left="traffic driving on the left",
        right="traffic driving on the right",
    ),
    _clue(
        "centre_line",
        "centre line",
        4.5,
        "Wikipedia: Road surface marking; GeoHints: road lines",
        none="no centre line",
        white_dashed="a dashed white centre line",
        yellow_dashed="a dashed yellow centre line",
        yellow_double="a double yellow centre line",
    ),
    _clue(
        "edge_line",
        "edge line",
        1.0,
        "Wikipedia: Road surface marking; GeoHints: road lines",
        none="no edge line",
        white="a white edge line",
        yellow="a yellow edge line",
    ),
    _clue(
        "warning_sign",
        "warning sign",
        0.9,
        "Wikipedia: Warning sign; Comparison of European road signs",
        white_triangle="a white warning triangle with a red border",
        yellow_triangle="a yellow warning triangle with a red border",
        black_yellow_triangle="a yellow warning triangle with a black border",
        yellow_diamond="a yellow diamond warning sign",
    ),
    _clue(
        "script",
        "script on signs",
        5.5,
        "Wikipedia: Official script; List of writing systems",
        latin="signs in Latin script",
        cyrillic="signs in Cyrillic script",
        greek="signs in Greek script",
        arabic="signs in Arabic script",
        hebrew="signs in Hebrew script",
        thai="signs in Thai script",
        khmer="signs in Khmer script",
        hangul="signs in Korean Hangul",
        japanese="signs in Japanese script",
        chinese="signs in Chinese characters",
        devanagari="signs in Devanagari script",
        bengali="signs in Bengali script",
        sinhala="signs in Sinhala script",
        georgian="signs in Georgian script",
        ethiopic="signs in Ethiopic script",
    ),
    _clue(
        "sign_colour",
        "colour of direction signs",
        0.9,
        "Wikipedia: Traffic sign; Comparison of European road signs",
        green="green direction signs",
        blue="blue direction signs",
        white="white direction signs",
        yellow="yellow direction signs",
    ),
    _clue(
        "plate",
        "rear number plate",
        0.9,
        "Wikipedia: Vehicle registration plates of (country)",
        white="white number plates",
        blue_band="number plates with a blue band",
        yellow="yellow number plates",
        black="black number plates",
        blue="blue number plates",
    ),
    _clue(
        "bollard",
        "roadside posts",
        1.0,
        "GeoHints: bollards",
        none="no roadside posts",
        black_band="white roadside posts with a black band",
        red_band="white roadside posts with a red band",
        yellow_post="yellow roadside posts",
    ),
    _clue(
        "kerb",
        "kerb",
        0.9,
        "GeoHints: kerbs",
        none="no kerb",
        grey="a plain grey kerb",
        black_white="a black and white kerb",
        red_white="a red and white kerb",
        yellow_black="a yellow and black kerb",
    ),
    _clue(
        "pole",
        "utility poles",
        0.9,
        "GeoHints: utility poles",
        wood="wooden utility poles",
        concrete="round concrete utility poles",
        holey="concrete utility poles with holes",
        lattice="steel lattice pylons",
        striped="utility poles with yellow and black stripes",
    ),
    _clue(
        "vegetation",
        "vegetation",
        3.2,
        "Beck et al. 2018, Köppen-Geiger climate maps; WWF ecoregions (Olson et al. 2001)",
        broadleaf="broad-leaved trees",
        conifer="conifer trees",
        birch="birch trees",
        cypress="cypress trees",
        palm="palm trees",
        eucalyptus="eucalyptus trees",
        savanna="acacia trees of the savanna",
        scrub="desert shrubs",
        steppe="treeless grassland",
    ),
    _clue(
        "soil",
        "soil",
        0.75,
        "FAO: World Reference Base for Soil Resources",
        dark="dark soil",
        grey="grey gravel",
        red="red soil",
        sand="sandy soil",
    ),
    _clue(
        "roof",
        "roofs",
        0.75,
        "GeoHints: architecture",
        red_tile="red tiled roofs",
        slate="dark slate roofs",
        tin="corrugated tin roofs",
        flat="flat roofs",
        blue="blue roofs",
    ),
    _clue(
        "skyline",
        "skyline",
        0.75,
        "Wikipedia: Geography of (country)",
        flat="a flat horizon",
        hills="green hills on the horizon",
        bare="bare brown mountains on the horizon",
        snow="snowy mountains on the horizon",
    ),
)

CLUES: Mapping[str, Clue] = {clue.key: clue for clue in _CLUE_LIST}

# Where a country's fact rests on another source than the clue's own.
SOURCE_OVERRIDES: Mapping[tuple[str, str], str] = {
    ("IE", "warning_sign"): "Wikipedia: Road signs in the Republic of Ireland",
    ("IE", "edge_line"): "Ireland, Traffic Signs Manual, chapter 7 (road markings)",
    ("NO", "centre_line"): "Wikipedia: Road signs in Norway (yellow line parts opposing traffic)",
    ("KE", "edge_line"): "Kenya, Highway Code (continuous yellow line at the edge of the carriageway)",
    ("ZA", "edge_line"): "Wikipedia: Road signs in South Africa (SADC Road Traffic Signs Manual)",
    ("IL", "edge_line"): "Wikipedia: Road signs in Israel",
    ("CN", "warning_sign"): "Wikipedia: Road signs in China (GB 5768)",
    ("CN", "plate"): "Wikipedia: Vehicle registration plates of China",
    ("CU", "warning_sign"): "Wikipedia: Road signs in Cuba",
    ("VN", "warning_sign"): "Wikipedia: Road signs in Vietnam (QCVN 41)",
    ("VN", "centre_line"): "Wikipedia: Road signs in Vietnam (QCVN 41)",
    ("SN", "plate"): "Wikipedia: Vehicle registration plates of Senegal (blue series)",
    ("ID", "plate"): "Wikipedia: Vehicle registration plates of Indonesia (black series, until 2022)",
    ("AR", "plate"): "Wikipedia: Vehicle registration plates of Argentina (black series, 1995 to 2016)",
    ("ET", "vegetation"): "Wikipedia: Eucalyptus (plantations of the Ethiopian highlands)",
    ("JP", "pole"): "GeoHints: utility poles (yellow and black sleeves)",
}


def _read_countries() -> tuple[Country, ...]:
    path = PRACTICE_DIR / "facts.csv"
    rows = csv.DictReader(own_text(path).splitlines())
    try:
        return tuple(map(_country, rows))
    except (KeyError, AttributeError, ValueError) as error:
        raise damaged(path, f"{type(error).__name__}: {error}") from None


def _country(row: dict[str, str]) -> Country:
    return Country(
        name=row["country"],
        iso=row["iso"],
        continent=row["continent"],
        cities=tuple(row["cities"].split(";")),
        clues={key: _values(clue, row[key]) for key, clue in CLUES.items()},
    )


def _values(clue: Clue, cell: str) -> tuple[str, ...]:
    values = tuple(cell.split("/"))
    if not set(values) <= set(clue.values):
        raise ValueError(f"{clue.key} {cell!r}")
    return values


class _Countries(Sequence):
    """The practice countries; read when they are first asked for, so that a damaged file is one sentence."""

    @cached_property
    def _read(self) -> tuple[Country, ...]:
        return _read_countries()

    def __len__(self) -> int:
        return len(self._read)

    def __getitem__(self, number):
        return self._read[number]


COUNTRIES: Sequence[Country] = _Countries()


def country_named(name: str) -> Country:
    """The practice country of that name; ValueError where there is none."""
    for country in COUNTRIES:
        if country.name == name:
            return country
    raise ValueError(f"No practice country named {name!r}; see streetclip_demo.practice.facts.COUNTRIES.")


def clues_of(country: Country, rng) -> dict[str, str]:
    """One value per clue for a street of this country, drawn with a `random.Random` where it has several."""
    return {key: rng.choice(values) for key, values in country.clues.items()}


def random_clues(rng) -> dict[str, str]:
    """A street of no country: every clue drawn on its own, evenly over its values."""
    return {key: rng.choice(clue.values) for key, clue in CLUES.items()}


def difference(one: Country, other: Country) -> float:
    """Summed weight of the clues whose values the two countries do not share."""
    return sum(clue.weight for key, clue in CLUES.items() if not set(one.clues[key]) & set(other.clues[key]))
