"""Peak memory of this process."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

__all__ = ["peak"]

STATUS = Path("/proc/self/status")


def peak() -> float:
    """Megabytes at the highest point since the program was started.

    Linux tells it in ``/proc``; the figure of ``getrusage`` would include what a parent held when it started us.
    """
    if STATUS.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())):
        return int(found[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
