"""Addresses of servers: one check for all that are asked over HTTP."""

import pytest

from config.web_address import web_address_of

EXAMPLE = "http://127.0.0.1:8086"


@pytest.mark.parametrize(
    "url",
    ["http://a", "https://a.example:8086/b?c=d", "http://[2001:db8::1]:1/", "http://a:65535"],
)
def test_an_address_that_can_be_asked_stays_as_it_was_written(url: str) -> None:
    assert web_address_of(url, EXAMPLE) == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("a:8086", f"must be an address such as {EXAMPLE}"),
        ("ftp://a/", f"must be an address such as {EXAMPLE}"),
        ("http://", f"must be an address such as {EXAMPLE}"),
        ("http://a:b/", "must be an address: Invalid port"),
        ("http://a:0/", "must have a port from 1 to 65535"),
        ("http://a:65536/", "must"),
        ("http://me:secret@a/", "must not hold a password: use `user` and `password`"),
        ("http://a\n/", "must be an address: Invalid"),
        (f"http://{'a' * 64}.example/", "must be an address"),
    ],
)
def test_what_is_no_address_is_refused_without_showing_it(url: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        web_address_of(url, EXAMPLE)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)
