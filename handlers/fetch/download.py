"""An image URL -> its bytes, without being led to an address that is not public (SSRF).

Every address that a name resolves to is checked, and the connection is made to a checked one, so that a
name that changes its mind gains nothing; each redirect is checked anew. One deadline covers it all.
Synchronous: it runs in a thread that may wait.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from ipaddress import IPv6Address
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

from handlers.errors import BadRequest, TooLarge
from handlers.fetch.sockets import Cancellation, Deadline, TimedSocket, connect, resolve

Host = tuple[str, int]

# The same words whether a URL is refused, unknown or unreachable: nobody learns what is inside.
_NOT_FETCHED = "The image URL could not be fetched."
_TOO_SLOW = "The image URL took too long to answer."
_FAILED = "The image URL answered with an error."
_CUT_SHORT = "The image URL's answer was cut short."

_MAX_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_MAX_URL = 8192
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_HOST_NAME = re.compile(r"[a-z0-9_.-]{1,253}")
_BLOCK = 65_536


@dataclass(frozen=True)
class _Target:
    """A URL, taken apart. host: lower case, in ASCII; an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


def fetch_image(
    url: str,
    *,
    max_bytes: int,
    timeout_s: float,
    allow: AbstractSet[Host] = frozenset(),
    cancellation: Cancellation | None = None,
) -> bytes:
    """The body that `url` answers, whatever it is.

    timeout_s: for everything, from the first name looked up to the last byte.
    allow: the (host, port) pairs, hosts as URLs spell them, that may be reached though not public.
    cancellation: ends it sooner, with an error.
    Raises BadRequest and TooLarge.
    """
    deadline = Deadline(monotonic() + timeout_s, cancellation or Cancellation())
    target = _parse(url)
    for _ in range(_MAX_REDIRECTS + 1):
        with closing(_connect(target, deadline, allow)) as connection:
            answer = _ask(connection, target)
            if answer.status not in _REDIRECTS:
                return _body(answer, max_bytes)
            target = _redirected(target, answer.getheader("Location"))
    raise BadRequest(_NOT_FETCHED)


def _parse(url: str) -> _Target:
    """Raises BadRequest for what is not a plain http or https URL."""
    try:
        if len(url) > _MAX_URL or _FORBIDDEN.search(url):
            raise ValueError
        parts = urlsplit(url)
        scheme, port = parts.scheme, parts.port
        if scheme not in ("http", "https") or "@" in parts.netloc or port == 0:
            raise ValueError
        host = _host(parts.hostname or "")
    except ValueError as error:
        raise BadRequest(_NOT_FETCHED) from error
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?[]") if parts.query else ""
    return _Target(scheme, host, port or (443 if scheme == "https" else 80), path + query)


def _host(name: str) -> str:
    """Raises ValueError for a spelling that is neither a name nor an address."""
    if ":" in name:
        if "%" in name:
            raise ValueError
        return str(IPv6Address(name))
    host = name.encode("idna").decode().lower()
    if not _HOST_NAME.fullmatch(host):
        raise ValueError
    return host


def _redirected(source: _Target, location: str | None) -> _Target:
    if not location:
        raise BadRequest(_FAILED)
    target = _parse(urljoin(f"{source.scheme}://{source.authority}{source.path}", location))
    if source.scheme == "https" and target.scheme != "https":
        raise BadRequest(_NOT_FETCHED)
    return target


def _connect(target: _Target, deadline: Deadline, allow: AbstractSet[Host]) -> TimedSocket:
    try:
        public_only = (target.host, target.port) not in allow
        connection = connect(resolve(target.host, target.port, deadline, public_only=public_only), deadline)
        if target.scheme == "http":
            return TimedSocket(connection, deadline)
        try:
            secure = _tls().wrap_socket(connection, server_hostname=target.host, do_handshake_on_connect=False)
        except BaseException:
            connection.close()
            raise
        try:
            # The socket's timeout, which is what was left before the handshake, covers all of it.
            with deadline.bounds(secure):
                secure.do_handshake()
        except BaseException:
            secure.close()
            raise
        return TimedSocket(secure, deadline)
    except (OSError, ValueError) as error:
        raise BadRequest(_NOT_FETCHED) from error


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _ask(connection: TimedSocket, target: _Target) -> HTTPResponse:
    lines = (
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        "User-Agent: yolo-endpoint",
        "Accept: image/*, */*;q=0.5",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    try:
        connection.send("\r\n".join((*lines, "\r\n")).encode("ascii"))
        answer = HTTPResponse(connection)  # type: ignore[arg-type]
        answer.begin()
    except TimeoutError as error:
        raise BadRequest(_TOO_SLOW) from error
    except (OSError, HTTPException, ValueError) as error:
        raise BadRequest(_FAILED) from error
    return answer


def _body(answer: HTTPResponse, max_bytes: int) -> bytes:
    if answer.status != 200:
        raise BadRequest(_FAILED)
    if answer.getheader("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise BadRequest("The image URL answered with a compressed body, which was not asked for.")
    if answer.getheader("Transfer-Encoding", "chunked").strip().lower() != "chunked":
        raise BadRequest(_FAILED)
    length = answer.length
    body = bytearray()
    try:
        # One byte more than is allowed tells that there are too many.
        while length is None or length <= max_bytes:
            block = answer.read(min(_BLOCK, max_bytes + 1 - len(body)))
            body += block
            if not block or len(body) > max_bytes:
                break
    except TimeoutError as error:
        raise BadRequest(_TOO_SLOW) from error
    except (OSError, HTTPException, ValueError) as error:
        raise BadRequest(_CUT_SHORT) from error
    if len(body) > max_bytes or (length or 0) > max_bytes:
        raise TooLarge(f"The picture at the image URL is larger than the {max_bytes / 1e6:g} MB that may be fetched.")
    if length is not None and len(body) < length:
        raise BadRequest(_CUT_SHORT)
    return bytes(body)
