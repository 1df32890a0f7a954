"""A program that decodes files for the server: `python -m handlers.sandbox.worker SOCKET`.

Each message is a JSON object, with the descriptors of what the worker reads and writes (pool.py). Its answer is
{"shape": [h, w], ...}, once the pixels are written, or {"error": reason}.

    {"picture": "HEIC", "max_pixels": n, "seconds": s}                     file, pixels -> shape, orientation
    {"video": {"stride": n, "most_work": n}, "max_pixels": n, ...}         file, pixels -> shape, fps
    {"next": true, "seconds": s}              the video's next frame, pixels -> shape; or turn, or end

Before a decoder sees a byte, the process limits what it may take. An error of any kind is the file's.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

from handlers.sandbox import limits
from handlers.sandbox.limits import Refusal

_MOST_MESSAGE = 4096
Answer = dict[str, Any]


class Session:
    """What one worker has open: a video, perhaps."""

    def __init__(self) -> None:
        self._video: Iterator[Answer] = iter(())

    def answer(self, message: dict[str, Any], descriptors: list[int]) -> Answer:
        try:
            with limits.time_limit(message["seconds"]):
                if "next" in message:
                    return next(self._video, {"end": True})
                return self._open(message, *descriptors)
        except Refusal as refusal:
            return {"error": refusal.reason}
        except MemoryError:
            return {"error": "dear"}
        except Exception:  # the libraries raise whatever they like of a broken file
            return {"error": "damaged"}

    def _open(self, message: dict[str, Any], file: int, pixels: int) -> Answer:
        limits.free_memory()
        nbytes = os.fstat(file).st_size
        if "picture" in message:
            from handlers.sandbox import pictures

            data = os.pread(file, nbytes, 0)
            decode = pictures.decoder(message["picture"], data)
            limits.limit_memory(message["max_pixels"], nbytes)
            return decode(data, pixels, message["max_pixels"])
        from handlers.sandbox import videos

        limits.limit_memory(message["max_pixels"], nbytes)
        self._video = videos.read(file, os.dup(pixels), **message["video"], max_pixels=message["max_pixels"])
        return next(self._video)


def main(connection: socket.socket) -> None:
    """Answer messages until the server has gone."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's; the worker ends with it
    session = Session()
    while True:
        text, descriptors, _, _ = socket.recv_fds(connection, _MOST_MESSAGE, 2)
        if not text:
            return
        answer = session.answer(json.loads(text), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        connection.sendall(json.dumps(answer).encode())


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
