from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from handlers.errors import BadRequest
from handlers.fetch.addresses import is_public
from tests.handlers.fetch.network import NOT_FETCHED, PICTURE, PUBLIC, Network, get
from tests.handlers.fetch.site import Site, answer, redirect

ADDRESSES = json.loads((Path(__file__).parents[2] / "data" / "addresses.json").read_text())


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    return Network(monkeypatch)


@pytest.mark.parametrize("address", ADDRESSES["not_public"])
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ADDRESSES["public"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["", "localhost", "fe80::1%eth0", "1.1.1", "01.1.1.1"])
def test_what_is_no_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ADDRESSES["not_public"])
@pytest.mark.parametrize("place", [[0], [0, PUBLIC], [PUBLIC, 0], [PUBLIC, "1.1.1.1", 0]])
def test_one_private_answer_refuses_a_name(network: Network, address: str, place: list[Any]) -> None:
    network.names["name.example"] = [[address if item == 0 else item for item in place]]
    with pytest.raises(BadRequest, match=NOT_FETCHED):
        get("http://name.example/a.jpg")
    assert network.dialled == []


@pytest.mark.parametrize("address", ADDRESSES["public"])
def test_public_names_are_dialled(network: Network, address: str) -> None:
    network.names["name.example"] = [[address]]
    with Site({"/a.jpg": answer(PICTURE)}) as site:
        network.site = site
        assert get("http://name.example/a.jpg") == PICTURE
    assert network.dialled == [(address, 80)]


def test_a_name_that_changes_its_mind_is_dialled_where_it_was_checked(network: Network) -> None:
    network.names["name.example"] = [[PUBLIC], ["127.0.0.1"]]
    with Site({"/a.jpg": answer(PICTURE)}) as site:
        network.site = site
        assert get("http://name.example:8080/a.jpg") == PICTURE
    assert network.dialled == [(PUBLIC, 8080)]
    assert "\r\nHost: name.example:8080\r\n" in site.requests[0]


def test_the_next_address_is_tried(network: Network) -> None:
    network.names["name.example"] = [[PUBLIC, "1.1.1.1"]]
    with pytest.raises(BadRequest, match=NOT_FETCHED):
        get("http://name.example/a.jpg")
    assert network.dialled == [(PUBLIC, 80), ("1.1.1.1", 80)]


URLS_REFUSED = [
    "file:///etc/passwd",
    "ftp://127.0.0.1/a",
    "gopher://127.0.0.1/a",
    "//127.0.0.1/a",
    "127.0.0.1/a",
    "http:///a",
    "http://",
    "",
    "http://127.0.0.1:0/a",
    "http://127.0.0.1:65536/a",
    "http://127.0.0.1:x/a",
    "http://user@name.example/a",
    "http://user:secret@name.example/a",
    "http://@name.example/a",
    "http://name.example\\@127.0.0.1/a",
    "http://name.example/a\r\nX: y",
    "http://name.example/a\n",
    "http://na\tme.example/a",
    "http://name.example/\0",
    "http://name.example/\x7f",
    "http://name example/a",
    "http://[::1/a",
    "http://[fe80::1%25eth0]/a",
    "http://[name.example]/a",
    "http://name%2eexample/a",
    "http://" + "a" * 300 + "/a",
    "http://" + "a" * 64 + ".example/a",
    "http://name.example/" + "a" * 9000,
    "http://name.example/" + chr(0x100) * 3000 + "a" * 6000,
]


@pytest.mark.parametrize("url", URLS_REFUSED)
def test_urls_refused_without_a_look_up(network: Network, url: str) -> None:
    with pytest.raises(BadRequest, match=NOT_FETCHED):
        get(url)
    assert network.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "0",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "127.0.0.1.",
    ],
)
def test_spellings_of_this_machine(host: str) -> None:
    with Site({"/": answer(PICTURE)}) as site, pytest.raises(BadRequest, match=NOT_FETCHED):
        get(f"http://{host}:{site.port}/")
    assert site.requests == []


def test_only_the_very_host_and_port_are_let_through() -> None:
    with Site({"/": answer(PICTURE)}) as site, Site({"/": answer(PICTURE)}) as other:
        assert get(site.url, site=site) == PICTURE
        for url in (f"http://localhost:{site.port}/", other.url, f"http://127.1:{site.port}/"):
            with pytest.raises(BadRequest, match=NOT_FETCHED):
                get(url, site=site)
    assert (len(site.requests), other.requests) == (1, [])


def test_a_redirect_may_not_leave_for_a_private_name(network: Network) -> None:
    network.names = {"name.example": [[PUBLIC]], "inside.example": [["10.0.0.1"]]}
    with Site({"/": redirect("http://inside.example/")}) as site:
        network.site = site
        with pytest.raises(BadRequest, match=NOT_FETCHED):
            get("http://name.example/")
    assert network.dialled == [(PUBLIC, 80)]


def test_refused_unknown_and_unreachable_sound_the_same(network: Network) -> None:
    network.names = {"inside.example": [["10.0.0.1"]], "closed.example": [[PUBLIC]], "empty.example": [[]]}
    said = set()
    for name in ("inside", "closed", "empty", "unknown"):
        for scheme in ("http", "https"):
            with pytest.raises(BadRequest) as caught:
                get(f"{scheme}://{name}.example/")
            said.add((caught.value.status, caught.value.message))
    assert len(said) == 1
