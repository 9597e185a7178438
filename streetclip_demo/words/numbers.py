"""Numbers as each language writes them, after CLDR 48; English with the space before % that this project writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

NO_BREAK, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True)
class Style:
    """A language's signs."""

    point: str
    comma: str  # between groups of three digits
    percent: str  # what follows the number
    kilometres: str
    gap: str = NO_BREAK  # behind "<"
    ungrouped: int = 0  # numbers of so many digits stand without a comma


STYLES = {
    "en": Style(".", ",", " %", " km", gap=" "),
    "de": Style(",", ".", f"{NO_BREAK}%", f"{NO_BREAK}km"),
    "fr": Style(",", NARROW, f"{NO_BREAK}%", f"{NO_BREAK}km"),
    "es": Style(",", ".", f"{NO_BREAK}%", f"{NO_BREAK}km", ungrouped=4),
    "ja": Style(".", ",", "%", f"{NO_BREAK}km"),
}


def percent(probability: float, language: str) -> str:
    """A probability as people read it: at most one decimal, never a rounded-down 0 or a rounded-up 100."""
    style = STYLES[language]
    if probability <= 0:
        return f"0{style.percent}"
    if probability < 0.001:
        return f"<{style.gap}{decimal(0.1, 1, language)}{style.percent}"
    if 0.9995 <= probability < 1:
        return f">{style.gap}{decimal(99.9, 1, language)}{style.percent}"
    return f"{probability * 100:.1f}".removesuffix(".0").replace(".", style.point) + style.percent


def kilometres(distance_km: float, language: str) -> str:
    """A distance with two significant digits, such as "210 km" or "1,400 km"."""
    digits = max(0, len(str(int(distance_km))) - 2)
    shown = round(distance_km, -digits) if distance_km >= 1 else 1
    return decimal(shown, 0, language) + STYLES[language].kilometres


def decimal(value: float, decimals: int, language: str) -> str:
    """A number with so many decimals and a minus sign that is one."""
    style = STYLES[language]
    whole, point, rest = f"{value:,.{decimals}f}".replace("-", "−").partition(".")
    if sum(map(str.isdigit, whole)) <= style.ungrouped:
        whole = whole.replace(",", "")
    return whole.replace(",", style.comma) + (style.point if point else "") + rest


def grouped(count: int, language: str) -> str:
    """A whole number with its digits in groups."""
    return decimal(count, 0, language)


def all_digits(value: float, language: str) -> str:
    """A number with all of its digits."""
    return repr(value).replace(".", STYLES[language].point)


KINDS: Mapping[str, Callable[..., str]] = {
    "percent": percent,
    "kilometres": kilometres,
    "decimal": decimal,
    "grouped": grouped,
    "all_digits": all_digits,
}
