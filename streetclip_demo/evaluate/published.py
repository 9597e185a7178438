"""What papers say of other methods: published, not measured here; each with its own training data and protocol."""

from dataclasses import dataclass

SETS = {
    "Im2GPS": (237,),
    "Im2GPS3k": (2997, 3000),
    "YFCC26k": (25600,),
    "GWS15k": (),
}  # with the rows that they have


@dataclass(frozen=True)
class Published:
    """A row of a paper's table: % within 1, 25, 200, 750 and 2500 km; None where it does not say."""

    dataset: str
    method: str
    within: tuple[float | None, ...]
    source: str


def _rows(dataset: str, *rows: tuple[str, str, str]) -> tuple[Published, ...]:
    found = []
    for method, source, numbers in rows:
        values = [None if number == "-" else float(number) for number in numbers.split("/")]
        found.append(Published(dataset, method, tuple(values), source))
    return tuple(found)


STREETCLIP = "Haas et al. 2023, arXiv 2302.00275"
REPRODUCED = "github.com/zilunzhang/StreetCLIP-Repoduce"
PUBLISHED = (
    *_rows(
        "Im2GPS",
        ("PlaNet (2016)", "Weyand et al., arXiv 1602.05314", "8.4/24.5/37.6/53.6/71.3"),
        ("CPlaNet (2018)", "Seo et al., arXiv 1808.02130", "16.5/37.1/46.4/62.0/78.5"),
        ("ISNs (2018)", "Müller-Budack et al., ECCV 2018", "16.9/43.0/51.9/66.7/80.2"),
        ("TransLocator (2022)", "Pramanick et al., arXiv 2204.13861", "19.9/48.1/64.6/75.6/86.7"),
        ("zero-shot CLIP L/14-336", STREETCLIP, "-/27.0/42.2/71.7/86.9"),
        ("StreetCLIP", STREETCLIP, "-/28.3/45.1/74.7/88.2"),
        ("StreetCLIP, reproduced", REPRODUCED, "-/28.27/42.62/67.51/80.17"),
        ("StreetCLIP with US states, reproduced", REPRODUCED, "-/29.96/45.57/70.46/83.54"),
    ),
    *_rows(
        "Im2GPS3k",
        ("PlaNet (2016)", "Weyand et al., arXiv 1602.05314", "8.5/24.8/34.3/48.4/64.6"),
        ("CPlaNet (2018)", "Seo et al., arXiv 1808.02130", "10.2/26.5/34.6/48.6/64.6"),
        ("ISNs (2018)", "Müller-Budack et al., ECCV 2018", "10.5/28.0/36.6/49.7/66.0"),
        ("TransLocator (2022)", "Pramanick et al., arXiv 2204.13861", "11.8/31.1/46.7/58.9/80.1"),
        ("zero-shot CLIP L/14-336", STREETCLIP, "-/19.5/34.0/60.0/78.1"),
        ("StreetCLIP", STREETCLIP, "-/22.4/37.4/61.3/80.4"),
        ("StreetCLIP, reproduced", REPRODUCED, "-/21.79/34.73/55.52/74.84"),
        ("StreetCLIP with US states, reproduced", REPRODUCED, "-/22.69/36.17/57.72/77.28"),
        ("GeoCLIP (2023)", "Vivanco Cepeda et al., arXiv 2309.16020", "14.1/34.5/50.7/69.7/83.8"),
        ("PIGEOTTO (2024)", "Haas et al., arXiv 2307.05845", "11.3/36.7/53.8/72.4/85.3"),
        ("GeoRouter (2026)", "GeoRouter's paper, 2026", "20.8/50.5/65.7/80.4/90.7"),
    ),
    *_rows(
        "YFCC26k", ("GeoCLIP (2023)", "Vivanco Cepeda et al., arXiv 2309.16020", "11.6/22.2/36.7/57.5/76.0")
    ),
    *_rows("GWS15k", ("GeoCLIP (2023)", "Vivanco Cepeda et al., arXiv 2309.16020", "0.6/3.1/16.9/45.7/74.1")),
)


def likely_set(rows: int, name: str) -> str:
    """Which of the sets a dataset is, by its name or its number of rows; "" if none."""
    plain = name.casefold().replace("_", "").replace("-", "")
    by_name = [one for one in SETS if one.casefold() in plain]
    if by_name:
        return max(by_name, key=len)
    return next((one for one, counts in SETS.items() if rows in counts), "")


def published_for(dataset: str) -> tuple[Published, ...]:
    """The rows of one set; all where it is none of them."""
    return tuple(row for row in PUBLISHED if row.dataset == dataset) or PUBLISHED
