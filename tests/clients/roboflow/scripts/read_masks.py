"""Masks, a JSON list of [counts, width, height] on standard input: as supervision decodes and encodes them."""

import json
import sys

import supervision as sv

masks = [sv.rle_to_mask(counts, (width, height)) for counts, width, height in json.load(sys.stdin)]
print(json.dumps([[mask.astype(int).tolist(), sv.mask_to_rle(mask, compressed=True)] for mask in masks]))
