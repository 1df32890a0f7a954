"""How far each region is from here, before anything is deployed there. In: regions. Out: milliseconds, nearest first.

A regional address is asked over one kept connection, so that what is timed is one way there and back, and neither a
handshake nor a name's look-up. Google answers at its edge and asks the region from there: what comes is the region's
distance as an HTTP client feels it, which a ping of the edge is not.
"""

from __future__ import annotations

import http.client
import ssl
import statistics
import time
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from infra.tool.errors import UsageError
from infra.tool.output import Progress, Row
from infra.tool.sizes import REGIONS

# The image registry of a region: it answers without a key (401), and every region has one.
PATTERN = "https://{region}-docker.pkg.dev/v2/"
_AT_ONCE = 8


def latency(asked: Namespace) -> list[Row]:
    if "{region}" not in asked.pattern or urlsplit(asked.pattern).scheme not in {"http", "https"}:
        raise UsageError("--pattern is an http(s) address with {region} in it.")
    wanted = asked.region or [
        region for region, facts in REGIONS.items() if asked.tier is None or facts["tier"] == asked.tier
    ]
    with Progress("measuring", len(wanted), lines=False) as progress, ThreadPoolExecutor(_AT_ONCE) as pool:

        def one(region: str) -> Row:
            row: Row = {"region": region, "city": REGIONS[region]["city"], "tier": REGIONS[region]["tier"]}
            try:
                row |= _timed(asked.pattern.format(region=region), asked.tries, asked.timeout)
            except (OSError, http.client.HTTPException) as error:
                row["error"] = str(error) or type(error).__name__
            progress.step(f"{region}: {row.get('ms', row.get('error'))}")
            return row

        rows = list(pool.map(one, wanted))
    return sorted(rows, key=lambda row: row.get("ms", float("inf")))


def _timed(url: str, tries: int, timeout_s: float) -> Row:
    """The median, least and most of several requests, in milliseconds."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.netloc, timeout=timeout_s, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_s)
    times = []
    try:
        for _ in range(tries + 1):
            began = time.perf_counter()
            connection.request("GET", parts.path or "/", headers={"User-Agent": "yolo-endpoint"})
            connection.getresponse().read()
            times.append((time.perf_counter() - began) * 1000)
    finally:
        connection.close()
    measured = times[1:]  # the first one made the connection
    return {"ms": round(statistics.median(measured), 1), "min": round(min(measured), 1), "max": round(max(measured), 1)}
