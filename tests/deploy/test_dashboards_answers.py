"""What single panels say of made-up series: promtool reckons, the queries are the dashboards'."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.boards import PROMETHEUS, asked_of
from tests.servers import needs

pytestmark = needs("promtool", "prometheus")

DOWN = 'alertname="CarbondAgentDown",severity="critical",job="carbond"'
RESIDUAL = 'alertname="CarbondResidualOutOfBounds",severity="warning",site="fra"'
PDU = 'site="fra",device="pdu",meter="pdu",scope="total"'
FIRING = 'alertstate="firing"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A query of a panel, what there is, and which numbers it then has."""

    board: str
    panel: str
    ref: str = "A"
    tenant: str = ".*"
    there: Mapping[str, float]
    says: tuple[float, ...]

    def test(self) -> Mapping[str, object]:
        """Return it as promtool reads it."""
        (path,) = [one for one in PROMETHEUS if one.stem == self.board]
        found = {(one.panel, one.ref): one.text for one in asked_of(path)}
        text = found[self.panel, self.ref].replace('tenant=~".*"', f'tenant=~"{self.tenant}"')
        counts = {f"count({text})": len(self.says)}
        counts |= {f"count(({text}) == {one})": self.says.count(one) for one in self.says}
        return {
            "interval": "1m",
            "input_series": [
                {"series": name, "values": f"{value}x2"} for name, value in self.there.items()
            ],
            "promql_expr_test": [
                {"expr": expr, "eval_time": "1m", "exp_samples": [{"labels": "{}", "value": value}]}
                for expr, value in counts.items()
            ],
        }


CASES = {
    "two agents that are down are two rows, and so are two nodes of one site": Case(
        board="fleet",
        panel="Firing",
        there={
            f"{name}{{{labels}{more}}}": value
            for labels in (
                f'{DOWN},instance="one"',
                f'{DOWN},instance="two"',
                f'{RESIDUAL},node="ups-1"',
                f'{RESIDUAL},node="ups-2"',
            )
            for name, more, value in (("ALERTS", f",{FIRING}", 1), ("ALERTS_FOR_STATE", "", 5))
        },
        says=(5000, 5000, 5000, 5000),
    ),
    "a rack in which a tenant has nothing is not in the table of the tenant's racks": Case(
        board="site",
        panel="Racks",
        ref="E",
        tenant="red",
        there={
            'rack:carbond_meter_power_watts:sum{site="fra",rack="r1",tenant="red"}': 100,
            'rack:carbond_meter_power_watts:sum{site="fra",rack="r2",tenant="blue"}': 100,
            'carbond_rack_redundancy_ratio{site="fra",rack="r1"}': 0.5,
            'carbond_rack_redundancy_ratio{site="fra",rack="r2"}': 0.7,
        },
        says=(0.5,),
    ),
    "a rack of the same name at another site is another rack": Case(
        board="rack",
        panel="Power by feed",
        there={
            'rack_feed:carbond_meter_power_watts:sum{site="fra",rack="r1",feed="A"}': 100,
            'rack_feed:carbond_meter_power_watts:sum{site="ams",rack="r1",feed="A"}': 300,
        },
        says=(100, 300),
    ),
    "a device that two agents read has its power once": Case(
        board="device",
        panel="Power now",
        there={
            f'carbond_meter_power_watts{{{PDU},instance="one"}}': 100,
            f'carbond_meter_power_watts{{{PDU},instance="two"}}': 100,
        },
        says=(100,),
    ),
    "the rest beside IT is of the sites that know both": Case(
        board="site",
        panel="Power",
        ref="B",
        there={
            'carbond_site_power_watts{site="fra",instance="one"}': 900,
            'carbond_site_power_watts{site="fra",instance="two"}': 900,
            'carbond_site_it_power_watts{site="fra",instance="one"}': 600,
            'carbond_site_power_watts{site="par",instance="one"}': 1000,
            'carbond_site_it_power_watts{site="ams",instance="one"}': 50,
        },
        says=(300,),
    ),
    "and so is IT": Case(
        board="site",
        panel="Power",
        there={
            'carbond_site_power_watts{site="fra"}': 900,
            'carbond_site_it_power_watts{site="fra"}': 600,
            'carbond_site_it_power_watts{site="ams"}': 50,
        },
        says=(600,),
    ),
    "shares of two sites are together 100 %": Case(
        board="quality",
        panel="What today's emissions stand on",
        there={
            **{
                f'carbond_site_emissions_location_today_energy_ratio{{site="{site}",'
                f'standing="{standing}",instance="{instance}"}}': share
                for site, standing, share in (
                    ("fra", "final", 0.5),
                    ("fra", "estimated", 0.5),
                    ("ams", "final", 1),
                )
                for instance in ("one", "two")
            },
            'carbond_site_energy_today_joules{site="fra",instance="one"}': 300,
            'carbond_site_energy_today_joules{site="fra",instance="two"}': 300,
            'carbond_site_energy_today_joules{site="ams",instance="one"}': 100,
            'carbond_site_energy_today_joules{site="par",instance="one"}': 100,
        },
        says=(0.625, 0.375),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_panel_says_what_is_so(name: str, tmp_path: Path) -> None:
    path = tmp_path / "case.yml"
    path.write_text(json.dumps({"evaluation_interval": "1m", "tests": [CASES[name].test()]}))
    ran = subprocess.run(
        ["promtool", "test", "rules", str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, f"{name}: {ran.stdout}{ran.stderr}"
