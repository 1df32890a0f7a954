"""The server's end: whoever was accepted is answered, also who connected an instant before."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ctypes import addressof, create_string_buffer
from functools import partial

from uvicorn.server import Server

from handlers.host.connection import Connection

# Linux's filter of one instruction, "return 0": a listener that has it answers no new connection.
_SO_ATTACH_FILTER = 26
_NOTHING = create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))

_finish = Server.shutdown


async def shutdown(server: Server, sockets: list[socket.socket] | None = None) -> None:
    """As uvicorn's own, which closes its listeners at once: the kernel would reset whoever still waits there."""
    tasks = server.server_state.tasks
    for connection in _waiting(sockets or []):
        task = asyncio.create_task(_connect(server, connection))
        tasks.add(task)  # the end waits for these
        task.add_done_callback(tasks.discard)
    await _finish(server, sockets)


def _waiting(listeners: Sequence[socket.socket]) -> Iterator[socket.socket]:
    """The connections that nobody has accepted yet, and no new ones behind them."""
    for listener in listeners:
        with suppress(OSError):  # not every sandbox's kernel has it
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, addressof(_NOTHING)))
        with suppress(OSError):  # when none is left
            while True:
                yield listener.accept()[0]


async def _connect(server: Server, connection: socket.socket) -> None:
    """What the server does with a connection that it accepts, at its end."""
    state, of_app = server.server_state, server.lifespan.state
    make = partial(Connection, config=server.config, server_state=state, app_state=of_app)
    _, protocol = await asyncio.get_running_loop().connect_accepted_socket(make, connection)
    protocol.shutdown()
