"""The words of an alert: one text, filled in by Prometheus' templates or by the agent.

A text names labels as `{site}`, and the value and the threshold with the form of their figures:
`{value:percent}`. The forms are those of Prometheus' templates, so that both say the same.
"""

from collections.abc import Callable, Mapping
from string import Formatter

_PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
_SMALL = ("", "m", "u", "n", "p", "f", "a", "z", "y")
_THOUSAND = 1000


def percent(value: float) -> str:
    """Return a share in percent, as `humanizePercentage` does."""
    return f"{value * 100:.4g}%"


def scaled(value: float) -> str:
    """Return four digits and a decimal prefix, as `humanize` does: `312.5k`."""
    if value == 0:
        return f"{value:.4g}"
    prefixes, factor = (_PREFIXES, 1 / _THOUSAND) if abs(value) >= 1 else (_SMALL, _THOUSAND)
    number = 0
    while number < len(prefixes) - 1 and (abs(value) >= _THOUSAND or abs(value) < 1):
        value = value / _THOUSAND if factor < 1 else value * _THOUSAND
        number += 1
    return f"{value:.4g}{prefixes[number]}"


def duration(value: float) -> str:
    """Return days to seconds, as `humanizeDuration` does of what is a second or longer."""
    whole = int(value)
    parts = ((whole // 86400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "m"))
    first = next((number for number, (amount, _) in enumerate(parts) if amount), None)
    if first is None:
        return f"{value:.4g}s"
    return " ".join(f"{amount}{unit}" for amount, unit in (*parts[first:], (whole % 60, "s")))


def hundredths(value: float) -> str:
    """Return two places, as `printf "%.2f"` does."""
    return f"{value:.2f}"


FORMS: Mapping[str, tuple[Callable[[float], str], str]] = {
    "percent": (percent, "{{ $value | humanizePercentage }}"),
    "scaled": (scaled, "{{ $value | humanize }}"),
    "duration": (duration, "{{ $value | humanizeDuration }}"),
    "hundredths": (hundredths, '{{ printf "%.2f" $value }}'),
}
"""By name: the agent's own, and Prometheus' template."""


def filled(text: str, labels: Mapping[str, str], value: float, threshold: float) -> str:
    """Return the text of one alert, in one line. A label that is not there is left out."""
    return _filled(
        text,
        threshold,
        lambda label: _on_one_line(labels.get(label, "")),
        lambda form: FORMS[form][0](value),
    )


def _on_one_line(text: str) -> str:
    """Return a tag as people can read it, whoever has put what into it."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def template(text: str, threshold: float) -> str:
    """Return the text as a template of Prometheus."""
    return _filled(
        text, threshold, lambda label: f"{{{{ $labels.{label} }}}}", lambda form: FORMS[form][1]
    )


def _filled(
    text: str,
    threshold: float,
    label_of: Callable[[str], str],
    value_of: Callable[[str], str],
) -> str:
    parts = []
    for before, name, form, _ in Formatter().parse(text):
        parts.append(before)
        if name == "threshold":
            parts.append(FORMS[form or ""][0](threshold))
        elif name == "value":
            parts.append(value_of(form or ""))
        elif name is not None:
            parts.append(label_of(name))
    return "".join(parts)
