"""The certificate: verified, pinned, or not looked at, in so many words."""

from pathlib import Path

import pytest

from agent.errors import ConfigError, Unavailable
from collectors.redfish import Redfish
from tests.collectors.redfish.conftest import power_of, reading, recording, settings_of
from tests.collectors.redfish.service import Certificate, Service

WATTS = 312.0
ADDRESS = r"not trusted: IP address mismatch.*: write a name that stands in it as `address`, or the"
TREE = recording("server-power-control")["tree"]


async def test_a_certificate_is_verified_where_nothing_is_said(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(TREE, certificate) as service,
        reading(redfish, service, tls={}) as collector,
    ):
        way = r"write the file of its CA in `tls\.ca`, or the certificate's SHA-256 in `tls\.f"
        message = f"not trusted: self.signed certificate: {way}"
        with pytest.raises(Unavailable, match=message):
            await collector.collect()
        assert service.asked == []


async def test_a_certificate_of_another_name_is_refused(tmp_path: Path, redfish: Redfish) -> None:
    other = Certificate(tmp_path, "bmc.example.com")
    async with Service(TREE, other) as service, reading(redfish, service) as collector:
        with pytest.raises(Unavailable, match=ADDRESS):
            await collector.collect()
        assert service.asked == []


async def test_a_fingerprint_is_enough(certificate: Certificate, redfish: Redfish) -> None:
    pinned = {"fingerprint": certificate.fingerprint}
    async with (
        Service(TREE, certificate) as service,
        reading(redfish, service, tls=pinned) as collector,
    ):
        assert await power_of(collector) == WATTS


async def test_another_fingerprint_is_refused_before_the_password_is_sent(
    certificate: Certificate, redfish: Redfish
) -> None:
    pinned = {"fingerprint": "AB" * 32}
    async with (
        Service(TREE, certificate) as service,
        reading(redfish, service, tls=pinned) as collector,
    ):
        with pytest.raises(Unavailable) as raised:
            await collector.collect()
        assert f"another fingerprint, {certificate.fingerprint}: if it" in str(raised.value)
        assert service.asked == []


async def test_verification_can_be_switched_off_in_so_many_words(
    certificate: Certificate, redfish: Redfish
) -> None:
    unverified = {"verify": False}
    async with (
        Service(TREE, certificate) as service,
        reading(redfish, service, tls=unverified) as collector,
    ):
        assert await power_of(collector) == WATTS


async def test_devices_with_one_ca_share_what_was_read_of_it(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as service:
        settings = settings_of(service)
        transport = redfish._transport
        assert transport.trust(settings.tls) is transport.trust(settings_of(service).tls)


async def test_a_ca_that_is_gone_when_the_daemon_starts_is_a_matter_of_settings(
    certificate: Certificate, redfish: Redfish, tmp_path: Path
) -> None:
    copy = tmp_path / "ca.pem"
    copy.write_bytes(certificate.path.read_bytes())
    async with Service(TREE, certificate) as service:
        settings = settings_of(service, tls={"ca": copy})
        copy.unlink()
        with pytest.raises(ConfigError, match="cannot read the certificates"):
            redfish.collector(settings)
