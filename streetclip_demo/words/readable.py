"""Numbers, and what the rooms below say, as the person reads them whose request is being answered."""

from streetclip_demo.words.language import made, text


def percent(probability: float) -> str:
    """A probability as people read it: at most one decimal, never a rounded-down 0 or a rounded-up 100."""
    return made("percent", probability)


def kilometres(distance_km: float) -> str:
    """A distance with two significant digits, such as "210 km" or "1,400 km"."""
    return made("kilometres", distance_km)


def decimal(value: float, decimals: int) -> str:
    """A number with so many decimals and a minus sign that is one."""
    return made("decimal", value, decimals)


def grouped(count: int) -> str:
    """A whole number with its digits in groups, such as "1,200"."""
    return made("grouped", count)


def file_size(count: float) -> str:
    """A number of bytes, such as "1.7 GB" or "25 MB"."""
    if count >= 1e8:
        return text.SIZE_GB.format(size=decimal(count / 1e9, 1))
    return text.SIZE_MB.format(size=decimal(max(count / 1e6, 1), 0))


def all_digits(value: float) -> str:
    """A number with all of its digits."""
    return made("all_digits", value)


def position(point: tuple[float, float], decimals: int = 2) -> str:
    """A (latitude, longitude) in degrees, such as "32.75° N, 129.88° E"."""
    latitude, longitude = point
    sentence = text.POSITIONS["NS"[latitude < 0] + "EW"[longitude < 0]]
    parts = decimal(abs(latitude), decimals), decimal(abs(longitude), decimals)
    return sentence.format(latitude=parts[0], longitude=parts[1])


def said(english: str) -> str:
    """What a room below says, as said.py has it; English where it has not."""
    return made("said", english)


def exactly_said(english: str) -> str:
    """The same for words that people may have written themselves: a lesson's, which are ours only letter by letter."""
    return made("exactly_said", english)


def capital_said(english: str) -> str:
    """What a room below says, beginning with a capital letter."""
    return made("capital_said", english)
