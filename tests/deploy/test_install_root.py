"""install.sh in the root of another system: all of it gets there, or nothing does."""

import sqlite3
from pathlib import Path

import pytest

from tests.deploy.stand_ins import Image, as_root, image

pytestmark = as_root
__all__ = ["image"]

KEEPS = 'if [ "$1" = ledger ]; then echo "a copy" >"$3"; fi'
REFUSES = 'if [ "$1" = check ]; then echo "no such key" >&2; exit 2; fi'
BREAKS = 'if [ "$1" = ledger ]; then echo "the disk takes no more" >&2; exit 2; fi'


def in_force(image: Image) -> str:
    """Return the text of the carbond that is in force."""
    return (image.root / "opt/carbond/bin").resolve().joinpath("carbond").read_text()


def booked(image: Image) -> Path:
    """Make a ledger where it is kept."""
    path = image.root / "var/lib/carbond/ledger.db"
    path.parent.mkdir(parents=True)
    sqlite3.connect(path).close()
    return path


def test_another_root_gets_all_of_it_and_nothing_of_the_path_there(image: Image) -> None:
    done = image.install(KEEPS)
    assert done.returncode == 0, done.stderr
    root = image.root
    (environment,) = (root / "opt/carbond/environments").iterdir()
    inside = f"/{environment.relative_to(root)}"
    assert (environment / "bin/carbond").read_text().startswith(f"#!{inside}/bin/python\n")
    assert (environment / "pyvenv.cfg").read_text() == f"command = {inside}\n"
    assert (root / "opt/carbond/bin").resolve() == environment / "bin"
    assert (root / "usr/local/bin/carbond").readlink() == Path("/opt/carbond/bin/carbond")
    unit = (root / "usr/local/lib/systemd/system/carbond.service").read_text()
    assert "ExecStart=/opt/carbond/bin/carbond run " in unit
    assert "carbond:" in (root / "etc/passwd").read_text()
    assert (root / "etc/carbond/secrets").stat().st_mode & 0o777 == 0o700
    assert (root / "opt/carbond/examples/carbond.service.d/gpu.conf.example").exists()


def test_what_is_removed_leaves_settings_alone(image: Image) -> None:
    assert image.install(KEEPS).returncode == 0
    done = image.install(KEEPS, "--uninstall")
    assert "Kept:" in done.stdout
    assert not (image.root / "opt/carbond").exists()
    assert not (image.root / "usr/local/bin/carbond").is_symlink()
    assert not list((image.root / "usr/local/lib").rglob("carbond*"))
    assert (image.root / "etc/carbond/carbond.yaml").exists()


def test_a_second_time_changes_the_environment_and_no_settings(image: Image) -> None:
    assert image.install(KEEPS).returncode == 0
    settings = image.root / "etc/carbond/carbond.yaml"
    settings.write_text("mine")
    booked(image)
    done = image.install(KEEPS + "\n# newer")
    assert done.returncode == 0, done.stderr
    assert in_force(image).endswith("# newer")
    assert len(image.environments()) == 1
    assert settings.read_text() == "mine"
    (copy,) = (image.root / "var/backups/carbond").iterdir()
    assert copy.read_text() == "a copy\n"


@pytest.mark.parametrize(
    ("before", "newer", "message"),
    [
        (KEEPS, REFUSES, "the new version refuses /etc/carbond/carbond.yaml, for the reasons"),
        (BREAKS, KEEPS, "the ledger could not be copied: mend that, or go on without"),
        (KEEPS, "", "pip could not install"),
        (KEEPS, "exit 1", "its carbond does not start"),
    ],
    ids=["refuses the settings", "cannot copy", "cannot be installed", "does not start"],
)
def test_what_fails_leaves_the_version_before_in_force(
    image: Image, before: str, newer: str, message: str
) -> None:
    assert image.install(before).returncode == 0
    booked(image)
    done = image.install(newer)
    assert done.returncode == 2
    assert message in done.stderr
    assert "what was in force before still is" in done.stderr
    assert in_force(image).endswith(before)
    assert len(image.environments()) == 1


def test_a_ledger_that_cannot_be_copied_is_no_reason_where_a_person_says_so(image: Image) -> None:
    assert image.install(BREAKS).returncode == 0
    booked(image)
    assert image.install(KEEPS, "--no-backup").returncode == 0
    assert in_force(image).endswith(KEEPS)


def test_settings_that_were_refused_before_do_not_stop_an_upgrade(image: Image) -> None:
    assert image.install(REFUSES).returncode == 0
    done = image.install(REFUSES + "\n# newer")
    assert done.returncode == 0, done.stderr
    assert "note: /etc/carbond/carbond.yaml has faults" in done.stdout


@pytest.mark.parametrize("pip", ["exit 1", "{ kill -TERM $PPID; exit 1; }"], ids=["fails", "ends"])
def test_half_a_first_installation_is_never_left(image: Image, pip: str) -> None:
    image.python(pip=pip)
    done = image.install("")
    assert done.returncode in {2, 130}
    assert "not done; what was in force before still is" in done.stderr
    assert not (image.root / "opt/carbond").exists()
    assert not (image.root / "etc").exists()
