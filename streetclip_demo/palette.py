"""The colours of assets/tokens.css, for what is not styled by CSS. Knows no page and no map."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from streetclip_demo.own_files import ASSETS, damaged, own_text

TOKENS = ASSETS / "tokens.css"
NIGHT = ".dark,"  # the selector from which on a colour is that of the dark theme


@dataclass(frozen=True)
class Palette:
    """Colours by their name in the file, without its dashes; by night those that stay are the same."""

    light: Mapping[str, str]
    dark: Mapping[str, str]

    def scale(self, name: str, steps: tuple[int, ...]) -> dict[str, str]:
        """A scale's colours as Gradio's Color takes them: "c50" is the palest."""
        return {f"c{step}": self.light[f"{name}-{step}"] for step in steps}


@cache
def palette() -> Palette:
    """All colours; DataError where one of them has no value by day."""
    day, separator, night = own_text(TOKENS).partition(NIGHT)
    light, changed = _colours(day), _colours(night)
    if not separator or not light or changed.keys() - light.keys():
        raise damaged(TOKENS, "it has no colours for day and night")
    return Palette(light, light | changed)


def tokens_style() -> str:
    """The file itself, for a document that stands alone."""
    return own_text(TOKENS)


def tokens_style_by_system() -> str:
    """The same for a document without scripts: by night where its reader's system is."""
    style = tokens_style()
    night = style[style.index("{", style.index(NIGHT)) :]
    return f"{style}\n@media (prefers-color-scheme: dark) {{ :root {night} }}\n"


def _colours(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\s*--([\w-]+): (#[0-9a-f]{3,8});", text, re.MULTILINE))
