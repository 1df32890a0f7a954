from __future__ import annotations

import pickle

import pytest

from handlers.decode import decode, headers
from handlers.errors import BadRequest, TooLarge
from tests.handlers.decode import pictures
from tests.handlers.decode.bombs import BOMBS, BROKEN, SANDBOXED
from tests.handlers.decode.pictures import run

LIMIT = 50_000_000
MANY = pictures.many()


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_from_its_header(name: str) -> None:
    with pytest.raises(TooLarge):
        decode(BOMBS[name], max_pixels=LIMIT)


@pytest.mark.parametrize("name", SANDBOXED)
def test_a_bomb_is_refused_in_the_sandbox(name: str) -> None:
    with pytest.raises((BadRequest, TooLarge)):
        decode(SANDBOXED[name], max_pixels=LIMIT)


def test_scans_after_the_picture_do_not_count() -> None:
    # A phone's motion clip follows its picture: 10 MB of it hold a hundred and fifty such bytes by chance.
    assert decode(MANY["jpeg rgb"] + b"\xff\xda\x00\x02" * 1500, max_pixels=LIMIT).shape == (61, 87, 3)
    assert decode(pictures.scans(5), max_pixels=LIMIT).shape == (61, 87, 3)


def test_scans_count_by_what_they_pass_over() -> None:
    data = MANY["jpeg progressive"]
    assert decode(data, max_pixels=6000).shape == (61, 87, 3)
    with pytest.raises(TooLarge):
        decode(pictures.scans_repeated(data, 90), max_pixels=6000)


def test_arithmetic_codes_count_by_the_sample() -> None:
    plain = MANY["jpeg sampling 0"]
    assert headers.read(plain, "JPEG")[0] == 61 * 87
    assert headers.read(plain.replace(b"\xff\xc0", b"\xff\xc9", 1), "JPEG")[0] == 61 * 87 * 3 // 2


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        decode(BROKEN[name], max_pixels=LIMIT)


def test_hostile_files_cost_little_memory() -> None:
    program = (
        "import pickle, resource, sys\n"
        "from handlers.decode import decode\n"
        "from handlers.errors import ApiError\n"
        "files = pickle.load(sys.stdin.buffer)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for data in files:\n"
        "    try: decode(data, max_pixels=50_000_000)\n"
        "    except ApiError: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    kilobytes = int(run(program, pickle.dumps([*BOMBS.values(), *BROKEN.values()])))
    assert kilobytes < 100_000  # Pillow and pi_heif are imported in it
