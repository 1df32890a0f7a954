from __future__ import annotations

import http.server
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.errors import BadRequest, TooLarge
from handlers.video import open_video
from handlers.video.reader import Video
from handlers.video.sniff import sniff
from tests.handlers.decode import pictures
from tests.handlers.video.films import FRAMES, LIMIT, NAMES, film, ours
from tests.handlers.video.memory import numbers

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [0, 1, 8, 13, 40])
def test_the_beginning_of_a_film_is_not_one(name: str, length: int) -> None:
    with pytest.raises(BadRequest, match="not a video"):
        ours(film(name)[:length])


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_an_mp4_without_its_index_is_refused(part: float) -> None:
    data = film("mp4v.mp4")
    with pytest.raises(BadRequest, match="damaged"):
        ours(data[: int(len(data) * part)])


@pytest.mark.parametrize("name", [name for name in pictures.many() if not name.startswith("gif")])
def test_a_picture_is_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="supported format"):
        ours(pictures.many()[name])


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """The paths that were asked of a server on the loopback address, whose address is the first entry."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        paths.append(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield paths
        server.shutdown()


SCRIPTS = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile '{target}'\n",
    "<?xml version='1.0'?><MPD type='static'><Period><AdaptationSet><Representation><BaseURL>{target}</BaseURL>"
    "</Representation></AdaptationSet></Period></MPD>",
    "v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "[Reference]\nRef1={target}\n",
    "{target}",
)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("head", [b"", film("mp4v.mp4")[:32], b"RIFF\xff\0\0\0AVI ", b"GIF89a", b"\0\0\x01\xba"])
def test_scripts_reach_neither_files_nor_addresses(head: bytes, script: str, asked: list[str], tmp_path: Path) -> None:
    other = tmp_path / "other.avi"
    other.write_bytes(film("MJPG.avi"))
    for target in (f"{asked[0]}/film.mp4", str(other)):
        with pytest.raises((BadRequest, TooLarge)):  # after a GIF's first bytes any text is a size
            ours(head + script.format(target=target).encode())
    assert len(asked) == 1


@pytest.mark.parametrize("script", SCRIPTS)
def test_ffmpeg_refuses_a_script_that_is_taken_for_a_film(script: str, asked: list[str], tmp_path: Path) -> None:
    """Past the check by content: the demuxers of scripts are closed."""
    other = tmp_path / "other.avi"
    other.write_bytes(film("MJPG.avi"))
    for target in (f"{asked[0]}/film.mp4", str(other)):
        with pytest.raises(BadRequest):
            Video(script.format(target=target).encode(), max_pixels=LIMIT, stride=1)
    assert len(asked) == 1


def test_a_film_that_refers_to_another_file_does_not_open_it(tmp_path: Path) -> None:
    """QuickTime's data reference: the samples are said to stand in another file, here an identical one."""
    data = film("MJPG.mov")
    other = tmp_path / "other.mov"
    other.write_bytes(data)
    samples, index = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data = data[:samples] + bytes(index - samples) + data[index:]
    at = data.index(b"dref") + 12  # past flags and count, to the entry's size
    path = str(other).encode()
    alias = struct.pack(">IIIHH", 0, 0, 0, 0, 0).ljust(150, b"\0") + struct.pack(">hH", 18, len(path)) + path
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
    size = struct.unpack_from(">I", data, at)[0]
    moved = data[:at] + entry + data[at + size :]
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        where = moved.index(box) - 4
        length = struct.unpack_from(">I", moved, where)[0] + len(entry) - size
        moved = moved[:where] + struct.pack(">I", length) + moved[where + 4 :]
    with pytest.raises(BadRequest):
        ours(moved)


def test_frames_that_are_too_large_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(TooLarge, match=r"0\.003 megapixels"):
        ours(film("mp4v.mp4"), max_pixels=3000)
    assert ours(film("mp4v.mp4"), max_pixels=48 * 64)


MEMORY = """
from handlers.errors import ApiError
from tests.handlers.video.films import ours
data, before = open(sys.argv[1], "rb").read(), peak()
try:
    small = {frame.shape for frame in ours(data)} == {(48, 64, 3)}
except ApiError as error:
    small = error.status in (400, 413)
print(before, peak(), int(small))
"""


@pytest.mark.parametrize("name", ["mp4v.mp4", "vp09.mp4", "MJPG.mov"])
def test_an_index_that_claims_60000_pixels_costs_nothing(name: str, tmp_path: Path) -> None:
    """The codec's own header counts: of these films the frames are as small as ever."""
    data, huge = film(name), struct.pack(">HH", 60_000, 60_000)
    assert struct.pack(">HH", 64, 48) in data
    claiming = data.replace(struct.pack(">HH", 64, 48), huge)
    claiming = claiming.replace(struct.pack(">II", 64 << 16, 48 << 16), struct.pack(">II", 60_000 << 16, 60_000 << 16))
    path = tmp_path / name
    path.write_bytes(claiming)
    before, after, small = numbers(MEMORY, str(path))
    assert small
    assert after - before < 50_000  # kB


def test_a_gif_that_claims_a_huge_screen_is_refused() -> None:
    data = bytearray(film(".gif"))
    struct.pack_into("<HH", data, 6, 65_535, 65_535)
    with pytest.raises(TooLarge):
        ours(bytes(data))


def test_a_film_of_pngs_that_claim_a_huge_size_is_refused() -> None:
    data = film("MPNG.avi")
    assert len(ours(data)) == FRAMES
    with pytest.raises((BadRequest, TooLarge)):
        ours(data.replace(struct.pack(">II", 64, 48), struct.pack(">II", 16_000, 14_000)))


def test_an_abandoned_film_leaves_no_file(folder: Path) -> None:
    with open_video(film("mp4v.mp4"), max_pixels=LIMIT) as video:
        assert not list(folder.iterdir())
        next(iter(video))
    frames = iter(open_video(film("mp4v.mp4"), max_pixels=LIMIT))
    next(frames)
    del frames


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.data())
@settings(max_examples=12, deadline=None)
def test_changed_bytes_give_frames_or_a_clear_refusal(name: str, seed: st.DataObject) -> None:
    data = bytearray(film(name))
    places = st.lists(st.tuples(st.integers(0, min(len(data) - 1, 3000)), st.integers(0, 255)), min_size=1, max_size=8)
    for at, value in seed.draw(places):
        data[at] = value
    try:
        frames = ours(bytes(data), max_pixels=1_000_000)
    except (BadRequest, TooLarge):
        return
    assert sniff(bytes(data))
    assert all(frame.ndim == 3 for frame in frames)
