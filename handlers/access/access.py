"""A request's head, and where need be its body, -> its caller; or 401, or 429 after too many wrong keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from starlette.requests import Request

from handlers.access.address import client_address
from handlers.access.callers import NOBODY, Caller
from handlers.access.failures import Failures
from handlers.access.keyfile import KeyFile
from handlers.access.keys import callers_of, given, match
from handlers.dialects.base import Call, Dialect, Head
from handlers.errors import Unauthorized
from handlers.settings import InvalidSetting, Settings

_LOOK_S = 1.0  # how often the file of keys is looked at
_WAIT_S = 2.0  # how long a request waits for that; a mounted secret may be slow


class Access:
    """Raises InvalidSetting where nobody could call, or where the file of keys cannot be used."""

    def __init__(self, settings: Settings) -> None:
        self._quota, self._proxies = settings.quota, settings.trusted_proxies
        self._anonymous = settings.allow_anonymous
        self._fixed = callers_of(settings.api_keys, settings.quota)
        try:
            self._file = KeyFile(settings.api_keys_file, settings.quota) if settings.api_keys_file else None
        except ValueError as error:
            raise InvalidSetting(str(error)) from None
        if not self._anonymous and not self._callers():
            raise InvalidSetting(
                "there is no key, so nobody could call it. Set API_KEYS or API_KEYS_FILE (`python -m handlers.keys "
                "new` makes a key), or ALLOW_ANONYMOUS=true to let everybody call."
            )
        self._thread = ThreadPoolExecutor(1, "access")  # started when it is first needed, after the server's fork
        self._failures = Failures(self._thread)
        self._looked = monotonic()

    async def by_head(self, dialects: Sequence[Dialect], head: Head, request: Request) -> Caller | None:
        """The caller, before the body is read; None where only the body can tell. Raises Unauthorized, LimitReached.

        dialects: all that share the request's path; the key may be where any of them has it.
        """
        if not self.keyed:
            return self._nameless(request)
        if any(request.scope["path"] in dialect.open_paths for dialect in dialects):
            return self._nameless(request) if self._anonymous else NOBODY
        key = next(filter(None, (given(text) for dialect in dialects for text in dialect.keys(head))), None)
        if key is None and head.method == "POST" and any(dialect.key_field for dialect in dialects):
            return None
        return await self._caller(key, request)

    @property
    def keyed(self) -> bool:
        """Whether there are keys, be they needed or not."""
        return bool(self._fixed) or self._file is not None

    @property
    def failed(self) -> int:
        """Wrong keys that were sent since the start."""
        return self._failures.total

    async def by_body(self, dialect: Dialect, call: Call, request: Request) -> Caller:
        """The caller, whose key was not in the head."""
        key = given((call.body.json or {}).get(dialect.key_field)) if dialect.key_field else None
        return await self._caller(key, request)

    async def _caller(self, key: str | None, request: Request) -> Caller:
        await self._look()
        if key is None:
            if self._anonymous:
                return self._nameless(request)
            raise Unauthorized("A key is needed here, and none came with the request.")
        client, caller = client_address(request, self._proxies), match(key, self._callers())
        if caller is None:
            await self._failures.note(client)
            raise Unauthorized("The key is not one of those that are known here.")
        self._failures.check(client, caller)
        return caller

    def _nameless(self, request: Request) -> Caller:
        return Caller(f"address:{client_address(request, self._proxies)}", self._quota)

    def _callers(self) -> dict[bytes, Caller]:
        return self._fixed | (self._file.callers if self._file else {})

    async def _look(self) -> None:
        """See whether the file of keys has changed, now and then; who comes while somebody does need not wait."""
        if self._file is None or monotonic() - self._looked < _LOOK_S:
            return
        self._looked = monotonic()
        looking = asyncio.get_running_loop().run_in_executor(self._thread, self._file.refresh)
        await asyncio.wait((looking,), timeout=_WAIT_S)
