"""The README's own settings load, its commands exist, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from agent.app import load
from agent.cli import parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_settings_in_the_readme_are_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert found
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name in re.findall(r"/run/secrets/(\w+)", found[1]):
        (secrets / name).write_text("secret enough\n")
    (secrets / "influx").write_text("a token\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets))
    monkeypatch.setenv("BMC_PASSWORD", "secret enough")
    (tmp_path / "pdus.csv").write_text(
        "name,address,rack,feed,upstream\nrack-07-a,10.0.0.7,7,A,ups-a\n"
    )
    settings = tmp_path / "carbond.yaml"
    settings.write_text(found[1].replace("/run/secrets", str(secrets)))
    loaded = load(settings)
    assert [device.name for device in loaded.devices] == [
        "main-meter",
        "ups-a",
        "rack-07-a",
        "cooling-1",
        "server-17",
    ]
    assert [exporter.type for exporter in loaded.exporters] == ["prometheus", "influxdb"]


def test_the_commands_in_the_readme_exist() -> None:
    commands = set(re.findall(r"^carbond (\w+)", README, re.MULTILINE))
    assert commands >= {"run", "check", "once", "status"}
    for command in commands:
        with pytest.raises(SystemExit, match="0"):
            parser().parse_args([command, "--help"])


def test_the_make_targets_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_links_in_the_documents_lead_somewhere() -> None:
    documents = [
        path
        for path in ROOT.glob("**/*.md")
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    ]
    assert documents
    for document in documents:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            assert (document.parent / link).exists(), f"{document.relative_to(ROOT)}: {link}"
