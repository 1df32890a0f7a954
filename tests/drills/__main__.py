"""Run drills against the real server: `python -m tests.drills [NAME ...] [--full] [--json FILE]`.

Prints a line each, and ends with 1 if anything was lost or wrong or, in the full form, a target was missed.
The file keeps what it says of drills that are not run now; load_average tells how quiet the machine was.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.drills.table import DRILLS

PACKAGES = ("functions-framework", "gunicorn", "uvicorn", "starlette", "onnxruntime", "numpy", "pillow")


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    information = Path("/proc/cpuinfo")
    names = (
        [line for line in information.read_text().splitlines() if "model name" in line] if information.exists() else []
    )
    return {
        "processor": names[0].partition(":")[2].strip() if names else platform.processor(),
        "processors": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(DRILLS))
    parser.add_argument("--full", action="store_true", help="the sizes whose figures mean something; minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    asked = parser.parse_args()
    names = asked.names or list(DRILLS)
    if unknown := [name for name in names if name not in DRILLS]:
        parser.error(f"there is no drill {unknown[0]!r}")
    found = _before(asked.json) if asked.json and asked.full else {}
    good = True
    for name in names:
        drill, load = DRILLS[name], os.getloadavg()[0]
        with tempfile.TemporaryDirectory(prefix="drill-") as folder:
            result: Any = drill.run(Path(folder), **drill.sizes(full=asked.full))
        faults = result.faults() + (result.missed() if asked.full else [])
        figures = asdict(result)
        good = good and not faults
        found[name] = figures | {"faults": faults, "load_average": round(load, 1)}
        print(
            f"{name:13} {'; '.join(faults).upper() or 'ok':4} ",
            *(f"{key}={figures[key]}" for key in figures),
            flush=True,
        )
        if asked.json:
            written = {
                "machine": machine(),
                "full": asked.full,
                "drills": {name: found[name] for name in DRILLS if name in found},
            }
            asked.json.write_text(json.dumps(written, indent=1) + "\n")
    return int(not good)


def _before(file: Path) -> dict[str, Any]:
    """What the file says of an earlier full run."""
    said = json.loads(file.read_text()) if file.exists() else {}
    drills: dict[str, Any] = said["drills"] if said.get("full") else {}
    return drills


if __name__ == "__main__":
    sys.exit(main())
