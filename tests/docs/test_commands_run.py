"""Every command of carbond's that a page shows is run, page by page, in its order."""

import csv
import io
import re
from collections.abc import Iterator

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from agent.cli import health, main, options, top
from agent.ledger import writer
from tests.collectors.mqtt.conftest import needs_mosquitto
from tests.console.asking import API
from tests.console.test_questions_of_pages import questions
from tests.docs.pages import ROOT, carbond_commands
from tests.docs.plant import OCTOBER, Plant, plant

COMMANDS = carbond_commands()
SAYS = {
    "alerts": r"pending|nothing fires|^\[\]$",
    "alerts rules": "- alert: CarbondIntensityStale",
    "check": "the settings are good",
    "discover": "ups-hall-3-a",
    "explain": "2026-10",
    "health": "ok",
    "inventory netbox": "2 devices: 1 ups-output, 1 rack",
    "ledger backup": "checked",
    "ledger close": "fra1 2026-10 is closed for good",
    "ledger findings": "rack-07-b  reset",
    "ledger periods": "closed",
    "ledger repair": "rack-07-a",
    "ledger repairs": "repair",
    "ledger restatements": "restatements of 745 hours: emission direct -55.321 kg",
    "once": "rack-07-a    500.0 W",
    "probe": " W ",
    "record": "removed: name, 1 time",
    "report 2026-10": "fra1",
    "report today": "fra1 · ",
    "run": "",
    "status": "answering  4 of 4 devices and grids",
    "token": "sha256: ",
    "top": r"rack-07-a 500\sW \+ rack-07-b 400\sW",
}
"""What they say, among other things, by their first words: patterns."""

Said = pytest.CaptureFixture[str]
pytestmark = needs_mosquitto


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """The plant lives in a thread of its own: commands that listen to signals want the main one."""
    root = tmp_path_factory.mktemp("root")
    with pytest.MonkeyPatch.context() as patch, start_blocking_portal() as portal:
        # The pauses spare a disk; here they would be most of the time.
        for name in ("PAUSE", "LONGEST_PAUSE"):
            patch.setattr(writer, name, 0.0)
        with portal.wrap_async_context_manager(plant(root)) as one:
            yield one


@pytest.fixture
def host(started: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """Where settings lie and a daemon answers unless a command says otherwise."""
    monkeypatch.chdir(started.home)
    monkeypatch.setattr(options, "SETTINGS", started.settings)
    monkeypatch.setattr(health, "URL", started.url)
    monkeypatch.setattr(top, "USUAL", started.url)
    yield started
    for made in (started.settings.parent / "conf.d").iterdir():
        made.unlink()


def expected(words: list[str]) -> str:
    """Return what a command must say: a page that shows a new one needs a line above."""
    return SAYS.get(" ".join(words[:2])) or SAYS[words[0]]


@pytest.mark.parametrize("page", sorted({page for page, _ in COMMANDS}))
def test_the_commands_of_a_page_do_what_it_says(page: str, host: Plant, capsys: Said) -> None:
    for words in (words for of, words in COMMANDS if of == page):
        if words[0] == "run":
            assert host.daemon.runs
            continue
        code = main(host.here(words))
        said = capsys.readouterr()
        assert code == 0, f"{words}: {said.err}"
        assert re.search(expected(words), said.out + said.err, re.MULTILINE), (words, said)


def test_what_a_tenant_used_is_answered_for_each_day_of_the_month(host: Plant) -> None:
    asked = [text for page, text in sorted(questions()) if page == "docs/reporting.md"]
    assert len(asked) == 2
    for question in asked:
        answer = httpx.get(f"{host.url}{API}{question}", trust_env=False)
        assert answer.status_code == 200, answer.text
        rows = [(row["key"], row["time"]) for row in csv.DictReader(io.StringIO(answer.text))]
        for tenant in ("acme", "globex"):
            days = [time for key, time in rows if key == tenant]
            assert (days[0], days[-1]) == ("2026-09-30T22:00:00Z", "2026-10-30T23:00:00Z")
            assert len(days) == 31


def test_the_evidence_that_a_page_shows_is_what_the_command_says(host: Plant, capsys: Said) -> None:
    page = (ROOT / "docs" / "reporting.md").read_text()
    sample = re.findall(r"^```\n(rack-07-a in the hour.*?)^```", page, re.DOTALL | re.MULTILINE)[0]
    words = ["explain", "--meter", "rack-07-a", "--hour", "2026-10-03T14"]
    assert " ".join(words) in page
    assert main([*words, "--ledger", str(host.root / OCTOBER)]) == 0
    said = capsys.readouterr().out.splitlines()
    lines = sample.splitlines()
    assert [line for line in said if line in lines] == lines
    product = r"([\d.]+) kWh x ([\d.]+) x (\d+) g/kWh = ([\d,]+) g"
    factors = re.findall(f"the register. {product}", page)
    assert factors, "the product stands below"
    energy, pue, rate, grams = factors[0]
    assert f"{float(energy) * float(pue) * float(rate):,.0f}" == grams
    assert all(f": {one}" in sample for one in (f"{energy} kWh", pue, f"{rate} g/kWh"))
