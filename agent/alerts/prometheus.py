"""The rules as a file for Prometheus."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from agent.alerts.catalogue import outside_rules_of, rules_of, runbook_of
from agent.alerts.rule import Comparison, OutsideRule, Rule
from agent.alerts.wording import template
from config.alerts import AlertsSettings

HEAD = """\
# The alerts of carbond, printed by `carbond alerts rules`: do not edit. Thresholds stand under
# `alerts:` of the settings; docs/alerts.md has the reason for each default, and
# deploy/prometheus/runbook.md what to do.
groups:
  - name: carbond
    rules:
"""

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def rules_text(settings: AlertsSettings) -> str:
    """Return the file, for Prometheus 2.42 or later."""
    rules: Sequence[Rule | OutsideRule] = [*rules_of(settings), *outside_rules_of(settings)]
    return HEAD + ("".join(_lines(rules, settings)) or "      []\n")


def expression_of(rule: Rule | OutsideRule) -> str:
    """Return when it holds, in PromQL."""
    if isinstance(rule, OutsideRule):
        return rule.expression
    joined = f"\nand on ({', '.join(rule.on)})\n"
    return joined.join(_comparison(one) for one in rule.when)


def _comparison(one: Comparison) -> str:
    pairs = ",".join(f"{name}={json.dumps(value)}" for name, value in one.matchers.items())
    series = f"{one.metric}{{{pairs}}}" if pairs else one.metric
    return f"{series} {one.sign} {number_text(one.threshold)}"


def number_text(value: float) -> str:
    """Return a number so that it is read as the same one."""
    return repr(float(value)).removesuffix(".0")


def duration_text(length: timedelta) -> str:
    """Return a time as Prometheus writes it: `1h5m`."""
    rest, text = round(length.total_seconds()), ""
    for size, unit in _UNITS:
        amount, rest = divmod(rest, size)
        text += f"{amount}{unit}" if amount else ""
    return text or "0s"


def _lines(rules: Iterable[Rule | OutsideRule], settings: AlertsSettings) -> Iterator[str]:
    for rule in rules:
        yield f"      - alert: {rule.name}\n        expr: |-\n"
        yield from (f"          {line}\n" for line in expression_of(rule).splitlines())
        if rule.hold:
            yield f"        for: {duration_text(rule.hold)}\n"
        if rule.keep:
            yield f"        keep_firing_for: {duration_text(rule.keep)}\n"
        yield f"        labels: {{severity: {rule.severity}}}\n        annotations:\n"
        yield f"          summary: {_quoted(template(rule.summary, rule.threshold))}\n"
        # Here braces are those of an address, and no template.
        runbook = runbook_of(rule, settings).replace("{{", '{{ "{{" }}')
        yield f"          runbook_url: {_quoted(runbook)}\n"


def _quoted(text: str) -> str:
    """Return a text as JSON: that is YAML, but for the halves in which JSON escapes a sign beyond
    16 bits.
    """
    return json.dumps(text, ensure_ascii=False)
