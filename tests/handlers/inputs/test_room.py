from __future__ import annotations

import pytest

from handlers.errors import TooMany
from handlers.inputs import Room


def test_what_is_taken_is_given_back() -> None:
    room = Room(10)
    for _ in range(3):
        with room.share() as share:
            share.add(4)
            share.add(6)
            with room.share() as other, pytest.raises(TooMany) as refused:
                other.add(1)
            assert refused.value.headers == {"Retry-After": "1"}
            assert (share.taken, other.taken) == (10, 0)


def test_what_is_announced_is_not_taken() -> None:
    room = Room(10)
    with room.share() as first, room.share() as second:
        first.expect(10)
        second.add(3)
        with pytest.raises(TooMany):
            first.expect(8)


def test_a_failure_gives_back_too() -> None:
    room = Room(10)
    with room.share() as share:
        share.add(10)
        with pytest.raises(TooMany):
            share.add(1)
    with room.share() as share:
        share.add(10)
