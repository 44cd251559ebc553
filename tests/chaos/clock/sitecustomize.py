"""Mends `time.sleep` under libfaketime, which takes the moment it sleeps until for one of another clock.

Python (3.11 and later) sleeps by clock_nanosleep until a moment of the monotonic clock, which libfaketime
0.9.10 reckons by the wall clock: EINVAL. Imported by every interpreter whose PYTHONPATH has this folder.
"""

import select
import time


def sleep(seconds: float) -> None:
    """time.sleep by a span instead of a moment."""
    select.select((), (), (), seconds)


time.sleep = sleep
