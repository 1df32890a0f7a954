"""docs/bench.json -> the plots beside it, as SVG: a cold start by phase; latency and throughput by clients.

Their colours suit a light page and a dark one.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

_INK, _LINE = "#7d8590", "#7d859055"
_COLOURS = ("#1f77d0", "#e07b1a", "#9a6fd0", "#3d9a50", "#d0506f")
_WIDTH, _ROW, _LEFT, _RIGHT = 720, 26, 150, 60


def cold(measured: dict[str, Any]) -> str:
    """Bars: ours in its phases, which are timed in runs of their own; then every server, whole."""
    bars = [_phases(measured["phases"])]
    bars += [(name, [("", found["median"], 1)]) for name, found in measured["cold"].items()]
    longest = max(sum(seconds for _, seconds, _ in parts) for _, parts in bars)
    scale = (_WIDTH - _LEFT - _RIGHT) / longest
    out = [_text(_LEFT, 16, "From the start of the process to the first answer, seconds")]
    for row, (name, parts) in enumerate(bars):
        y, x = 30 + row * _ROW, float(_LEFT)
        out.append(_text(_LEFT - 8, y + 14, name, "end"))
        for part, seconds, colour in parts:
            out.append(_bar(x, y, seconds * scale, _COLOURS[colour], part))
            x += seconds * scale
        out.append(_text(x + 6, y + 14, f"{sum(seconds for _, seconds, _ in parts):.2f}"))
    y, x = 30 + len(bars) * _ROW + 6, float(_LEFT)
    for part, _, colour in bars[0][1]:
        out += [_bar(x, y, 10, _COLOURS[colour], part, height=10), _text(x + 14, y + 10, part)]
        x += 24 + 7 * len(part)
    return _svg(y + 24, out)


def _phases(ends: dict[str, float]) -> tuple[str, list[tuple[str, float, int]]]:
    """The weights are fetched beside the other phases, so that they are one only if they are waited for."""
    steps = [("listens", ends["listening"]), ("weights fetched", ends["fetched"])]
    steps += [("session open", ends["loaded"]), ("answers", ends["answered"])]
    parts, before = [], 0.0
    for colour, (name, end) in enumerate(steps):
        if end > before:
            parts.append((name, end - before, (0, 4, 3, 2)[colour]))
            before = end
    return "ours .onnx: phases", parts


def clients(measured: dict[str, Any]) -> str:
    """Two charts side by side: throughput, and the 95th percentile of latency, by the number of clients."""
    servers = measured["servers"]
    levels = list(next(iter(servers.values()))["clients"])
    out = []
    for left, key, title in (
        (50, "per_second", "pictures a second, by clients"),
        (410, "p95_ms", "95th percentile in ms, by clients"),
    ):
        top = max(level[key] for found in servers.values() for level in found["clients"].values())
        out += _axes(left, title, levels, top)
        for colour, found in enumerate(servers.values()):
            values = [found["clients"][level][key] for level in levels]
            points = " ".join(f"{_at(left, levels, i):.1f},{_up(value, top):.1f}" for i, value in enumerate(values))
            out.append(f'<polyline fill="none" stroke="{_COLOURS[colour]}" stroke-width="2.5" points="{points}"/>')
    for colour, name in enumerate(servers):
        x = 50 + colour * 165
        out += [_bar(x, 266, 10, _COLOURS[colour], name, height=10), _text(x + 14, 276, name)]
    return _svg(290, out)


def _axes(left: int, title: str, levels: Sequence[str], top: float) -> list[str]:
    out = [_text(left, 16, title)]
    for share in (0, 0.5, 1):
        y = _up(top * share, top)
        out.append(f'<line x1="{left}" x2="{left + 270}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_LINE}"/>')
        out.append(_text(left - 6, y + 4, f"{top * share:.0f}", "end"))
    out += [_text(_at(left, levels, i), 246, level, "middle") for i, level in enumerate(levels)]
    return out


def _at(left: int, levels: Sequence[str], i: int) -> float:
    return left + 15 + i * 240 / max(len(levels) - 1, 1)


def _up(value: float, top: float) -> float:
    return 230 - 200 * value / (top or 1)


def _bar(x: float, y: float, width: float, colour: str, title: str, *, height: int = 20) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{colour}">'
        f"<title>{escape(title)}</title></rect>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">\n' + "\n".join(parts) + "\n</svg>\n"
    )
