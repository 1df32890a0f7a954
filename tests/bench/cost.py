"""What a million pictures cost on Cloud Run, by its published prices of request billing in tier 1 regions, without
the free share: vCPU and memory are paid for while a request is answered, whether one or many share the instance.
"""

from __future__ import annotations

VCPU_S, GIB_S, MILLION_REQUESTS = 0.000024, 0.0000025, 0.40  # US dollars
VCPUS = 2  # as many as were measured on
_GIB = (0.5, 1, 2, 4, 8)
_SPARE = 1.5  # for larger pictures than the one measured with


def gib(megabytes: float) -> float:
    """The memory to rent: the least that Cloud Run has and that leaves room."""
    return next((size for size in _GIB if megabytes * _SPARE <= size * 1073.74), _GIB[-1])


def million(pictures_per_second: float, megabytes: float) -> float:
    """US dollars for a million pictures at that throughput."""
    per_second = VCPUS * VCPU_S + gib(megabytes) * GIB_S
    return 1e6 / pictures_per_second * per_second + MILLION_REQUESTS
