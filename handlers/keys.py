"""Makes keys: `python -m handlers.keys new --name shop`; `python -m handlers.keys hash` reads one that there is.

The server needs only the hash. All clients take a key of this look, Platform's own: "ul_" and 40 hexadecimal digits.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import sys
from collections.abc import Sequence
from typing import Any

from handlers.access.keys import hashed, read_key
from handlers.quota import read_quota


def new_key() -> str:
    """160 random bits. Roboflow's package takes a key for real that has a lower-case letter: here two in front."""
    return f"ul_{secrets.token_hex(20)}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m handlers.keys", description="Make keys for API_KEYS_FILE.")
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new", help="make a key, and print it, its hash, and its entry in API_KEYS_FILE")
    old = commands.add_parser("hash", help="the same of a key that is read from standard input")
    for command in (new, old):
        command.add_argument("--name", default="", help="whose key it is")
        command.add_argument("--quota", default="", help="how often it may predict, such as '100/hour;1000/month'")
        command.add_argument("--models", default="", help="the models that it may use, between commas; else all")
    said = parser.parse_args(arguments)
    try:
        entry = _entry(said.name, said.quota, said.models)
        key = new_key() if said.command == "new" else _read()
    except ValueError as error:
        parser.error(str(error))
    if said.command == "new":
        print(f"key (shown only here):     {key}")
    print(f"for API_KEYS:              {hashed(key)}")
    print(f"for API_KEYS_FILE:         {json.dumps({hashed(key): entry})}")


def _entry(name: str, quota: str, models: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name} if name else {}
    entry |= {"quota": read_quota(quota)} if quota else {}
    return entry | ({"models": re.split(r"\s*,\s*", models.strip())} if models else {})


def _read() -> str:
    key = sys.stdin.readline().strip()
    if key.lower().startswith("sha256:"):
        raise ValueError("this is a hash already")
    read_key(key)
    return key


if __name__ == "__main__":
    main()
