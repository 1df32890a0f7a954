from __future__ import annotations

import pytest

from handlers.decode.formats import sniff as sniff_picture
from handlers.video import is_video
from handlers.video.sniff import sniff
from tests.handlers.decode import pictures
from tests.handlers.video.films import NAMES, film

BOX = b"\0\0\0\x20ftyp%b\0\0\0\0" + b"isom" * 4
CONTAINERS = {
    "mp4": "MP4",
    "mov": "MP4",
    "m4v": "MP4",
    "avi": "AVI",
    "mkv": "Matroska",
    "webm": "Matroska",
    "mpg": "MPEG",
    "mpeg": "MPEG",
    "ts": "MPEG-TS",
    "wmv": "ASF",
    "asf": "ASF",
    "gif": "GIF",
}


@pytest.mark.parametrize("name", NAMES)
def test_every_container_is_known_by_its_content(name: str) -> None:
    data = film(name)
    assert is_video(data)
    assert sniff(data) == CONTAINERS[name.rpartition(".")[2]]
    assert sniff_picture(data) in (None, "GIF")


@pytest.mark.parametrize("name", [name for name in pictures.many() if not name.startswith("gif")])
def test_a_picture_is_not_a_video(name: str) -> None:
    assert not is_video(pictures.many()[name])


@pytest.mark.parametrize("file", ["plain.heic"])
def test_a_heic_is_not_a_video(file: str) -> None:
    assert not is_video((pictures.HEIC / file).read_bytes())


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"msf1", b"avif", b"avis", b"crx "])
def test_the_brands_of_pictures_are_not_videos(brand: bytes) -> None:
    assert not is_video(BOX.replace(b"%b", brand))


@pytest.mark.parametrize("brand", [b"isom", b"mp42", b"M4V ", b"qt  ", b"3gp5", b"avc1", b"dash"])
def test_the_brands_of_videos_are(brand: bytes) -> None:
    assert is_video(BOX.replace(b"%b", brand))


@pytest.mark.parametrize("name", [b"moov", b"mdat", b"wide", b"free", b"skip"])
def test_old_quicktime_begins_without_a_brand(name: bytes) -> None:
    assert is_video(b"\0\0\0\x08" + name + bytes(100))
    assert not is_video(b"Get " + name + b" things here")


@pytest.mark.parametrize(("before", "step"), [(0, 188), (4, 192), (0, 204)])
def test_transport_streams_are_known_by_their_packets(before: int, step: int) -> None:
    packet = (bytes(before) + b"\x47").ljust(step, b"\xff")
    assert is_video(packet * 5)
    assert not is_video(packet * 3 + b"\xff" * step * 3)


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"G", b"RIFF", bytes(4000), b"#EXTM3U\n", b"ffconcat version 1.0\n", b"<MPD>", b"G" * 7]
)
def test_anything_else_is_not(data: bytes) -> None:
    assert not is_video(data)
