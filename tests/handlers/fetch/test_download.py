from __future__ import annotations

import socket
from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Any

import pytest

from handlers.errors import BadRequest, TooLarge
from tests.handlers.fetch.network import NOT_FETCHED, PICTURE, get
from tests.handlers.fetch.site import Answer, Site, answer, drip, redirect, stall


def test_the_request_says_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    with Site({"/%C3%A4%20b;c?d=%20%5B1]&e=/%25": answer(PICTURE)}) as site:
        assert get(f"{site.url}/ä b;c?d= %5B1]&e=/%25#fragment", site=site) == PICTURE
    head = site.requests[0].lower()
    assert "accept-encoding: identity\r\n" in head
    assert "connection: close\r\n" in head
    assert f"host: 127.0.0.1:{site.port}\r\n" in head
    assert "cookie" not in head
    assert "authorization" not in head


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirects_are_followed(status: str) -> None:
    with Site({"/d/a": redirect("b?c=d", status), "/d/b?c=d": answer(PICTURE)}) as site:
        assert get(f"{site.url}/d/a", site=site) == PICTURE


def test_three_redirects_are_followed_and_no_more() -> None:
    answers: dict[str, Answer] = {f"/{n}": redirect(f"/{n + 1}") for n in range(4)}
    with Site(answers | {"/4": answer(PICTURE)}) as site:
        assert get(f"{site.url}/1", site=site) == PICTURE
        site.requests.clear()
        with pytest.raises(BadRequest, match=NOT_FETCHED):
            get(f"{site.url}/0", site=site)
    assert [request.split()[1] for request in site.requests] == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/x",
        "http://169.254.169.254/x",
        "//localhost:{port}/x",
        "file:///etc/passwd",
        "http://user@127.0.0.1:{port}/x",
        "http://127.0.0.1:{port}/\\x",
        "gopher://127.0.0.1:{port}/x",
    ],
)
def test_redirects_are_checked(location: str) -> None:
    with Site({"/x": answer(PICTURE)}) as site:
        site.answers["/"] = redirect(location.format(port=site.port))
        with pytest.raises(BadRequest, match=NOT_FETCHED):
            get(site.url, site=site)
    assert len(site.requests) == 1


def test_a_redirect_to_nowhere() -> None:
    with Site({"/": answer(status="302 Found")}) as site, pytest.raises(BadRequest, match="answered with an error"):
        get(site.url, site=site)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "reply",
    [
        answer(PICTURE),
        answer(PICTURE, content_encoding="identity", content_type="text/html"),
        answer(PICTURE, content_length=""),
        CHUNKED + b"100\r\n" + PICTURE[:256] + b"\r\n700\r\n" + PICTURE[256:] + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(PICTURE),
        drip(answer(b"ab"), 0.001),
    ],
)
def test_bodies(reply: Answer) -> None:
    with Site({"/": reply}) as site:
        assert get(site.url, site=site) == (PICTURE if isinstance(reply, bytes) else b"ab")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer(PICTURE, "404 Not Found"), "answered with an error"),
        (answer(PICTURE, "500 Oops"), "answered with an error"),
        (answer(PICTURE, "206 Partial Content"), "answered with an error"),
        (answer(status="204 No Content"), "answered with an error"),
        (b"", "answered with an error"),
        (b"SSH-2.0-OpenSSH\r\n", "answered with an error"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "answered with an error"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "answered with an error"),
        (answer(PICTURE, transfer_encoding="gzip, chunked"), "answered with an error"),
        (answer(PICTURE, content_encoding="gzip"), "compressed body"),
        (answer(PICTURE, content_encoding="br"), "compressed body"),
        (answer(PICTURE, content_length="2049"), "cut short"),
        (CHUNKED + b"100\r\n" + PICTURE[:100], "cut short"),
        (CHUNKED + b"zz\r\n" + PICTURE[:100], "cut short"),
        (CHUNKED + b"100\r\n" + PICTURE[:256] + b"\r\n", "cut short"),
    ],
)
def test_answers_refused(reply: bytes, words: str) -> None:
    with Site({"/": reply}) as site, pytest.raises(BadRequest, match=words):
        get(site.url, site=site)


def test_the_size_is_limited() -> None:
    endless = CHUNKED + b"1000\r\n" + bytes(4096) + b"\r\n"

    def pour(connection: socket.socket, closing: Event) -> None:
        connection.sendall(endless)
        while not closing.is_set():
            connection.sendall(b"1000\r\n" + bytes(4096) + b"\r\n")

    def declare(connection: socket.socket, closing: Event) -> None:
        connection.sendall(answer(content_length="2049"))
        stall(connection, closing)

    answers: dict[str, Answer] = {
        "/exact": answer(PICTURE),
        "/declared": declare,
        "/closed": answer(PICTURE + b"x", content_length=""),
        "/poured": pour,
    }
    with Site(answers) as site:
        assert get(f"{site.url}/exact", site=site, max_bytes=2048) == PICTURE
        for path in ("/declared", "/closed", "/poured"):
            with pytest.raises(TooLarge, match=r"larger than the 0\.002048 MB"):
                get(site.url + path, site=site, max_bytes=2048)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (stall, "took too long"),
        (drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90, 0.01), "took too long"),
        (drip(answer(PICTURE), 0.01), "took too long"),
        (drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 99, 0.01), "took too long"),
        (drip(CHUNKED + b"1\r\na\r\n" * 99, 0.01), "took too long"),
    ],
)
def test_one_deadline_covers_all(reply: Callable[[socket.socket, Event], None], words: str) -> None:
    with Site({"/": reply}) as site:
        started = monotonic()
        with pytest.raises(BadRequest, match=words):
            get(site.url, site=site, timeout_s=0.25)
        assert 0.2 < monotonic() - started < 2


def test_the_deadline_covers_the_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    release = Event()

    def slow(*args: Any, **kwargs: Any) -> list[Any]:
        release.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    started = monotonic()
    with pytest.raises(BadRequest, match=NOT_FETCHED):
        get("http://name.example/", timeout_s=0.1)
    release.set()
    assert monotonic() - started < 2


def test_the_deadline_covers_redirects() -> None:
    with Site({"/": drip(redirect("/"), 0.001)}) as site:
        started = monotonic()
        with pytest.raises(BadRequest):
            get(site.url, site=site, timeout_s=0.1)
        assert monotonic() - started < 2
