"""A comparison of settings as one HTML file: its table, and a picture of the differences."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from streetclip_demo.evaluate.ablation import TITLES, Compared, ablation_record
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.palette import tokens_style_by_system

WIDTH, ROW = 520, 24  # of the picture


def ablation_html(rows: Sequence[Compared], about: Mapping[str, Any], key: str) -> str:
    """The whole document; `key` is the figure that the picture shows."""
    picture = _picture([row for row in rows if row.differences], key)
    style = tokens_style_by_system() + own_text(ASSETS / "evaluation.css")
    data = json.dumps(ablation_record(rows, about), ensure_ascii=False).replace("<", r"\u003c")
    return filled("evaluate/ablation", "document", rows, about, TITLES, (key, picture), style, data) + "\n"


def _picture(rows: Sequence[Compared], key: str) -> list[dict]:
    """A row for each setting: where its difference and its interval lie, from 0 to WIDTH; nought in the middle."""
    reach = max((abs(end) for row in rows for end in _ends(row, key)), default=1) or 1
    return [
        {
            "name": f"{row.setting.group}: {row.setting.name} {row.setting.model}".rstrip(),
            "low": _at(_ends(row, key)[0], reach),
            "at": _at(row.differences[key].value, reach),
            "high": _at(_ends(row, key)[1], reach),
            "is_noise": row.is_noise(key),
        }
        for row in rows
    ]


def _ends(row: Compared, key: str) -> tuple[float, float]:
    one = row.differences[key]
    return (one.value, one.value) if one.low is None or one.high is None else (one.low, one.high)


def _at(value: float, reach: float) -> str:
    return f"{WIDTH / 2 * (1 + value / reach):.1f}"
