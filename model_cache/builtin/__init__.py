"""Small weights of our own, one model per task, and the script that trains them."""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
EXAMPLES = Path(__file__).parent / "examples"
