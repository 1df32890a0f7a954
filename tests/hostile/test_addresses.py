"""Image URLs that lead inside, or nowhere: one answer for all of them, in every dialect."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.handlers.fetch.site import Site, redirect
from tests.handlers.fetch.test_addresses import URLS_REFUSED
from tests.hostile.case import HOSTED, HUB, INFERENCE, PLATFORM, Case, Dialect, inference, names
from tests.hostile.guard import Guard
from tests.support.server import ROOT, free_port

NOT_PUBLIC = json.loads((ROOT / "tests" / "data" / "addresses.json").read_text())["not_public"]
_ASK: dict[Dialect, Callable[[str], dict[str, Any]]] = {
    PLATFORM: lambda url: {"json": {"source": url}},
    HUB: lambda url: {"data": {"url": url}},
    HOSTED: lambda url: {"params": {"image": url}},
    INFERENCE: lambda url: inference({"type": "url", "value": url}),
}
TEXT = "The image URL could not be fetched."


def with_brackets(address: str) -> str:
    return f"http://[{address}]/a.jpg" if ":" in address else f"http://{address}/a.jpg"


@pytest.mark.parametrize(**names(Case(url, 400, _ASK[PLATFORM](url)) for url in map(with_brackets, NOT_PUBLIC)))
def test_address_that_is_not_public(case: Case, guard: Guard) -> None:
    assert guard.ask(case).json() == {"error": TEXT}


@pytest.mark.parametrize("dialect", _ASK, ids=str)
def test_every_dialect_refuses_the_same(dialect: Dialect, guard: Guard) -> None:
    """Refused, unknown and unreachable are not to be told apart."""
    said = set()
    urls = ("http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://no-such-name.invalid/")
    for url in urls:
        response = guard.ask(Case(url, 400, _ASK[dialect](url), dialect))
        said.add(response.text)
    assert len(said) == 1
    assert TEXT in said.pop()


LISTED = [url for url in URLS_REFUSED if url]


@pytest.mark.parametrize(
    **names(Case(f"{number}: {url[:40]!r}", 400, _ASK[PLATFORM](url)) for number, url in enumerate(LISTED))
)
def test_url_refused(case: Case, guard: Guard) -> None:
    guard.ask(case)


@pytest.fixture
def inside() -> Iterator[socket.socket]:
    """What listens on this machine, and is never to be called."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0)
        yield listener


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "0"])
def test_nothing_inside_is_called(host: str, inside: socket.socket, guard: Guard) -> None:
    url = f"http://{host}:{inside.getsockname()[1]}/"
    for dialect, ask in _ASK.items():
        guard.ask(Case(f"{dialect} {url}", 400, ask(url), dialect))
    with pytest.raises(BlockingIOError):
        inside.accept()


def test_an_open_and_a_closed_port_sound_the_same(inside: socket.socket, guard: Guard) -> None:
    opened, closed = inside.getsockname()[1], free_port()
    said = {
        guard.ask(Case(str(port), 400, _ASK[PLATFORM](f"http://127.0.0.1:{port}/"))).text for port in (opened, closed)
    }
    assert len(said) == 1


def test_a_site_that_is_let_through_may_not_lead_elsewhere(guard: Guard) -> None:
    with Site({"/": redirect("http://169.254.169.254/")}) as site:
        response = guard.ask(Case("redirect", 400, _ASK[PLATFORM](site.url)))
    assert response.json() == {"error": TEXT}
    assert site.requests == []
