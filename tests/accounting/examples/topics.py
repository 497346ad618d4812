"""Which calculations an example may be of: its topic's first, then all that its inputs fit."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.accounting.examples import contracts, indicators, metering, published, software, vintages
from tests.accounting.examples.answers import REFUSALS, Answer, complaints, is_error, refused
from tests.accounting.examples.inputs import Absent, Inputs, Json
from tests.accounting.examples.quantities import Dimension

Calculation = Callable[[Inputs], Iterator[Answer]]

TOPICS: Sequence[tuple[tuple[str, ...], Calculation]] = (
    (("rollover", "reset", "counter", "register", "equal readings"), metering.counter),
    (
        ("split", "hour boundary", "hour-boundary", "half-hour", "45-minute", "offset"),
        metering.split_interval,
    ),
    (("local day", "daylight", "dst", "calendar", "leap"), vintages.local_day),
    (("version", "restate", "vintage", "revis"), vintages.versions),
    (("metadata", "not available"), published.region),
    (("provider unit", "percentile"), published.provider_unit),
    (("sub-hour", "subhour", "points", "5-minute", "five-minute"), vintages.points),
    (("sci", "software"), software.software),
    (("reduction", "baseline"), software.reduction),
    (("hierarchy",), contracts.hierarchy),
    (("cfe", "carbon-free", "carbon free"), contracts.carbon_free),
    (("market", "contract", "residual"), contracts.market),
    (("missing intensity", "location", "missing", "fallback"), contracts.location),
    (("cue",), indicators.carbon),
    (("wue", "water"), indicators.water),
    (("ref", "renewable"), indicators.renewable_energy),
    (("erf", "reuse"), indicators.reuse),
    (("pue",), indicators.usage),
    (("unit", "conversion", "footprint", "emission", "metadata"), metering.footprints),
    (("unit", "conversion"), metering.quantities),
)
"""Words of a topic, and the calculation it is of; the first that fits is asked first."""


def answers_to(topic: str, given: Mapping[str, Json]) -> list[list[Answer]]:
    """Return the answers of each calculation that an example's inputs fit, its topic's first."""
    inputs, said = Inputs(given), topic.lower()
    ranked = sorted(TOPICS, key=lambda one: not any(word in said for word in one[0]))
    found = (_answers(calculation, inputs) for _, calculation in ranked)
    return [answers for answers in found if answers]


def _answers(calculation: Calculation, inputs: Inputs) -> list[Answer]:
    try:
        return list(calculation(inputs))
    except (Absent, TypeError, KeyError, AttributeError):
        # Inputs of another topic may have the same names and other forms: nothing is answered.
        return []
    except REFUSALS as error:
        return [Answer(("error",), Dimension.PLAIN, _refusing(error))]


def _refusing(error: Exception) -> Callable[[], None]:
    def ask() -> None:
        raise error

    return ask


def faults(example: Mapping[str, Json]) -> list[str]:
    """Return what is wrong with the daemon's answers to an example, a line each."""
    topic, given = example["topic"], example["inputs"]
    found = answers_to(topic, given)
    if not found:
        return [f"nothing calculates {topic!r} from {', '.join(given)}"]
    if is_error(example["expected"]):
        return [] if refused(found[0]) else ["expected a refusal, and got answers"]
    answers = [answer for one in found for answer in one]
    tolerance = example.get("tolerance", {"abs": 1e-9})
    wrong = list(complaints(example["expected"], answers, tolerance))
    return [f"{topic}, of {', '.join(given)}:", *wrong] if wrong else []
