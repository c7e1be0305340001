#!/usr/bin/env python3
"""Proves that the scenario library is complete: reads `backstep run scenarios --json`.

    library_test.py BACKSTEP [--no-limit]

What a scenario shows is told by its folder and by the run's own result, never by its file alone:
a scenario in rejected/ counts for a step only if that step was rejected in the run.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT_S = 2.0
MS = 1_000_000
S = 1000 * MS
MIN = 60 * S

# Section 4 of the design: each step, the reason it gives, and what reverses it.
STEPS = {
    "validate_cart": ("cart_invalid", None),
    "create_order": ("order_failed", "cancel_order"),
    "redeem_coupon": ("coupon_failed", "restore_coupon"),
    "reserve_inventory": ("inventory_failed", "release_inventory"),
    "authorize_payment": ("payment_failed", "cancel_payment"),
    "commit_inventory": ("inventory_failed", "restock_inventory"),
    "book_shipment": ("shipping_failed", "cancel_shipment"),
    "capture_payment": ("payment_failed", "refund_payment"),
    "confirm_order": ("order_failed", "cancel_order"),
}
COMPENSATIONS = ["restock_inventory", "release_inventory", "cancel_shipment", "refund_payment",
                 "cancel_payment", "restore_coupon", "cancel_order"]

# Steps of unlimited attempts end by a deadline; the others when their attempts are used up.
ENDED_BY = {"authorize_payment": "step", "commit_inventory": "hold", "capture_payment": "checkout",
            "confirm_order": "checkout"}

RESERVED = ["CheckoutStarted", "CheckoutInventoryReserved"]
AUTHORIZED = RESERVED + ["CheckoutPaymentAuthorized"]
EXPIRY_CHAIN = ["CheckoutExpired", "InventoryReleased", "PaymentCancelled", "OrderCancelled"]

# The compensation table: file, the failed step, what is undone, what is published.
TABLE = {
    "inventory-failed": (
        "reserve_inventory", ["cancel_order"],
        ["CheckoutStarted", "CheckoutFailed", "OrderCancelled"]),
    "payment-failed": (
        "authorize_payment", ["release_inventory", "cancel_order"],
        RESERVED + ["CheckoutFailed", "InventoryReleased", "OrderCancelled"]),
    "timeout-while-reserving": (
        "reserve_inventory", ["release_inventory", "cancel_order"],
        ["CheckoutStarted", "CheckoutFailed", "InventoryReleased", "OrderCancelled"]),
    "order-failed": (
        "confirm_order", ["restock_inventory", "refund_payment", "cancel_order"],
        AUTHORIZED + ["CheckoutFailed", "InventoryRestocked", "PaymentRefunded", "OrderCancelled"]),
    "expired-while-authorizing": (
        "authorize_payment", ["release_inventory", "cancel_payment", "cancel_order"],
        RESERVED + EXPIRY_CHAIN),
    "commit-rejected": (
        "commit_inventory", ["release_inventory", "cancel_payment", "cancel_order"],
        AUTHORIZED + ["CheckoutFailed", "InventoryReleased", "PaymentCancelled", "OrderCancelled"]),
    "capture-rejected": (
        "capture_payment", ["restock_inventory", "cancel_payment", "cancel_order"],
        AUTHORIZED + ["CheckoutFailed", "InventoryRestocked", "PaymentCancelled",
                      "OrderCancelled"]),
}

# The timeouts: file, code, the step that runs into it, when it strikes, and when that step's answer
# would arrive without a delay. All in a world of 10 ms each way and services that take no time.
TIMEOUTS = {
    "authorization": ("step", "authorize_payment", 60 * MS + 5 * MIN, 80 * MS),
    "hold": ("hold", "commit_inventory", 40 * MS + 15 * MIN, 100 * MS),
    "checkout": ("checkout", "confirm_order", 20 * MIN, 140 * MS),
}

AREAS = ["after-effect", "cancel", "compensation", "garbage", "happy", "late", "network",
         "rejected", "start", "table", "timeouts", "travel", "unanswered", "unavailable", "what-if"]


class Scenario:
    """One scenario: its file, and what `backstep run` told about each of its runs."""

    def __init__(self, path):
        self.path = path
        self.area = path.parts[0]
        self.text = (ROOT / "scenarios" / path).read_text()
        self.runs = []

    @property
    def checkouts(self):
        return [c for run in self.runs for c in run.get("checkouts", [])]

    def __repr__(self):
        return str(self.path)


def play(program):
    """Plays the whole library once: the scenarios by path, the report, the status, the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.json")
        began = time.monotonic()
        done = subprocess.run([program, "run", "scenarios", "--json", out], cwd=ROOT, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        seconds = time.monotonic() - began
        if not os.path.exists(out):
            sys.exit(f"no report (status {done.returncode}):\n{done.stdout}")
        with open(out, encoding="utf-8") as file:
            report = json.load(file)
    scenarios = {}
    for path in sorted((ROOT / "scenarios").rglob("*.yaml")):
        scenario = Scenario(path.relative_to(ROOT / "scenarios"))
        if re.search(r"^scenario:", scenario.text, re.M):
            scenarios[str(scenario.path)] = scenario
    for run in report["scenarios"]:
        name = os.path.relpath(os.path.join(ROOT, run["file"]), ROOT / "scenarios")
        scenarios[name].runs.append(run)
    return scenarios, report, done, seconds


class Library(unittest.TestCase):
    program = None
    limited = True

    @classmethod
    def setUpClass(cls):
        cls.scenarios, cls.report, cls.done, cls.seconds = play(cls.program)
        print(f"{len(cls.scenarios)} scenarios, {len(cls.report['scenarios'])} runs, "
              f"{cls.seconds:.2f} s")

    def in_area(self, area):
        return [s for s in self.scenarios.values() if s.area == area]

    def find(self, area, shows):
        """The scenarios of an area with a checkout that shows it."""
        return [s for s in self.in_area(area) if any(shows(s, c) for c in s.checkouts)]

    def the(self, path):
        self.assertIn(path, self.scenarios)
        return self.scenarios[path]

    # ---- as a whole

    def test_everything_passes(self):
        failed = [r["file"] for r in self.report["scenarios"] if r["verdict"] != "pass"]
        self.assertEqual((self.done.returncode, self.report["failed"], failed), (0, 0, []),
                         self.done.stdout[-2000:])
        self.assertEqual(self.report["passed"], len(self.report["scenarios"]))

    def test_it_is_fast(self):
        if self.limited:
            self.assertLess(self.seconds, LIMIT_S)

    def test_every_file_was_played(self):
        self.assertEqual([s for s in self.scenarios.values() if not s.runs], [])

    def test_every_area_is_there(self):
        self.assertEqual([a for a in AREAS if not self.in_area(a)], [])

    def test_every_scenario_speaks_for_itself(self):
        sentences = {}
        for scenario in self.scenarios.values():
            self.assertRegex(scenario.text, r"(?m)^about:", scenario)
            if not re.search(r"(?m)^swarm:", scenario.text):  # a campaign's seeds end as they may
                self.assertRegex(scenario.text, r"(?m)^expect:", scenario)
            sentence = scenario.runs[0]["scenario"]
            self.assertIsNone(sentences.get(sentence), f"{scenario} says the same")
            sentences[sentence] = scenario

    # ---- every step, every way to fail

    def test_every_step_is_rejected(self):
        for step, (reason, _) in STEPS.items():
            with self.subTest(step):
                self.assertTrue(self.find("rejected", lambda _, c: (
                    c["status"] == "FAILED" and c["step"] == step and c["reason"] == reason and
                    c["code"] not in ("unavailable", "no_answer") and c["attempts"][step] == 1)))

    def ended(self, step, checkout, code):
        """The step came to an end without a definite answer, and was compensated as in doubt."""
        reason, undo = STEPS[step]
        if step in ENDED_BY:
            how = ("EXPIRED", "timeout", ENDED_BY[step])
        else:
            how = ("FAILED", reason, code)
        return ((checkout["status"], checkout["reason"], checkout["code"]) == how and
                checkout["step"] == step and checkout["attempts"][step] >= 4 and
                (undo is None or undo in checkout["undone"]))

    def test_every_step_is_unavailable_to_the_end(self):
        for step in STEPS:
            with self.subTest(step):
                fault = f"on: {step}, reply: unavailable}}"
                self.assertTrue(self.find("unavailable", lambda s, c: (
                    fault in s.text and self.ended(step, c, "unavailable"))))

    def test_every_step_is_unanswered(self):
        for step in STEPS:
            for leg in ("request", "reply"):
                with self.subTest(step, leg=leg):
                    fault = re.compile(rf"on: {step}, (checkout: 1, )?lose: {leg}}}")
                    self.assertTrue(self.find("unanswered", lambda s, c: (
                        fault.search(s.text) and self.ended(step, c, "no_answer"))))

    def test_every_step_is_cancelled_at(self):
        for step, (_, undo) in STEPS.items():
            with self.subTest(step):
                self.assertTrue(self.find("cancel", lambda _, c: (
                    c["status"] == "FAILED" and c["reason"] == "cancelled" and c["step"] == step and
                    (undo is None or undo in c["undone"]))))

    def test_every_effect_is_made_and_denied(self):
        for step in STEPS:
            with self.subTest(step):
                fault = re.compile(rf"on: {step}, (checkout: 1, )?fail_after_effect: true")
                self.assertTrue(STEPS[step][1] is None or self.find("after-effect", lambda s, c: (
                    fault.search(s.text) and self.ended(step, c, "unavailable"))))

    # ---- the timeouts

    def timeout(self, name, moment):
        """The only checkout of timeouts/<name>-<moment>.yaml, and when its answer arrives."""
        _, step, _, answered_ns = TIMEOUTS[name]
        scenario = self.the(f"timeouts/{name}-{moment}.yaml")
        self.assertNotIn("override:", scenario.text)
        self.assertIn("network: {latency: 10ms}", scenario.text)
        delay = re.search(rf"on: {step}, delay: {{reply: (\d+)(ms|m)}}", scenario.text)
        self.assertIsNotNone(delay, scenario)
        delay_ns = int(delay[1]) * (MS if delay[2] == "ms" else MIN)
        self.assertEqual(len(scenario.checkouts), 1)
        return scenario.checkouts[0], answered_ns + delay_ns

    def assert_expired(self, name, checkout):
        code, step, deadline_ns, _ = TIMEOUTS[name]
        self.assertEqual((checkout["status"], checkout["reason"], checkout["code"],
                          checkout["step"]), ("EXPIRED", "timeout", code, step))
        self.assertGreaterEqual(checkout["closed_at_ns"], deadline_ns)
        self.assertLess(checkout["closed_at_ns"], deadline_ns + S)

    def test_just_before_every_timeout(self):
        for name, (_, _, deadline_ns, _) in TIMEOUTS.items():
            with self.subTest(name):
                checkout, answer_ns = self.timeout(name, "before")
                self.assertEqual(answer_ns, deadline_ns - MS)
                self.assertEqual((checkout["status"], checkout["undone"]), ("COMPLETED", []))
                self.assertGreaterEqual(checkout["closed_at_ns"], answer_ns)

    def test_at_every_timeout(self):
        for name, (_, _, deadline_ns, _) in TIMEOUTS.items():
            with self.subTest(name):
                checkout, answer_ns = self.timeout(name, "at")
                self.assertEqual(answer_ns, deadline_ns)
                self.assert_expired(name, checkout)
                for undo in checkout["undone"]:
                    self.assertEqual(checkout["attempts"][undo], 1, undo)

    def test_just_after_every_timeout(self):
        for name, (_, _, deadline_ns, _) in TIMEOUTS.items():
            with self.subTest(name):
                checkout, answer_ns = self.timeout(name, "after")
                self.assertEqual(answer_ns, deadline_ns + MS)
                self.assert_expired(name, checkout)

    def test_every_timeout_raced_by_a_late_success(self):
        for name, (_, step, deadline_ns, _) in TIMEOUTS.items():
            with self.subTest(name):
                checkout, answer_ns = self.timeout(name, "raced")
                self.assertGreater(answer_ns, deadline_ns)
                self.assert_expired(name, checkout)
                self.assertEqual(checkout["attempts"][STEPS[step][1]], 2, "sent again (R15)")

    # ---- what is undone

    def test_every_row_of_the_compensation_table(self):
        for row, (step, undone, events) in TABLE.items():
            with self.subTest(row):
                scenario = self.the(f"table/{row}.yaml")
                expect = scenario.text.split("\nexpect:")[1]
                self.assertRegex(expect, r"(?m)^  undone: \[")
                self.assertRegex(expect, r"(?m)^  events: \[")
                (checkout,) = scenario.checkouts
                self.assertEqual(checkout["step"], step)
                self.assertEqual(checkout["undone"], undone)
                self.assertEqual(checkout["events"], events + ["CheckoutCompensated"])

    def test_every_row_with_what_is_optional(self):
        for row, (step, undone, _) in TABLE.items():
            with self.subTest(row):
                found = [s for s in self.in_area("table") if s.path.name.startswith(row + "-with-")]
                self.assertEqual(len(found), 1)
                expect = found[0].text.split("\nexpect:")[1]
                self.assertRegex(expect, r"(?m)^  undone: \[")
                self.assertRegex(expect, r"(?m)^  events: \[")
                (checkout,) = found[0].checkouts
                self.assertEqual(checkout["step"], step)
                self.assertIn("restore_coupon", checkout["undone"])
                optional = ("restore_coupon", "cancel_shipment")
                self.assertEqual([u for u in checkout["undone"] if u not in optional], undone)

    def test_the_expiry_chain(self):
        (checkout,) = self.the("table/expired-while-authorizing.yaml").checkouts
        self.assertEqual(checkout["events"][len(RESERVED):-1], EXPIRY_CHAIN)

    def test_every_compensation_is_tried_again(self):
        for undo in COMPENSATIONS:
            with self.subTest(undo):
                fault = re.compile(rf"on: {undo}, attempt: 1(\.\.\d+)?, reply: unavailable")
                self.assertTrue(self.find("compensation", lambda s, c: (
                    fault.search(s.text) and c["compensation"] == "done" and
                    c["attempts"][undo] > 1 and undo in c["undone"])))

    def test_stalled_stuck_retried_and_resolved(self):
        for state in ("done", "stalled", "stuck"):
            self.assertTrue(self.find("compensation", lambda _, c: (
                c["compensation"] == state and "CheckoutStalled" in c["events"])), state)
        for word in ("retry", "resolve"):
            self.assertTrue(self.find("compensation", lambda s, c: (
                f"operator: {{{word}:" in s.text and c["compensation"] == "done")), word)

    def test_late_success(self):
        """R15, from an open and from a closed checkout, with and without tombstones."""
        for promise in ("tombstones: false", "delay: {reply:"):
            self.assertTrue(any(promise in s.text for s in self.in_area("late")), promise)
        self.assertTrue(self.find("late", lambda _, c: (
            any(c["attempts"].get(u, 0) == 2 for u in c["undone"]))))

    # ---- what must break

    def test_what_if_must_break(self):
        for promise in ("tombstones: false", "idempotent: false"):
            with self.subTest(promise):
                found = [s for s in self.in_area("what-if")
                         if promise in s.text and re.search(r"(?m)^  violates: \[", s.text)]
                self.assertTrue(found)
                for scenario in found:
                    self.assertTrue(scenario.runs[0]["violations"], scenario)


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--no-limit"]
    if not arguments:
        sys.exit(__doc__)
    Library.program = os.path.abspath(arguments.pop(0))
    Library.limited = "--no-limit" not in sys.argv
    unittest.main(argv=sys.argv[:1] + arguments)
