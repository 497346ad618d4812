"""Numbers as the page writes them, counted anew: three significant digits, a prefix, a unit."""


def digits(value: float) -> str:
    size = abs(value)
    if value == 0:
        return "0"
    if size >= 1000:
        return f"{round(value):,}".replace(",", " ")
    return f"{value:.{0 if size >= 100 else 1 if size >= 10 else 2}f}"


def scaled(value: float, unit: str) -> str:
    for factor, prefix in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= factor * 0.9995:
            return f"{digits(value / factor)} {prefix}{unit}"
    return f"{digits(value)} {unit}"


def mass(kg: float) -> str:
    if kg >= 999.5:
        return f"{digits(kg / 1000)} t"
    return f"{digits(kg)} kg" if kg >= 0.9995 else f"{digits(kg * 1000)} g"


def percent(share: float) -> str:
    value = share * 100
    value = 99.9 if 99.9 < value < 100 - 1e-6 else value
    return f"{value:.0f} %" if value >= 99.95 or value == 0 else f"{value:.1f} %"
