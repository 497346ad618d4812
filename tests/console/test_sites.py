"""Sites at a glance, where the energy goes, and what needs a look."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from agent.accounting.metering.tree import Tree
from agent.console import Desk
from agent.console.troubles import SILENT
from agent.ledger import Ledger, open_reader
from agent.ledger.accounts.findings import LOSSY
from agent.model import HOUR, MINUTE
from agent.reports import explain_site_hour
from agent.reports.look import ODD
from agent.units import Grams
from tests.clocks import HandClock
from tests.console.asking import API, asked, refused, table, walked
from tests.console.floor import END, SITE, TOTALS, WATTS, counted
from tests.ledger.books import START, reading


async def test_a_site_says_its_power_its_hour_and_its_day(client: httpx.AsyncClient) -> None:
    said = await asked(client, "/sites/fra")
    assert (said["timezone"], said["grid"], said["at"]) == (
        "Europe/Berlin",
        "de",
        "2026-03-10T12:20:00Z",
    )
    assert (said["power_watts"], said["it_power_watts"]) == (14_000, 10_000)
    assert said["meters"] == {"total": 6, "reporting": 6}
    hour = said["hour"]
    assert (hour["start"], hour["pue"], hour["pue_category"]) == ("2026-03-10T12:00:00Z", 1.4, 2)
    assert hour["intensities"]["direct"]["value_g_per_kwh"] == 260
    today = said["today"]
    assert today["energy_kwh"] == pytest.approx(14 * (END - START) / HOUR)
    grams = 14 * (300 + 320 + 280 + 260 / 3)
    assert today["emissions_kg"]["location"] == pytest.approx(grams / 1000)
    assert today["standing"]["location"] == pytest.approx(
        {"final": 0.7, "estimated": 0.3, "fallback": 0, "uncovered": 0}
    )
    assert said["troubles"] == 0
    assert (await asked(client, "/sites"))["items"] == [said]


async def test_the_month_is_what_its_figures_say(client: httpx.AsyncClient) -> None:
    month = (await asked(client, "/sites/fra"))["month"]
    figures = await asked(client, "/emissions", period="month")
    assert month["name"] == "2026-03"
    assert month["energy_kwh"] == figures["energy_kwh"]
    assert month["emissions_kg"] == {
        method: figures[f"emissions_{method}_kg"]
        for method in ("location", "lifecycle", "marginal")
    }
    assert month["coverage"] == pytest.approx(1 - figures["missing_share"])
    assert (month["days_over"], month["days"]) == (
        figures["hours"] / 24,
        figures["hours_of_period"] / 24,
    )


async def test_a_carbon_budget_says_how_its_period_goes(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk
) -> None:
    assert (await asked(client, "/sites/fra"))["budget"] == {}
    sites = [replace(SITE, budget_month=Grams(1e7))]
    await ledger.replant(Tree.of(sites, TOTALS))
    desk._now = None
    said = await asked(client, "/sites/fra")
    (month,) = said["budget"].values()
    assert said["budget"].keys() == {"month"}
    used = said["month"]["emissions_kg"]["location"]
    assert (month["budget_kg"], month["used_kg"]) == (10_000, pytest.approx(used))
    # The rest of March is at the rate of these hours.
    rate = used / (200 / 60)
    assert month["projected_kg"] == pytest.approx(rate * (31 * 24 - 1), rel=1e-6)
    assert month["burn"] == {}, "of a day only three hours are known"


async def test_the_sites_are_a_table(client: httpx.AsyncClient) -> None:
    (row,) = table(await client.get(f"{API}/sites", params={"format": "csv"}))
    assert (row["name"], row["power_watts"], row["pue"]) == ("fra", "14000.0", "1.4")


async def test_a_device_that_does_not_answer_is_counted_and_said(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    await desk.health.good("grid", "modbus")
    await desk.health.bad("chiller", "snmp", "no answer within 3 s")
    said = await asked(client, "/sites/fra")
    assert said["meters"] == {"total": 6, "reporting": 5}
    (trouble,) = (await asked(client, "/sites/fra/troubles"))["items"]
    assert said["troubles"] == 1
    assert (trouble["kind"], trouble["name"]) == ("device", "chiller")
    assert trouble["since"] == "2026-03-10T12:20:00Z"
    assert "no answer within 3 s" in trouble["what"]
    assert "cable" in trouble["way_out"]
    await desk.health.good("chiller", "snmp")
    assert (await asked(client, "/sites/fra/troubles"))["items"] == []


async def test_a_device_a_grid_and_an_exporter_of_one_name_are_told_apart(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    for kind in ("snmp", "file", "influxdb"):
        await desk.health.bad("grid", kind, f"{kind} is down")
    await desk.health.bad("de", "electricitymaps", "HTTP 401")
    await desk.health.bad("ledger", "ledger", "the disk is full")
    found = (await asked(client, "/sites/fra/troubles"))["items"]
    assert [(one["kind"], one["name"]) for one in found] == [
        ("ledger", "ledger"),
        ("device", "grid"),
        ("grid", "de"),
        ("exporter", "grid"),
    ]
    assert "snmp is down" in found[1]["what"]
    assert "influxdb is down" in found[3]["what"]


async def test_troubles_come_in_pages_the_worst_first(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    for name in WATTS:
        await desk.health.bad(name, "snmp", "silent")
    whole = (await asked(client, "/sites/fra/troubles"))["items"]
    assert await walked(client, "/sites/fra/troubles", limit=1) == whole


async def test_a_node_out_of_which_more_flows_than_in_needs_a_look(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk, clock: HandClock
) -> None:
    for name, watts in WATTS.items():
        # The two racks take more than their UPS gives.
        more = 1.5 if name.startswith("rack") else 1.0
        before = 100 + watts * (END - START).total_seconds() / 3.6e6
        await ledger.book(
            [
                reading(name, END + n * MINUTE, kwh=before + watts * more * n / 6e4, watts=watts)
                for n in range(61)
            ]
        )
    clock.at = END + 2 * HOUR
    await ledger.tend()
    found = (await asked(client, "/sites/fra/troubles"))["items"]
    (node,) = [one for one in found if one["kind"] == "node"]
    assert node["name"] == "ups-a"
    assert node["since"] == "2026-03-10T12:00:00Z"
    assert "more flows out than in" in node["what"]
    assert "upstream" in node["way_out"]


async def test_a_register_that_was_reset_needs_a_look_for_a_day(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk, clock: HandClock
) -> None:
    clock.at = END + 3 * MINUTE
    for n in (0, 1):
        at = END + (n + 1) * MINUTE
        await ledger.book([reading("chiller", at, kwh=0.05 * n, watts=3_000.0)])
    desk._now = None
    found = (await asked(client, "/sites/fra/troubles"))["items"]
    (meter,) = [one for one in found if one["kind"] == "meter"]
    assert (meter["name"], "reset" in meter["what"]) == ("chiller", True)
    clock.at = END + timedelta(hours=25)
    desk._now = None
    found = (await asked(client, "/sites/fra/troubles"))["items"]
    assert all("reset" not in one["what"] for one in found)


def test_each_oddity_that_somebody_should_look_at_has_words() -> None:
    assert set(ODD) == LOSSY


async def test_a_meter_that_its_device_no_longer_tells_needs_a_look(
    client: httpx.AsyncClient, desk: Desk, clock: HandClock
) -> None:
    await desk.health.good("chiller", "snmp")
    clock.at = END + SILENT + MINUTE
    desk._now = None
    found = (await asked(client, "/sites/fra/troubles"))["items"]
    (meter,) = [one for one in found if one["kind"] == "meter"]
    assert (meter["name"], meter["since"]) == ("chiller", "2026-03-10T12:20:00Z")


async def test_too_little_known_of_today_and_no_intensity_need_a_look(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk, clock: HandClock
) -> None:
    clock.at = END + 5 * HOUR
    await ledger.book(list(counted("chiller", END, clock.at, 3_000.0)))
    await ledger.tend()
    found = (await asked(client, "/sites/fra/troubles"))["items"]
    kinds = {(one["kind"], one["name"]): one for one in found}
    assert "of today's energy is known" in kinds["coverage", "today"]["what"]
    assert "no intensity for the hour from 2026-03-10 16:00" in kinds["grid", "de"]["what"]
    assert kinds["coverage", "pue"]["way_out"].startswith("it takes readings of all")


async def test_the_tree_shows_where_the_energy_of_an_hour_went(client: httpx.AsyncClient) -> None:
    tree = await asked(client, "/sites/fra/tree", at=START)
    nodes = {one["id"]: one for one in tree["nodes"]}
    assert set(nodes) == {one for one in WATTS if "/" not in one}
    assert all(one["missing"] == 0 for one in nodes.values())
    assert nodes["ups-a"]["energy_kwh"] == pytest.approx(10.5)
    assert nodes["ups-a"]["power_watts"] == pytest.approx(10_500)
    links = {(one["source"], one["target"]): one["kwh"] for one in tree["links"]}
    assert links == pytest.approx(
        {
            ("grid", "ups-a"): 10.5,
            ("ups-a", "rack-1-a"): 6.0,
            ("ups-a", "rack-2-a"): 4.0,
            ("rack-1-a", "server-1"): 2.0,
            ("grid", "chiller"): 3.0,
        }
    )
    assert tree["unattributed_kwh"] == pytest.approx(0.5)
    assert tree["losses_kwh"]["distribution"] == pytest.approx(0.5)


async def test_the_balance_of_the_tree_is_the_one_that_is_explained(
    client: httpx.AsyncClient, ledger: Ledger
) -> None:
    tree = await asked(client, "/sites/fra/tree", at=START + HOUR)
    connection = open_reader(ledger.path)
    term = explain_site_hour(connection, SITE, START + HOUR)
    connection.close()
    losses = [one for one in term.terms if one.key in ("loss", "unattributed")]
    nodes = {one.name: one.value for loss in losses for one in loss.terms if one.key == "node"}
    assert nodes
    for one in tree["residuals"]:
        if one["stage"] != "supply":
            assert one["kwh"] == pytest.approx(nodes[" + ".join(one["node"])])


async def test_the_running_hour_shows_the_power_now(client: httpx.AsyncClient) -> None:
    tree = await asked(client, "/sites/fra/tree")
    assert tree["hour"] == "2026-03-10T12:00:00Z"
    nodes = {one["id"]: one for one in tree["nodes"]}
    assert nodes["rack-1-a"]["power_watts"] == 6_000
    assert nodes["rack-1-a"]["energy_kwh"] == pytest.approx(2)
    assert nodes["rack-1-a"]["missing"] == pytest.approx(0)


async def test_what_was_not_read_is_missing_and_not_zero(client: httpx.AsyncClient) -> None:
    tree = await asked(client, "/sites/fra/tree", at=START - HOUR)
    assert all(one["energy_kwh"] is None for one in tree["nodes"])
    assert all(one["missing"] == 1 for one in tree["nodes"])
    assert all(one["kwh"] is None for one in tree["links"])
    assert (tree["residuals"], tree["unattributed_kwh"], tree["losses_kwh"]) == ([], None, {})


async def test_a_meter_with_two_feeds_is_divided_evenly_and_says_so(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk
) -> None:
    totals = dict(ledger.tree.totals)
    server = totals["server-1"]
    totals["server-1"] = replace(server, upstream=("rack-1-a/outlet/1", "rack-2-a"))
    await ledger.replant(type(ledger.tree).of([SITE], totals.values()))
    tree = await asked(client, "/sites/fra/tree")
    links = {one["source"]: one for one in tree["links"] if one["target"] == "server-1"}
    assert set(links) == {"rack-1-a", "rack-2-a"}
    assert all(one["divided"] and one["watts"] == 1_000 for one in links.values())


async def test_a_site_that_is_not_there_is_said_to_be_so(client: httpx.AsyncClient) -> None:
    for path in ("/sites/fre", "/sites/fre/tree", "/sites/fre/troubles"):
        status, detail = await refused(client, path)
        assert status == 404
        assert "fra" in detail
