"""The address that a request comes from, as far as it can be trusted."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request

_LONGEST = 64  # characters of what is not an address


def client_address(request: Request, proxies: int) -> str:
    """proxies: how many of our own stand before us, each of which appends to X-Forwarded-For whom it was asked by.

    What stands further left in it was written by the client. Without so many entries the request did not come
    by way of them. Of an IPv6 address the first 64 bits count: that is what one subscriber has.
    """
    peer = request.client.host if request.client else ""
    hops = [hop.strip() for line in request.headers.getlist("x-forwarded-for") for hop in line.split(",")]
    return _subscriber(hops[-proxies] if 0 < proxies <= len(hops) else peer)


def _subscriber(text: str) -> str:
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    host = host.partition(":")[0] if host.count(":") == 1 else host  # some proxies add the port
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return text[:_LONGEST]
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)
