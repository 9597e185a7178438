"""The order of names, as browsers have it after CLDR (Intl.Collator)."""

import pytest

from streetclip_demo.page.draw.tab import in_readers_order
from streetclip_demo.words.language import speaking
from streetclip_demo.words.sorting import in_order


@pytest.mark.parametrize(
    ("reader", "names"),
    [
        ("en", ["Åland Islands", "Albania", "U.S. Virgin Islands", "Uganda", "Uruguay"]),
        (
            "de",
            ["Ägypten", "Amerikanisch-Samoa", "Amerikanische Jungferninseln", "Oman", "Österreich", "Zypern"],
        ),
        (
            "fr",
            [
                "Égypte",
                "Émirats arabes unis",
                "Équateur",
                "Espagne",
                "États-Unis",
                "Saint-Martin",
                "Sainte-Lucie",
            ],
        ),
        ("es", ["Nauru", "Níger", "Ñandú", "Omán"]),
        (
            "ja",
            [
                "オーストラリア",
                "オランダ",
                "ガーナ",
                "カナダ",
                "サン・マルタン",
                "サンマリノ",
                "韓国",
                "中国",
                "日本",
            ],
        ),
    ],
)
def test_names_stand_where_readers_look_for_them(reader, names):
    with speaking(reader):
        assert in_order(reversed(names)) == names


def test_the_countries_to_draw_stand_in_the_readers_order():
    with speaking("de"):
        names = [name for name, _ in in_readers_order()["choices"]]
    assert (
        names.index("Ägypten")
        < names.index("Äthiopien")
        < names.index("Australien")
        < names.index("Brasilien")
    )
