"""The command line. Exit status: 0 done, 1 failed, 2 not understood, 3 done in some regions and failed in others."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from infra.tool import commands, deploying, latency, logs
from infra.tool.cloudrun import CloudRun
from infra.tool.errors import ToolError, UsageError
from infra.tool.output import Row, show, warn
from infra.tool.sizes import GPUS, check_regions
from infra.tool.values import between, gib, named, pair

# Each command: what it does, its table's columns, and whether it must be told where.
_IN_CLOUD: dict[str, tuple[Callable[[argparse.Namespace, CloudRun], list[Row]], tuple[str, ...], bool]] = {
    "deploy": (deploying.deploy, ("region", "state", "url", "detail"), True),
    "start": (commands.start, ("region", "state", "min", "max", "url"), True),
    "stop": (commands.stop, ("region", "state", "url"), True),
    "status": (commands.status, ("region", "state", "min", "max", "url", "detail"), False),
    "list": (commands.list_all, ("name", "region", "state", "url"), False),
    "url": (commands.url, ("region", "url"), False),
    "delete": (commands.delete, ("region", "state"), True),
    "logs": (logs.logs, ("time", "region", "severity", "text"), False),
}
_HERE: dict[str, tuple[Callable[[argparse.Namespace], list[Row]], tuple[str, ...]]] = {
    "regions": (commands.regions, ("region", "city", "tier", "gpu")),
    "latency": (latency.latency, ("region", "city", "tier", "ms", "min", "max", "error")),
}


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    try:
        return _run(asked)
    except UsageError as error:
        warn(f"endpoint {asked.command}: {error}")
        return 2
    except ToolError as error:
        warn(f"endpoint {asked.command}: {error}")
        return 1
    except KeyboardInterrupt:
        warn("Interrupted; what was begun in the cloud goes on.")
        return 130
    except BrokenPipeError:  # ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(asked: argparse.Namespace) -> int:
    check_regions(asked.region or ())
    if asked.command in _HERE:
        answer, columns = _HERE[asked.command]
        rows = answer(asked)
    else:
        command, columns, told = _IN_CLOUD[asked.command]
        if told and not (asked.region or asked.all or getattr(asked, "everywhere", False)):
            raise UsageError("Say where: --region REGION, several times if need be, or --all.")
        asked.region = list(dict.fromkeys(asked.region or ()))
        if asked.command == "deploy":
            deploying.check(asked)
        rows = command(asked, CloudRun(asked.project))
    _print(rows, asked, columns)
    failed = sum("error" in row for row in rows)
    return 0 if not failed else 1 if failed == len(rows) else 3


def _print(rows: list[Row], asked: argparse.Namespace, columns: tuple[str, ...]) -> None:
    if getattr(asked, "dry_run", False) and not asked.json:
        for row in rows:
            print(row.get("command", f"# {row['region']}: {row.get('error')}"))
    elif asked.command == "url" and not asked.json:
        for row in rows:
            if "error" in row:
                warn(f"{row['region']}: {row['error']}")
            else:
                print(row["url"])
    elif asked.command == "latency" or asked.json:
        show(rows, as_json=asked.json, columns=columns)
    else:
        good = [row for row in rows if "error" not in row]
        if good:
            show(good, as_json=False, columns=columns)
        elif not rows:
            warn("There is nothing.")


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="endpoint", description="Endpoints on Cloud Run, region by region.")
    commands_ = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    helps = {
        "deploy": "put an image, or this repository, into service",
        "start": "accept requests again, with the limits from before the stop",
        "stop": "refuse requests; the address stays, and nothing is paid for",
        "status": "how the endpoint stands: Deploying, Ready, Stopping, Stopped or Failed",
        "list": "all services of the project",
        "url": "the addresses, and nothing else",
        "delete": "delete the endpoint for good",
        "logs": "the newest log entries",
        "regions": "the regions with their cities, price tiers and GPUs",
        "latency": "how far each region is from here",
    }
    for command, text in helps.items():
        sub = commands_.add_parser(command, help=text, description=f"{text[0].upper()}{text[1:]}.")
        where = sub.add_mutually_exclusive_group()
        where.add_argument("--region", action="append", metavar="REGION", help="may be given several times")
        sub.add_argument("--json", action="store_true", help="print JSON")
        if command in _IN_CLOUD:
            where.add_argument("--all", action="store_true", help="wherever the endpoint is")
            _add_cloud(sub, name=None if command == "list" else "yolo-endpoint", told=_IN_CLOUD[command][2])
            if command == "deploy":
                where.add_argument("--everywhere", action="store_true", help="all 43 regions")
        else:
            sub.add_argument("--tier", type=int, choices=(1, 2), help="price tier")
        _ADDING.get(command, lambda _: None)(sub)
    return whole


def _add_cloud(sub: argparse.ArgumentParser, *, name: str | None, told: bool) -> None:
    sub.add_argument("--project", help="project id (gcloud's own)")
    sub.add_argument("--name", type=named, default=name, help=f"of the service ({name or 'any'})")
    if told:
        sub.add_argument("--dry-run", action="store_true", help="only print what gcloud would be told")
        sub.add_argument("--wait", type=float, default=300.0, metavar="S", help="seconds to wait for the cloud (300)")


def _add_deploy(sub: argparse.ArgumentParser) -> None:
    what = sub.add_mutually_exclusive_group()
    what.add_argument("--image", help="REPOSITORY/NAME@sha256:... or :TAG")
    what.add_argument("--source", default=str(deploying.ROOT), help="folder with a Dockerfile (this repository)")
    what.add_argument("--buildpack", action="store_true", help="build this repository by Google's buildpack instead")
    who = sub.add_mutually_exclusive_group()
    who.add_argument("--keys-secret", metavar="SECRET[:VERSION]", help="anyone with a key of this secret, API_KEYS")
    who.add_argument("--keys-file-secret", metavar="SECRET[:VERSION]", help="the same, with quotas: API_KEYS_FILE")
    who.add_argument("--private", action="store_true", help="whom IAM lets in: what a new endpoint is by default")
    who.add_argument("--public", action="store_true", help="anyone, without a key, at your cost")
    sub.add_argument("--model-store", metavar="gs://BUCKET/PREFIX")
    sub.add_argument("--default-model", metavar="ID")
    sub.add_argument("--env", action="append", default=[], type=pair, metavar="NAME=VALUE")
    sub.add_argument("--cpu", type=int, help="vCPUs (2; with an L4 4, with an RTX PRO 6000 20)")
    sub.add_argument("--memory", type=gib, metavar="GIB", help="4; with an L4 16, with an RTX PRO 6000 80")
    sub.add_argument("--gpu", choices=GPUS)
    sub.add_argument("--concurrency", type=int, help="requests that an instance takes at a time (8)")
    sub.add_argument("--min", type=int, help="instances at least (0)")
    sub.add_argument("--max", type=int, help="instances at most (3)")
    sub.add_argument("--service-account", metavar="EMAIL", help="that the container runs as")
    sub.add_argument("--start", action="store_true", help="start it first where it is stopped")


def _add_delete(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--yes", action="store_true", help="do not ask")


def _add_logs(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--limit", type=between(1, 1000), default=50, metavar="N", help="entries (50)")
    sub.add_argument("--errors", action="store_true", help="only errors")


def _add_latency(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--tries", type=between(1, 100), default=5, metavar="N", help="requests to each region (5)")
    sub.add_argument("--timeout", type=float, default=5.0, metavar="S", help="seconds for one (5)")
    sub.add_argument("--pattern", default=latency.PATTERN, help=f"address to ask ({latency.PATTERN})")


_ADDING = {"deploy": _add_deploy, "delete": _add_delete, "logs": _add_logs, "latency": _add_latency}
