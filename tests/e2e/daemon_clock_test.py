#!/usr/bin/env python3
"""daemon_clock_test.py BACKSTEP BACKSTEPD CLOCK_SHIM: somebody sets the wall clock a day either way,
while the daemon runs and across a restart. As in simulation: no deadline comes early, and none is
forgotten (docs/clocks.md). The bank is silent; the plan waits 10 s for it."""

import os
import struct
import sys
import time

os.environ["BACKSTEP"], os.environ["BACKSTEPD"] = sys.argv[1:3]
from processes import Daemon, Folder, Sandbox, check, run, wait_until  # noqa: E402

SHIM = os.path.abspath(sys.argv[3])
SCENARIO = "runtime/daemon/serve/first-minute.yaml"
HURRY = "runtime/daemon/serve/hurry.yaml"
DAY_S = 24 * 3600
WAITS_S = 10


class Clock:
    """The wall clock of a daemon."""

    def __init__(self, folder):
        self.path = folder.path / "clock"
        self.set_ahead(0)

    def set_ahead(self, seconds):
        mode = "r+b" if self.path.exists() else "w+b"
        with open(self.path, mode) as file:
            file.write(struct.pack("=q", int(seconds * 1e9)))

    def environment(self):
        return {"LD_PRELOAD": SHIM, "CLOCK_SHIM": str(self.path)}


def expires_in_time(jump_s, restart):
    with Folder("clock") as folder:
        clock = Clock(folder)
        sandbox = Sandbox(folder, SCENARIO)
        daemon = Daemon(folder, sandbox, plans=(HURRY,), environment=clock.environment())
        began = time.monotonic()
        daemon.start_checkout("checkout-3")  # whose buyer never answers the bank
        wait_until(lambda: daemon.checkout("checkout-3")["status"] == "RESERVED", "it is reserved")
        clock.set_ahead(jump_s)
        daemon.start_checkout("checkout-5")  # makes the daemon look at its clocks
        wait_until(lambda: "event=clock.jumped" in daemon.log_text(), "the jump is noticed")
        if restart:
            daemon.kill()
            daemon.start()
        closed = daemon.wait_closed("checkout-3")
        took = time.monotonic() - began
        check(closed["status"] == "EXPIRED" and closed["code"] == "step", closed)
        check(took >= WAITS_S, f"expired after {took:.1f} s: early")
        fifth = daemon.wait_closed("checkout-5")
        check(fifth["status"] == "COMPLETED", fifth)


def a_day_forward_while_it_runs():
    expires_in_time(DAY_S, False)


def a_day_back_while_it_runs():
    expires_in_time(-DAY_S, False)


def a_day_forward_and_a_restart():
    expires_in_time(DAY_S, True)


def a_day_back_and_a_restart():
    expires_in_time(-DAY_S, True)


STORIES = {story.__name__: story for story in (
    a_day_forward_while_it_runs, a_day_back_while_it_runs, a_day_forward_and_a_restart,
    a_day_back_and_a_restart)}
run(*([STORIES[name] for name in sys.argv[4:]] or STORIES.values()))
