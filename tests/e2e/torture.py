#!/usr/bin/env python3
"""torture.py BACKSTEP BACKSTEPD [--kills N] [--seed S] [--rate PER_SECOND]: daemon and sandbox in
processes of their own; buyers come all the time; either is killed (SIGKILL) at random instants and
started again. At the end every checkout that was accepted is closed, its events are gapless, the
sink has heard each once and in order, the ledgers balance, and the read model is what the events
say. Whatever is drawn comes from the seed; when a signal strikes is up to the machine."""

import argparse
import os
import random
import sys
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("backstep")
parser.add_argument("backstepd")
parser.add_argument("--kills", type=int, default=200)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--rate", type=float, default=60, help="checkouts per second")
options = parser.parse_args()
os.environ["BACKSTEP"], os.environ["BACKSTEPD"] = options.backstep, options.backstepd
from processes import Daemon, Failed, Folder, Sandbox, check, wait_until  # noqa: E402

SCENARIO = "tests/e2e/torture.yaml"
HURRY = "runtime/daemon/serve/hurry.yaml"


class Buyers(threading.Thread):
    """Start checkouts, again and again until each is accepted; some change their minds."""

    def __init__(self, daemon, seed):
        super().__init__(daemon=True)
        self.backstepd = daemon
        self.draw = random.Random(seed)
        self.accepted = []
        self.again = 0
        self.over = threading.Event()

    def start_one(self, number):
        name = f"checkout-{number}"
        flags = [flag for flag in ("coupon", "ships") if self.draw.random() < 0.4]
        body = {"id": name, "cart": f"cart-{number}", "flags": flags, "context": {"n": number}}
        cancels = self.draw.random() < 0.1
        while True:
            answer = self.backstepd.try_ask("POST", "/v1/checkouts", body, timeout_s=10)
            if answer is not None and answer[0] in (200, 202):
                break
            check(answer is None or answer[0] == 503, f"{name}: {answer}")
            self.again += 1
            time.sleep(0.02)
        self.accepted.append(name)
        if cancels:
            self.backstepd.try_ask("POST", f"/v1/checkouts/{name}/cancel", timeout_s=10)

    def run(self):
        number = 0
        while not self.over.is_set():
            number += 1
            self.start_one(number)
            time.sleep(self.draw.expovariate(options.rate))


def kill_and_start(draw, daemon, sandbox):
    time.sleep(draw.uniform(0.02, 0.6))
    which = draw.random()
    victims = [daemon] if which < 0.6 else [sandbox] if which < 0.9 else [daemon, sandbox]
    for victim in victims:
        victim.kill()
    time.sleep(draw.choice([0, 0, 0.05, 0.3]))
    for victim in victims:
        victim.start()


def open_checkouts(daemon):
    answer = daemon.try_ask("GET", "/v1/checkouts?open=true")
    return None if answer is None or answer[0] != 200 else answer[2]["checkouts"]


def judge(daemon, sandbox, accepted):
    counts = {}
    for name in accepted:
        body = daemon.wait_closed(name)
        counts[body["status"]] = counts.get(body["status"], 0) + 1
        sequences = [event["data"]["sequence"] for event in daemon.events(name)]
        check(sequences == list(range(len(sequences))), f"{name}: its events have gaps: {sequences}")
    wait_until(lambda: open_checkouts(daemon) == [], "nothing is open in the read model")
    for channel in ("sink", "notification"):
        wait_until(lambda c=channel: daemon.metric(f'backstep_events_owed{{channel="{c}"}}') == 0,
                   f"{channel} is owed nothing")
    sandbox.check_ledger()
    check(daemon.stop() == 0, "the daemon stops as asked")
    rebuilt = daemon.run("rebuild")
    check(rebuilt.returncode == 0 and "; 0 of them were otherwise" in rebuilt.stdout,
          f"rebuild: {rebuilt.stdout}{rebuilt.stderr}")
    return counts


def main():
    draw = random.Random(options.seed)
    began = time.monotonic()
    with Folder("torture") as folder:
        sandbox = Sandbox(folder, SCENARIO)
        daemon = Daemon(folder, sandbox, plans=(HURRY,))
        buyers = Buyers(daemon, draw.random())
        buyers.start()
        for _ in range(options.kills):
            kill_and_start(draw, daemon, sandbox)
            check(buyers.is_alive(), "the buyers are gone; see above")
        buyers.over.set()
        buyers.join()
        counts = judge(daemon, sandbox, buyers.accepted)
        ends = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
        print(f"{options.kills} kills ({daemon.starts - 1} of backstepd, {sandbox.starts - 1} of the "
              f"sandbox) in {time.monotonic() - began:.0f} s, seed {options.seed}:\n"
              f"{len(buyers.accepted)} checkouts accepted, {buyers.again} tries again; {ends}; all are "
              f"closed, events are gapless, ledgers balance")


try:
    main()
except Failed as error:
    print(f"FAIL  {error}")
    sys.exit(1)
