"""`carbond check` says what the settings will do, though they are good."""

from pathlib import Path

import pytest

from agent.cli import main

SETTINGS = """\
sites:
  - name: fra
    pue: {{it: {it}}}
ledger: {{path: ledger.db}}
devices:
  - {{name: grid, type: snmp, address: 127.0.0.1, role: utility, community: {{env: NOBODY}}}}
  - {{name: pdu-1, type: snmp, address: 127.0.0.2, role: rack, {read}community: {{env: NOBODY}}}}
  - {{name: pdu-2, type: snmp, address: 127.0.0.3, role: rack, community: {{env: NOBODY}}}}
  - {{name: strip, type: snmp, address: 127.0.0.4, role: rack, upstream: pdu-1/outlet/3,
      community: {{env: NOBODY}}}}
"""


def noted(folder: Path, capsys: pytest.CaptureFixture[str], *, it: str, read: str = "") -> str:
    path = folder / "carbond.yaml"
    path.write_text(SETTINGS.format(it=it, read=read))
    assert main(["check", "-c", str(path)]) == 0
    return capsys.readouterr().out.partition("  note: ")[2].strip()


def test_rack_pdus_that_are_read_without_their_outlets_are_told_where_it_is_measured_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOBODY", "public")
    both = noted(tmp_path, capsys, it="outlet")
    assert "`read` of 2 rack PDUs has no `outlet`: pdu-1, pdu-2." in both
    one = noted(tmp_path, capsys, it="outlet", read="read: [total, outlet], ")
    assert one == (
        "fra: IT is to be measured at outlets, but `read` of 1 rack PDU has no `outlet`: pdu-2. "
        "They count with their totals, and the PUE is of category 2 and not 3"
    )
    assert noted(tmp_path, capsys, it="rack") == ""


BUDGET = """\
sites:
  - {{name: fra, carbon_budget: {{day: {day}, month: {month}}}}}
ledger: {{path: ledger.db}}
devices:
  - {{name: pdu-1, type: snmp, address: 127.0.0.2, rating: {{power: {power}}}, limit_watts: 7400,
      community: {{env: NOBODY}}}}
"""


RACKS = """\
sites: [{{name: fra}}]
ledger: {{path: ledger.db}}
devices:
  - {{name: a, type: host, alone: true, rack: r07, room: north}}
  - {{name: b, type: snmp, address: 192.0.2.1, community: {{env: NOBODY}}, rack: r07, room: {room}}}
"""


@pytest.mark.parametrize(("room", "noted"), [("north", False), ("south", True)])
def test_racks_of_one_name_in_two_rooms_are_noted(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    room: str,
    *,
    noted: bool,
) -> None:
    monkeypatch.setenv("NOBODY", "public")
    path = tmp_path / "carbond.yaml"
    path.write_text(RACKS.format(room=room))
    assert main(["check", "-c", str(path)]) == 0
    note = (
        "note: 1 rack of one name in several rooms of a site: r07. Sums by rack add them up: give "
        "each a name of its own, such as north-r07 and south-r07"
    )
    assert (note in capsys.readouterr().out) is noted


def test_racks_of_one_name_in_two_rooms_are_counted_at_each_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOBODY", "public")
    path = tmp_path / "carbond.yaml"
    devices = "".join(
        f"  - {{name: {site}-{room}, site: {site}, type: snmp, address: {address}, "
        f"community: {{env: NOBODY}}, rack: r07, room: {room}}}\n"
        for address, (site, room) in {
            "192.0.2.1": ("fra", "north"),
            "192.0.2.2": ("fra", "south"),
            "192.0.2.3": ("muc", "east"),
            "192.0.2.4": ("muc", "west"),
        }.items()
    )
    head = "sites: [{name: fra}, {name: muc}]\nledger: {path: ledger.db}\ndevices:\n"
    path.write_text(head + devices)
    assert main(["check", "-c", str(path)]) == 0
    assert "note: 2 racks of one name" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("written", "note"),
    [
        (("2 t", "60 t", "7.4 kW"), ""),
        (
            ("60 t", "2 t", "7.4 kW"),
            "fra: a day's carbon budget (60 t) is more than a month's",
        ),
        (
            ("1 t", "60 t", "7.4 kW"),
            "fra: 31 days within a day's carbon budget (1 t) are less",
        ),
        (("2 t", "60 t", "74 kW"), "`rating.power` of 1 device is above `limit_watts`, which no"),
    ],
    ids=["good", "a day above the month", "days below the month", "a rating above the limit"],
)
def test_budgets_that_do_not_go_together_and_a_rating_that_cannot_be_are_noted(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    written: tuple[str, str, str],
    note: str,
) -> None:
    monkeypatch.setenv("NOBODY", "public")
    path = tmp_path / "carbond.yaml"
    path.write_text(BUDGET.format(**dict(zip(("day", "month", "power"), written, strict=True))))
    assert main(["check", "-c", str(path)]) == 0
    found = capsys.readouterr().out.partition("  note: ")[2]
    assert found.startswith(note)
    assert bool(found) is bool(note)
