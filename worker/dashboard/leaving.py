"""The end of Flower: its process waits for no broker and no Redis that are away."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time

#: Seconds that calls under way have: an act of somebody's is written, a page is answered.
LAST_CALLS = 2.0


def leave() -> None:
    """End the process as an exit does, but for threads that wait for a server.

    Flower asks the broker in threads, and Python joins these at an exit, with all calls that are
    queued for them. While the broker is away each call takes its timeout, or forever.
    """
    atexit._run_exitfuncs()  # Flower's own among them: its threads take no more calls
    deadline = time.monotonic() + LAST_CALLS
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.current_thread():
            thread.join(max(0.0, deadline - time.monotonic()))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)
