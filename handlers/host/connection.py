"""One connection of a client's, by uvicorn and h11, with limits to how long it may be silent."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_FIRST_S = 2  # at the server's end, for a connection that was just accepted to say what it wants
_NEXT_S = 0.5  # for one that was answered already to ask again
_LEAST = 65_536  # bytes of a long answer that a client has to take in the time that it has


class Connection(H11Protocol):
    """patience_s: how long the head of a request may take to arrive, and a client to read some of its answer. uvicorn
    would wait for it for ever.
    """

    patience_s: ClassVar[float] = 30.0
    _limit: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    @property
    def _silent(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._limit = self.loop.call_later(self.patience_s, self._give_up)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._silent:
            self._wait_no_more()
        elif self._limit is None:
            self._limit = self.loop.call_later(self.patience_s, self._give_up)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        self._watch_no_more()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        self._watch_no_more()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Called once, at the server's end. uvicorn would drop a connection whose request it has yet to read."""
        if self._silent:
            self.loop.call_later(_FIRST_S if self.cycle is None else _NEXT_S, self._shut)
        else:
            super().shutdown()

    def _shut(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()

    def _wait_no_more(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _watch(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(self.patience_s, self._look, left)

    def _watch_no_more(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _look(self, before: int) -> None:
        if self.transport.get_write_buffer_size() <= before - _LEAST:
            self._watch()
        else:
            self.transport.abort()  # whoever answers it finds that the client has gone

    def _give_up(self) -> None:
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self.send_400_response(f"The request's head did not arrive within {self.patience_s:g} seconds.")
        else:
            self.transport.close()
