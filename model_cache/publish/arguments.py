"""The command line. In: its words. Out: a namespace whose `run` is the name of what was asked."""

from __future__ import annotations

import argparse
from pathlib import Path

from model_cache.publish.precision import PRECISIONS, TOLERANCES

_PROGRAM = "python -m model_cache.publish"
_OTHERS = ("list", "remove", "verify", "prune")


def parse(words: list[str]) -> argparse.Namespace:
    """Exits with 2, and a sentence, where the words make no sense."""
    if words and words[0] in _OTHERS:
        return _other(words[0]).parse_args(words[1:], argparse.Namespace(run=words[0]))
    parser = _publish()
    wanted = parser.parse_args(words, argparse.Namespace(run="publish"))
    _check(parser, wanted)
    return wanted


def _publish() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Export, check against the checkpoint and upload a model, so that it is served.",
        epilog=f"Also: {_PROGRAM} {{{','.join(_OTHERS)}}} --help",
    )
    parser.add_argument("weights", type=Path, help="best.pt, an .onnx, or a folder of them, each under its name")
    parser.add_argument("to", help="gs://bucket/models/helmets: the store and the model's id in it")
    parser.add_argument("--id", help="the model's id, such as coco/3; then TO is the store alone")
    parser.add_argument("--alias", nargs="+", action="extend", help="other names, in the place of those it had")
    parser.add_argument("--imgsz", type=int, help="pixels that it is exported for (default: as it was trained)")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="pictures to compare on (default: drawn ones)")
    parser.add_argument("--against", type=Path, metavar="PT", help="the checkpoint that an .onnx was made of")
    parser.add_argument("--pt", action="store_true", help="serve the checkpoint itself, through torch")
    parser.add_argument("--precision", choices=PRECISIONS, default="f32", help="docs/publish.md tells what each costs")
    least = ", ".join(f"{value:g} for {name}" for name, value in TOLERANCES.items())
    parser.add_argument("--tolerance", type=float, help=f"least agreement of a lesser precision: {least}")
    parser.add_argument("--prune", action="store_true", help="delete the file that is replaced, and older ones")
    return parser


def _check(parser: argparse.ArgumentParser, wanted: argparse.Namespace) -> None:
    if wanted.imgsz is not None and not (32 <= wanted.imgsz <= 8192 and wanted.imgsz % 32 == 0):
        parser.error("--imgsz is a multiple of 32")
    if wanted.tolerance is not None and not 0 < wanted.tolerance <= 1:
        parser.error("--tolerance is above 0 and at most 1")
    if wanted.tolerance is not None and wanted.precision == "f32":
        parser.error("--tolerance goes with a lesser --precision: f32 is held to fixed bounds")
    if wanted.precision == "int8" and wanted.pictures is None:
        parser.error("--precision int8 is measured on your own pictures: --pictures FOLDER")
    if wanted.pt and (wanted.precision != "f32" or wanted.imgsz is not None):
        parser.error("--pt serves the checkpoint as it is: without --precision and --imgsz")
    if wanted.weights.is_dir() and (wanted.id or wanted.alias or wanted.against):
        parser.error("a folder's files have their own ids: without --id, --alias and --against")
    if wanted.against is not None and wanted.weights.suffix != ".onnx":
        parser.error("--against goes with an .onnx")
    if wanted.weights.suffix == ".onnx" and (wanted.pt or wanted.imgsz is not None):
        parser.error("an .onnx is published as it is: without --pt and --imgsz")


def _other(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{_PROGRAM} {command}")
    if command == "remove":
        parser.add_argument("model", help="gs://bucket/models/helmets")
        parser.add_argument("--id", help="the model's id; then MODEL is the store alone")
    else:
        parser.add_argument("store", help="gs://bucket/models")
    if command == "verify":
        parser.add_argument("id", nargs="?", help="one model only")
    return parser
