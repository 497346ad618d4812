"""What a page says and what is made of it: labels, numbers, times, and what is missing."""

from datetime import timedelta

import pytest

from agent.accounting.registers.intervals import interval_between
from agent.accounting.registers.marks import mark_of
from agent.errors import Unavailable
from agent.model import Oddity, Zeroed
from tests.collectors.prometheus.conftest import OPENMETRICS, Start, by_part, page, watts
from tests.collectors.stopped import NOON, StoppedClock
from tests.servers import Fake

TWO = """\
power_watts{server="a",job="x"} 100
power_watts{server="b",job="x"} 200
other_power_watts 7
power_watts_max{server="a"} 900
"""
OUTLETS = {"scope": "outlet", "key": ["bank", "outlet"], "power": [{"metric": "outlet_watts"}]}


async def test_labels_tell_the_devices_of_a_page_apart(server: Fake, start: Start) -> None:
    server.reply = page(TWO)
    by_label = start(meters=[watts("power_watts", server="a")])
    by_regex = start(name="server-2", meters=[watts("power_watts")], labels={"server": "~b|c"})
    assert by_part(await by_label.collect())[""].power == 100
    assert by_part(await by_regex.collect())[""].power == 200


async def test_several_samples_are_one_meter_only_where_a_sum_is_asked_for(
    server: Fake, start: Start
) -> None:
    server.reply = page(TWO)
    with pytest.raises(Unavailable, match=r"2 samples of power_watts are one meter: narrow"):
        await start(meters=[watts("power_watts")]).collect()
    summed = {"power": [{"metric": "power_watts", "sum": True}]}
    reading = by_part(await start(meters=[summed]).collect())[""]
    assert (reading.power, reading.source) == (300, "prometheus power_watts x2")


SUMMED = {
    "power": [{"metric": "power_watts", "sum": True}],
    "energy": [{"metric": "energy_joules_total", "sum": True}],
}


def phases(**energies: int) -> str:
    lines = (
        f'power_watts{{p="{phase}"}} 10\nenergy_joules_total{{p="{phase}"}} {joules}\n'
        for phase, joules in energies.items()
    )
    return "".join(lines)


async def test_a_sum_of_which_a_part_is_missing_is_none(server: Fake, start: Start) -> None:
    one = start(meters=[SUMMED])
    server.reply = page(phases(a=500, b=900))
    before = by_part(await one.collect())[""]
    for _ in range(3):
        server.reply = page(phases(a=560))
        with pytest.raises(Unavailable, match=r"a part of the sum of energy_joules_total is miss"):
            await one.collect()
    server.reply = page(phases(a=600, b=960))
    now = by_part(await one.collect())[""]
    assert (before.energy, before.power, now.energy, now.power) == (1400, 20, 1560, 20)
    assert before.source == now.source == "prometheus energy_joules_total x2"


async def test_a_part_of_a_sum_that_is_gone_changes_how_it_is_read(
    server: Fake, start: Start
) -> None:
    one = start(meters=[SUMMED])
    server.reply = page(phases(a=500, b=900))
    await one.collect()
    server.reply = page(phases(a=560))
    for _ in range(3):
        with pytest.raises(Unavailable):
            await one.collect()
    for _ in range(2):
        left = by_part(await one.collect())[""]
        assert (left.energy, left.power) == (560, 10)
        assert left.source == "prometheus energy_joules_total x1"


async def test_a_register_that_is_away_for_long_is_the_same_one_afterwards(
    server: Fake, start: Start
) -> None:
    one = start(meters=[SUMMED])
    sources = set()
    for text in (phases(a=500), *['power_watts{p="a"} 10\n'] * 5, phases(a=900)):
        server.reply = page(text)
        sources.add(by_part(await one.collect())[""].source)
    assert sources == {"prometheus energy_joules_total x1"}


async def test_keys_are_made_of_labels(server: Fake, start: Start) -> None:
    server.reply = page(
        'outlet_watts{bank="1",outlet="7"} 5\noutlet_watts{outlet="web 1/é"} 6\noutlet_watts 9\n'
    )
    readings = by_part(await start(meters=[OUTLETS]).collect())
    assert {part: one.power for part, one in readings.items()} == {
        "outlet/1.7": 5,
        "outlet/web-1": 6,
    }


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-1"])
async def test_a_value_that_is_none_is_missing_and_not_zero(
    value: str, server: Fake, start: Start
) -> None:
    server.reply = page(f'outlet_watts{{outlet="1"}} {value}\noutlet_watts{{outlet="2"}} 0\n')
    outlets = {**OUTLETS, "power": [{"metric": "outlet_watts", "absent": [-1]}]}
    readings = by_part(await start(meters=[outlets]).collect())
    assert {part: one.power for part, one in readings.items()} == {"outlet/2": 0}


async def test_a_register_below_zero_is_missing(server: Fake, start: Start) -> None:
    server.reply = page("energy_wh -5\npower_watts 9\n")
    meter = {
        "energy": [{"metric": "energy_wh", "unit": "Wh"}],
        "power": [{"metric": "power_watts"}],
    }
    reading = by_part(await start(meters=[meter]).collect())[""]
    assert (reading.energy, reading.power) == (None, 9)


async def test_units_scales_steps_and_spans_are_what_the_map_says(
    server: Fake, start: Start
) -> None:
    server.reply = page("energy 1234\npower 5\namperes 23\n")
    meter = {
        "energy": [{"metric": "energy", "unit": "kWh", "scale": 0.1, "span": 429_496_729.6}],
        "power": [{"metric": "power", "unit": "kW"}],
        "conditions": {"current_amperes": {"metric": "amperes", "scale": 0.1}},
    }
    reading = by_part(await start(meters=[meter], limit_watts=11_000).collect())[""]
    assert (reading.energy, reading.power) == (1234 * 360_000, 5000)
    register = reading.register
    assert (register.step, register.span, register.limit) == (360_000, 2**32 * 360_000, 11_000)
    assert reading.conditions == {"current_amperes": pytest.approx(2.3)}
    assert (register.zeroed, reading.uptime) == (Zeroed.NEVER, None)


async def test_a_sample_that_is_too_old_is_missing_and_its_time_is_the_reading_s(
    server: Fake, start: Start, clock: StoppedClock
) -> None:
    def at(seconds: float) -> int:
        return round((clock.now().timestamp() - seconds) * 1000)

    one = start(meters=[watts("power_watts")])
    server.reply = page(f"power_watts 70 {at(40)}\n")
    assert by_part(await one.collect())[""].at == clock.now() - timedelta(seconds=40)
    server.reply = page(f"power_watts 70 {at(400)}\n")
    with pytest.raises(Unavailable, match=r"power_watts is older than 0:05:00"):
        await one.collect()
    server.reply = page(f"power_watts 70 {at(-400)}\n")
    reading = by_part(await one.collect())[""]
    assert reading.at <= clock.now() + timedelta(minutes=1)


CREATED = """\
# TYPE energy_joules counter
energy_joules_total{zone="a"} %d
energy_joules_created{zone="a"} %f
# EOF
"""


@pytest.mark.parametrize("metric", ["energy_joules", "energy_joules_total"])
async def test_openmetrics_tells_since_when_a_counter_counts(
    metric: str, server: Fake, start: Start, clock: StoppedClock
) -> None:
    server.reply = page(CREATED % (500, clock.now().timestamp() - 90), OPENMETRICS)
    one = start(meters=[{"energy": [{"metric": metric, "zeroed": "restart"}]}])
    reading = by_part(await one.collect())[""]
    assert (reading.energy, reading.uptime) == (500, timedelta(seconds=90))


async def test_an_exporter_that_was_started_again_is_a_restart_and_no_reset(
    server: Fake, start: Start, clock: StoppedClock
) -> None:
    one = start(meters=[{"energy": [{"metric": "energy_joules", "zeroed": "restart"}]}])
    began = clock.now().timestamp() - 3600
    server.reply = page(CREATED.replace("# EOF\n", "") % (50_000, began))
    first = by_part(await one.collect())[""]
    clock.move(seconds=60)
    # It counts more than before already: only its birth tells.
    server.reply = page(CREATED.replace("# EOF\n", "") % (60_000, clock.now().timestamp() - 30))
    second = by_part(await one.collect())[""]
    outcome = interval_between(mark_of(first), second)
    assert [one.oddity for one in outcome.findings] == [Oddity.RESTART]
    assert [one.energy for one in outcome.intervals] == [60_000]


async def test_a_counter_of_openmetrics_with_an_exemplar_and_a_time_is_read(
    server: Fake, start: Start, clock: StoppedClock
) -> None:
    at = clock.now().timestamp() - 5
    server.reply = page(f'energy_total 7 {at} # {{trace="x"}} 1\n# EOF\n', OPENMETRICS)
    one = start(meters=[{"energy": [{"metric": "energy"}]}])
    reading = by_part(await one.collect())[""]
    assert (reading.energy, reading.at) == (7, clock.now() - timedelta(seconds=5))


async def test_a_target_that_the_exporter_could_not_reach_is_said_to_be_so(
    server: Fake, start: Start
) -> None:
    server.reply = page('ipmi_up{collector="dcmi"} 0\nipmi_up{collector="ipmi"} 0\n')
    with pytest.raises(Unavailable) as raised:
        await start(map="ipmi-exporter").collect()
    assert "ipmi_up{collector=dcmi} is 0: see its log" in str(raised.value)
    meters = [
        {**watts("power_watts"), "power": [{"metric": "power_watts", "up": {"metric": "up"}}]}
    ]
    server.reply = page("up 0\npower_watts 70\n")
    with pytest.raises(Unavailable, match=r"server-1: .*up is 0: see its log"):
        await start(meters=meters).collect()


async def test_two_ways_to_read_a_power_are_not_alternated(server: Fake, start: Start) -> None:
    ways = [{"metric": "good_watts"}, {"metric": "other_watts"}]
    one = start(meters=[{"power": ways}])
    both, other = page("good_watts 100\nother_watts 90\n"), page("other_watts 90\n")
    server.reply = both
    assert by_part(await one.collect())[""].source == "prometheus good_watts"
    server.reply = other
    for _ in range(3):
        with pytest.raises(Unavailable, match="good_watts is not there, or has no value"):
            await one.collect()
    assert by_part(await one.collect())[""].source == "prometheus other_watts"
    server.reply = both
    assert by_part(await one.collect())[""].source == "prometheus other_watts"


async def test_one_scope_without_values_leaves_the_others(
    server: Fake, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    one = start(meters=[watts("power_watts"), OUTLETS])
    server.reply = page("power_watts 70\n")
    assert set(by_part(await one.collect())) == {""}
    assert "server-1: outlet: outlet_watts is not there, or has no value; the rest" in caplog.text
    server.reply = page('power_watts 70\noutlet_watts{outlet="1"} 5\n')
    assert set(by_part(await one.collect())) == {"", "outlet/1"}


async def test_only_the_parts_that_are_asked_for_are_read(server: Fake, start: Start) -> None:
    server.reply = page('power_watts 70\noutlet_watts{outlet="1"} 5\n')
    one = start(meters=[watts("power_watts"), OUTLETS], read=["outlet"])
    assert set(by_part(await one.collect())) == {"outlet/1"}


async def test_a_line_that_is_no_sample_matters_only_where_it_is_asked_for(
    server: Fake, start: Start
) -> None:
    server.reply = page("junk{ 1\npower_watts 70\n\x00\n")
    assert by_part(await start(meters=[watts("power_watts")]).collect())[""].power == 70
    server.reply = page("power_watts seventy\n")
    with pytest.raises(Unavailable, match=r"server-1: this line is no sample: 'power_watts sev"):
        await start(meters=[watts("power_watts")]).collect()


async def test_the_same_samples_once_more_do_not_begin_a_count_anew(
    server: Fake, start: Start, clock: StoppedClock
) -> None:
    one = start(meters=[{"energy": [{"metric": "rapl_joules", "span": 262_143}]}])
    energies = []
    for joules, seconds in ((262_000, 0), (857, 60), (857, 60), (3857, 120)):
        at = round(NOON.timestamp() + seconds) * 1000
        server.reply = page(f"rapl_joules {joules} {at}\n")
        energies.append(by_part(await one.collect())[""].energy)
        clock.move(seconds=60)
    assert energies == [0, 1000, 1000, 4000]


BOTH = {"power": [{"metric": "w"}, {"metric": "watts"}], "energy": [{"metric": "j"}]}


async def test_a_first_poll_without_the_register_makes_no_other_meter(
    server: Fake, start: Start, clock: StoppedClock
) -> None:
    one = start(meters=[BOTH])
    seen = []
    for text in ("w 100\n", "w 100\nj 5000\n", "w 100\n", "w 100\nj 17000\n"):
        server.reply = page(text)
        seen.append(by_part(await one.collect())[""])
        clock.move(seconds=60)
    assert {reading.source for reading in seen} == {"prometheus j"}
    outcome = interval_between(mark_of(seen[0]), seen[1])
    assert [interval.energy for interval in outcome.intervals] == [6000]


async def test_powers_of_two_ways_are_not_mixed_while_there_is_no_register(
    server: Fake, start: Start
) -> None:
    one = start(meters=[BOTH])
    server.reply = page("watts 100\n")
    assert by_part(await one.collect())[""].source == "prometheus j watts"


async def test_a_sum_is_awaited_before_it_is_known_of_how_many_it_is(
    server: Fake, start: Start
) -> None:
    one = start(meters=[SUMMED])
    server.reply = page("power_watts 20\n")
    for _ in range(3):
        with pytest.raises(Unavailable, match="energy_joules_total is not there"):
            await one.collect()
    assert by_part(await one.collect())[""].power == 20
    await one.close()
    other = start(meters=[SUMMED])
    with pytest.raises(Unavailable):
        await other.collect()
    server.reply = page(phases(a=500, b=900))
    assert by_part(await other.collect())[""].source == "prometheus energy_joules_total x2"


CLASH = """\
outlet_watts{bank="A",outlet="Rack 1/A"} 100
outlet_watts{bank="A",outlet="Rack 1 A"} 50
outlet_watts{bank="A",outlet="2"} 7
"""


async def test_two_names_of_one_key_lose_those_alone_and_are_said(
    server: Fake, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    one = start(meters=[OUTLETS])
    server.reply = page(CLASH)
    for _ in range(2):
        assert {part: each.power for part, each in by_part(await one.collect()).items()} == {
            "outlet/A.2": 7
        }
    assert caplog.messages == [
        "server-1: 'A', 'Rack 1/A' and 'A', 'Rack 1 A' of bank, outlet would both be "
        "A.Rack-1-A: rename one of them, or add a label to `key`; the rest was read"
    ]
    server.reply = page(CLASH.replace("Rack 1 A", "3"))
    assert set(by_part(await one.collect())) == {"outlet/A.2", "outlet/A.3", "outlet/A.Rack-1-A"}
    assert caplog.messages[1:] == []


async def test_two_names_of_one_key_are_not_summed_into_one_meter(
    server: Fake, start: Start
) -> None:
    summed = {**OUTLETS, "power": [{"metric": "outlet_watts", "sum": True}]}
    server.reply = page(CLASH)
    assert set(by_part(await start(meters=[summed]).collect())) == {"outlet/A.2"}
    server.reply = page("".join(CLASH.splitlines(keepends=True)[:2]))
    with pytest.raises(Unavailable, match=r"'Rack 1 A' of bank, outlet would both be A\.Rack-1-A"):
        await start(name="server-2", meters=[summed]).collect()


async def test_a_meter_that_comes_by_two_labels_is_read_once_and_said(
    server: Fake, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    server.reply = page('zone_watts{zone="gpu0"} 10\ngpu_watts{gpu="gpu0"} 200\n')
    meters = [
        {"scope": "module", "key": label, "power": [{"metric": f"{label}_watts"}]}
        for label in ("zone", "gpu")
    ]
    (reading,) = await start(meters=meters).collect()
    assert reading.power == 10
    assert "module/gpu0 comes by two labels: the first one is read" in caplog.text


async def test_samples_without_the_label_are_no_meters_and_what_makes_no_key_is_said(
    server: Fake, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    outlets = {**OUTLETS, "key": "outlet"}
    one = start(meters=[outlets])
    server.reply = page('outlet_watts 9\noutlet_watts{job="x"} 8\noutlet_watts{outlet="2"} 7\n')
    assert by_part(await one.collect())["outlet/2"].power == 7
    assert caplog.messages == []
    server.reply = page('outlet_watts{outlet="#"} 9\noutlet_watts{outlet="2"} 7\n')
    assert set(by_part(await one.collect())) == {"outlet/2"}
    assert "'#' of outlet has no letter or digit from A-Z, a-z, 0-9 to make a key of" in caplog.text
