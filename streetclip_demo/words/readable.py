"""Numbers as people read them."""


def percent(probability: float) -> str:
    """A probability as people read it: at most one decimal, never a rounded-down 0 or a rounded-up 100."""
    if probability <= 0:
        return "0 %"
    if probability < 0.001:
        return "< 0.1 %"
    if 0.9995 <= probability < 1:
        return "> 99.9 %"
    return f"{probability * 100:.1f}".removesuffix(".0") + " %"


def kilometres(distance_km: float) -> str:
    """A distance with two significant digits, such as "210 km" or "1,400 km"."""
    digits = max(0, len(str(int(distance_km))) - 2)
    return f"{round(distance_km, -digits):,.0f} km" if distance_km >= 1 else "1 km"


def decimal(value: float, decimals: int) -> str:
    """A number with so many decimals and a minus sign that is one."""
    return f"{value:,.{decimals}f}".replace("-", "−")
