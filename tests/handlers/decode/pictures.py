"""Pictures in every format, made on the spot, and files that are hostile."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from model_cache.prediction import Frame

# Stored, since only a decoder is installed: 64 x 48, blue with a red and a green box, the second one turned.
HEIC = Path(__file__).parents[2] / "data" / "pictures"
_ORIENTATION = 0x0112


def scene(height: int = 61, width: int = 87) -> Frame:
    """A coloured, slightly noisy picture without any symmetry, RGB; odd sizes try the chroma sampling."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([x * 255 / width, y * 255 / height, (x + 2 * y) % 256], axis=-1)
    picture[5:25, 10:40] = (230, 60, 20)
    return (picture + np.random.default_rng(1).integers(-6, 7, picture.shape)).clip(0, 255).astype(np.uint8)


def save(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[_ORIENTATION] = orientation
    return tags.tobytes()


def many() -> dict[str, bytes]:
    """One of each kind that OpenCV and Pillow can write."""
    rgb = Image.fromarray(scene())
    rgba = rgb.copy()
    rgba.putalpha(Image.fromarray(scene()[..., 2]))
    grey16 = Image.fromarray(scene()[..., 0].astype(np.uint16) * 257 + 3)
    deep = scene().astype(np.uint16) * 256 + scene()[::-1]
    modes = {"rgb": rgb, "rgba": rgba, "grey": rgb.convert("L"), "bit": rgb.convert("1"), "palette": rgb.quantize(64)}
    return {
        **{f"jpeg {name}": save(modes[name], "JPEG") for name in ("rgb", "grey")},
        **{f"jpeg sampling {n}": save(rgb, "JPEG", subsampling=n, progressive=n == 1) for n in range(3)},
        "jpeg cmyk": save(rgb.convert("CMYK"), "JPEG"),
        "jpeg progressive": save(rgb, "JPEG", progressive=True),
        "mpo": save(rgb, "MPO", save_all=True, append_images=[rgba.convert("RGB").rotate(180)]),
        **{f"png {name}": save(image, "PNG") for name, image in modes.items()},
        "png la": save(rgba.convert("LA"), "PNG"),
        "png grey 16": save(grey16, "PNG"),
        "png rgb 16": cv2.imencode(".png", deep)[1].tobytes(),
        "png palette transparent": save(modes["palette"], "PNG", transparency=bytes(range(64))),
        "apng": save(rgb, "PNG", save_all=True, append_images=[rgb.rotate(180)]),
        **{f"webp {name}": save(modes[name], "WEBP", lossless=name == "rgb") for name in ("rgb", "rgba", "grey")},
        "webp lossy": save(rgb, "WEBP", quality=70),
        "webp animated": save(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)]),
        **{f"bmp {name}": save(image, "BMP") for name, image in modes.items()},
        **{f"tiff {name}": save(image, "TIFF") for name, image in modes.items()},
        "tiff cmyk": save(rgb.convert("CMYK"), "TIFF"),
        "tiff grey 16": save(grey16, "TIFF"),
        "tiff rgb 16": cv2.imencode(".tiff", deep)[1].tobytes(),
        "tiff lzw": save(rgb, "TIFF", compression="tiff_lzw"),
        "tiff jpeg": save(rgb, "TIFF", compression="jpeg"),
        "tiff pages": save(rgb, "TIFF", save_all=True, append_images=[rgb.rotate(180)]),
        "tiff big": save(rgb, "TIFF", big_tiff=True),
        **{f"jp2 {name}": save(modes[name], "JPEG2000") for name in ("rgb", "rgba", "grey")},
        "jp2 lossy": save(rgb, "JPEG2000", irreversible=True, quality_layers=[20]),
        "j2k tiles": save(rgb, "JPEG2000", no_jp2=True, tile_size=(32, 32)),
        **{f"gif {name}": save(modes[name], "GIF") for name in ("grey", "palette")},
        "gif animated": save(modes["palette"], "GIF", save_all=True, append_images=[rgb.rotate(180).quantize(64)]),
        **{f"avif {name}": save(modes[name], "AVIF", speed=10) for name in ("rgb", "rgba", "grey")},
    }


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, rows: bytes = b"") -> bytes:
    """A PNG by hand; `rows` are its filtered lines before they are compressed."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def lossless_webp(width: int, height: int) -> bytes:
    """The smallest file that announces a size."""
    bits = struct.pack("<I", (width - 1) | (height - 1) << 14)
    return b"RIFF" + struct.pack("<I", 28) + b"WEBPVP8L" + struct.pack("<I", 16) + b"\x2f" + bits + bytes(11)


def jpeg2000(side: int) -> bytes:
    """25 megapixels take half a second, and 15 bytes a pixel."""
    return save(Image.fromarray(np.indices((side, side)).sum(0).astype(np.uint8)).convert("RGB"), "JPEG2000")


def scans(count: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    data = save(Image.fromarray(scene()), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + data[-2:]


def scans_repeated(data: bytes, count: int) -> bytes:
    """A progressive JPEG whose first scan, of every block of all components, comes `count` times more."""
    start = data.index(b"\xff\xda")
    end = data.index(b"\xff\xc4", start)
    return data[:end] + data[start:end] * count + data[end:]


def tiff(*entries: tuple[int, int, int, int]) -> bytes:
    """A TIFF's header and first directory alone: tag, type, count, value."""
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)


def run(program: str, data: bytes) -> str:
    """What a program prints that reads `data`, in a process of its own."""
    command = [sys.executable, "-c", program]
    root = Path(__file__).parents[3]
    return subprocess.run(command, input=data, capture_output=True, cwd=root, check=True).stdout.decode().strip()
