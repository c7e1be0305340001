#!/usr/bin/env python3
"""daemon_memory_test.py BACKSTEP BACKSTEPD MEMORY_SHIM [--samples N] [--seed S]: the n-th
allocation of the daemon fails, in whatever library, while it opens its store and while it works. It
may say so and end with status 3, or answer 503, or do without; it may not crash, and what it
accepted is finished by the next daemon."""

import argparse
import os
import random
import struct
import sys

parser = argparse.ArgumentParser()
parser.add_argument("backstep")
parser.add_argument("backstepd")
parser.add_argument("shim")
parser.add_argument("--samples", type=int, default=12, help="allocations that fail, of each phase")
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()
os.environ["BACKSTEP"], os.environ["BACKSTEPD"] = options.backstep, options.backstepd
from processes import Daemon, Folder, Sandbox, check, run, wait_until  # noqa: E402

SHIM = os.path.abspath(options.shim)
SCENARIO = "runtime/daemon/serve/first-minute.yaml"
HURRY = "runtime/daemon/serve/hurry.yaml"


class Memory:
    def __init__(self, folder):
        self.path = folder.path / "memory"
        self.fail_at(0)

    def fail_at(self, n):
        """The n-th allocation from now on fails; 0: none. Counts from 0 again."""
        with open(self.path, "r+b" if self.path.exists() else "w+b") as file:
            file.write(struct.pack("=qq", n, 0))

    def count(self):
        return struct.unpack("=qq", self.path.read_bytes())[1]

    def environment(self):
        return {"LD_PRELOAD": SHIM, "MEMORY_SHIM": str(self.path), "MEMORY_SHIM_FROM": "store"}


def is_honest(status):
    """Ended as asked, or as a fault of the machine; not by a signal, not by an assertion."""
    return status in (0, 3)


def use(daemon, names):
    """Starts checkouts and looks at them, whatever is answered; which were accepted?"""
    accepted = []
    for name in names:
        answer = daemon.try_ask("POST", "/v1/checkouts", {"id": name, "cart": "cart"}, timeout_s=10)
        if answer is not None and answer[0] in (200, 202):
            accepted.append(name)
        for path in (f"/v1/checkouts/{name}", "/v1/checkouts", "/metrics",
                     f"/v1/checkouts/{name}/events"):
            daemon.try_ask("GET", path, timeout_s=10)
    return accepted


def story(phase, n):
    """One failure; 0: none. Returns how many allocations the phase makes."""
    with Folder("memory") as folder:
        memory = Memory(folder)
        sandbox = Sandbox(folder, SCENARIO)
        daemon = Daemon(folder, sandbox, plans=(HURRY,), environment=memory.environment(),
                        begin=False)
        if phase == "opening":
            memory.fail_at(n)
        daemon.spawn()
        wait_until(lambda: daemon.is_up() or daemon.process.poll() is not None, "up, or ended")
        count = memory.count()
        if phase == "working":
            memory.fail_at(n)
        accepted = use(daemon, ["checkout-10", "checkout-11"])
        for name in accepted:
            try:
                daemon.wait_closed(name, limit_s=8)
            except Exception:  # it ended, or lost something on the way: the next one goes on
                pass
        count = memory.count() if phase == "working" else count
        ended = daemon.process.poll()
        status = daemon.stop() if ended is None else ended
        check(is_honest(status), f"{phase}: allocation {n}: it ended with {status}")
        memory.fail_at(0)
        daemon.start()
        for name in accepted:
            check(daemon.wait_closed(name)["status"] == "COMPLETED", f"{phase} {n}: {name}")
        sandbox.check_ledger()
        check(daemon.stop() == 0, "the next one stops as asked")
        return count


def fail_each(phase):
    draw = random.Random(options.seed)
    count = story(phase, 0)
    some = sorted(draw.sample(range(1, count + 1), min(options.samples, count)))
    for n in some:
        story(phase, n)
    print(f"      {phase}: {len(some)} of {count} allocations failed, each once")


def an_allocation_fails_while_the_store_is_opened():
    fail_each("opening")


def an_allocation_fails_at_work():
    fail_each("working")


run(an_allocation_fails_while_the_store_is_opened, an_allocation_fails_at_work)
