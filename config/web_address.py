"""The address of a server that is asked over HTTP, as people write it."""

import httpx

HIGHEST_PORT = 65_535


def web_address_of(url: str, example: str) -> str:
    """Return an address that can be asked. Raises ValueError, which shows the `example`.

    Nothing is looked up. A login never stands in it: there are options for that.
    """
    try:
        parts = httpx.URL(url)
        parts.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ValueError(f"must be an address: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise ValueError(f"must be an address such as {example}")
    if parts.port is not None and not 0 < parts.port <= HIGHEST_PORT:
        raise ValueError(f"must have a port from 1 to {HIGHEST_PORT}")
    if parts.userinfo:
        raise ValueError("must not hold a password: use `user` and `password`")
    return url
