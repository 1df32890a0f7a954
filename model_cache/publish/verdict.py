"""Whether a file may be published, from what the comparison found; and the table that is shown."""

from __future__ import annotations

from model_cache.publish.comparison import Comparison
from model_cache.publish.errors import Disagreement
from model_cache.publish.raw import Raw

BOX, CONFIDENCE, POINT, OVERLAP = 1.0, 0.01, 1.0, 0.98  # px, 0 to 1, px, IoU: what 32 bits must keep to


def judge(found: Comparison, raw: Raw | None, tolerance: float | None) -> None:
    """Disagreement, saying in what. tolerance: the least agreement; None for the bounds above."""
    if tolerance is not None:
        if found.agreement < tolerance:
            raise Disagreement(
                f"it agrees with what it was made of by {found.agreement:.3f}, and {tolerance:g} is the least allowed"
            )
        return
    wrong = []
    if found.found < found.expected:
        wrong.append(f"finds {found.found} of {found.expected}")
    if found.extra:
        wrong.append(f"finds {found.extra} that are not there")
    for what, is_, most in (
        ("boxes lie {:.2f} px apart", found.box, BOX),
        ("confidences {:.3f}", found.confidence, CONFIDENCE),
        ("key points {:.2f} px", found.point, POINT),
        ("the head's boxes {:.2f} px", raw.box if raw else 0, BOX),
        ("the head's scores {:.3f}", raw.score if raw else 0, CONFIDENCE),
        ("the head's other numbers {:.3f}", raw.rest if raw else 0, CONFIDENCE),
    ):
        if not is_ <= most:  # written so that a NaN is wrong
            wrong.append(what.format(is_))
    if found.overlap < OVERLAP:
        wrong.append(f"masks overlap by {found.overlap:.3f} only")
    if wrong:
        raise Disagreement("it does not say what its checkpoint says: " + ", ".join(wrong))


def table(found: Comparison, raw: Raw | None, task: str) -> list[str]:
    """Lines of figure and bound."""
    if task == "classify":
        rows = [("same first class", f"{found.found} of {found.expected}"), _range("probability", found)]
    else:
        rows = [
            ("detections found", f"{found.found} of {found.expected}, {found.extra} more"),
            ("box, px", f"{found.box:.4f} at most, {found.box_mean:.4f} on average"),
            _range("confidence", found),
        ]
    if task == "segment":
        rows.append(("mask IoU", f"{found.overlap:.4f} at least"))
    if task == "pose":
        rows.append(("key point, px", f"{found.point:.4f} at most"))
    rows.append(("agreement", f"{found.agreement:.4f}"))
    if raw is not None:
        rows.append(("raw head", f"boxes {raw.box:.4f} px, scores {raw.score:.6f}, the rest {raw.rest:.6f}"))
    return [f"  {name:<18}{value}" for name, value in rows]


def _range(name: str, found: Comparison) -> tuple[str, str]:
    return name, f"{found.confidence:.6f} at most, {found.confidence_mean:.6f} on average"
