"""Numbers as the person reads them whose request is being answered."""

from streetclip_demo.words.language import number, text


def percent(probability: float) -> str:
    """A probability as people read it: at most one decimal, never a rounded-down 0 or a rounded-up 100."""
    return number("percent", probability)


def kilometres(distance_km: float) -> str:
    """A distance with two significant digits, such as "210 km" or "1,400 km"."""
    return number("kilometres", distance_km)


def decimal(value: float, decimals: int) -> str:
    """A number with so many decimals and a minus sign that is one."""
    return number("decimal", value, decimals)


def grouped(count: int) -> str:
    """A whole number with its digits in groups, such as "1,200"."""
    return number("grouped", count)


def all_digits(value: float) -> str:
    """A number with all of its digits."""
    return number("all_digits", value)


def position(point: tuple[float, float], decimals: int = 2) -> str:
    """A (latitude, longitude) in degrees, such as "32.75° N, 129.88° E"."""
    latitude, longitude = point
    sentence = text.POSITIONS["NS"[latitude < 0] + "EW"[longitude < 0]]
    parts = decimal(abs(latitude), decimals), decimal(abs(longitude), decimals)
    return sentence.format(latitude=parts[0], longitude=parts[1])
