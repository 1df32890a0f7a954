"""Keeps queries out of the servers' access logs: a key may stand in one, and so may an image's signed address."""

from __future__ import annotations

import logging

_LOGGERS = ("uvicorn.access", "gunicorn.access")


def hide_queries() -> None:
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, _WithoutQuery) for one in logger.filters):
            logger.addFilter(_WithoutQuery())


class _WithoutQuery(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
        elif record.args:
            record.args = {name: _plain(value) for name, value in record.args.items()}
        return True


def _plain(value: object) -> object:
    return value.partition("?")[0] if isinstance(value, str) else value
