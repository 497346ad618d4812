"""Which addresses are meant by networks, ranges and addresses: these, and never another one."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.errors import ConfigError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST = 1 << 20
"""Addresses that can be allowed at all."""

WAYS = "write an address (10.0.7.12), a network (10.0.7.0/26) or a range (10.0.7.10-10.0.7.20)"


@dataclass(frozen=True, slots=True)
class Span:
    """Addresses that follow one another, both ends among them."""

    first: Address
    last: Address

    @property
    def size(self) -> int:
        """How many there are: in IPv6 more than a `len` can say."""
        return int(self.last) - int(self.first) + 1

    def __iter__(self) -> Iterator[Address]:
        # A sum loses the interface of a link-local address, which ranges do not have.
        yield self.first
        yield from (self.first + offset for offset in range(1, self.size))


def addresses_of(texts: Iterable[str], most: int) -> Sequence[str]:
    """Return the addresses, each once, in the order in which they were given.

    A network's own address and its broadcast address are left out (RFC 919; in IPv6 the address
    of any router, RFC 4291 section 2.6.1). Raises ConfigError for what is none of them, and where
    they are more than `most`, before any of them is counted out.
    """
    spans = [_span(text.strip()) for text in texts]
    count = sum(span.size for span in spans)
    if count > most:
        way = f", or allow it with --most {count}" if count <= MOST else ""
        raise ConfigError(f"these are {count:,} addresses, more than {most:,}: give less{way}")
    return list(dict.fromkeys(str(address) for span in spans for address in span))


def _span(text: str) -> Span:
    if "/" in text:
        return _of_network(text)
    first, dash, last = text.partition("-")
    span = Span(_address(first, text), _address(last if dash else first, text))
    if span.first.version != span.last.version or span.size < 1:
        raise ConfigError(f"{text}: a range goes from a lower address to a higher one")
    if dash and "%" in text:
        raise ConfigError(f"{text}: addresses with an interface are written one by one")
    for end in (span.first, span.last):
        _check(end, text)
    return span


def _of_network(text: str) -> Span:
    try:
        network: Network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ConfigError(f"{text} is no network: {_meant(text) or error}: {WAYS}") from error
    first, last = network[0], network[-1]
    if network.num_addresses > 2:  # noqa: PLR2004 RFC 3021: of two, both are hosts
        first += 1
        last -= network.version == 4  # noqa: PLR2004 IPv6 has no broadcast
    for end in (first, last):
        _check(end, text)
    return Span(first, last)


def _meant(text: str) -> str:
    """Return what to say of an address that stands for a network: it is not guessed which."""
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError:
        return ""
    return f"{interface.ip} is an address in {interface.network}, write one of them"


def _address(part: str, text: str) -> Address:
    try:
        return ipaddress.ip_address(part.strip())
    except ValueError as error:
        raise ConfigError(f"{text} is no address: {WAYS}") from error


def _check(address: Address, text: str) -> None:
    """Raise ConfigError for an address that is not that of one device."""
    if address.is_multicast or address.is_unspecified:
        raise ConfigError(f"{text}: {address} is not the address of one device: {WAYS}")
    if isinstance(address, ipaddress.IPv4Address):
        if address.is_reserved:
            raise ConfigError(f"{text}: {address} is reserved, and no device has it: {WAYS}")
    elif address.ipv4_mapped is not None:
        raise ConfigError(f"{text}: write the IPv4 address itself, {address.ipv4_mapped}")
    elif address.is_link_local and address.scope_id is None:
        raise ConfigError(f"{text}: {address} needs its interface: write {address}%eth0")
