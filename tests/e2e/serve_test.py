#!/usr/bin/env python3
"""serve_test.py BACKSTEP BACKSTEPD [WRAPPER...]: what README shows: a checkout that completes, one whose card is
declined, one that expires, one that an operator resolves; over HTTP, in processes of their own. With a wrapper (`valgrind ...`) the daemon
runs under it."""

import os
import sys

os.environ["BACKSTEP"], os.environ["BACKSTEPD"] = sys.argv[1:3]
from processes import Daemon, Folder, Sandbox, check, run, wait_until  # noqa: E402

SCENARIO = "runtime/daemon/serve/first-minute.yaml"
HURRY = "runtime/daemon/serve/hurry.yaml"


def world(folder):
    sandbox = Sandbox(folder, SCENARIO)
    return sandbox, Daemon(folder, sandbox, plans=(HURRY, "checkout"), wrapper=sys.argv[3:])


def a_checkout_completes_and_others_are_undone():
    with Folder("serve") as folder:
        sandbox, daemon = world(folder)
        for n in range(1, 6):
            status, headers, body = daemon.start_checkout(f"checkout-{n}")
            check(status == 202, f"checkout-{n}: {status} {body}")
            check(headers["Location"] == f"/v1/checkouts/checkout-{n}", "where it is")
        first = daemon.wait_closed("checkout-1")
        check(first["status"] == "COMPLETED" and first["undone"] == [], first)
        check(daemon.event_names("checkout-1") ==
              ["CheckoutStarted", "CheckoutInventoryReserved", "CheckoutPaymentAuthorized",
               "CheckoutCompleted"], "its events")
        second = daemon.wait_closed("checkout-2")
        check((second["status"], second["reason"], second["code"], second["compensation"]) ==
              ("FAILED", "payment_failed", "declined", "done"), second)
        check(second["undone"] == ["release_inventory", "cancel_order"], second)
        third = daemon.wait_closed("checkout-3")
        check((third["status"], third["reason"], third["code"]) == ("EXPIRED", "timeout", "step"),
              third)
        check(third["undone"] == ["release_inventory", "cancel_payment", "cancel_order"], third)
        check(daemon.wait_closed("checkout-5")["status"] == "COMPLETED", "the fifth")

        fourth = wait_until(lambda: (c := daemon.checkout("checkout-4"))["compensation"] == "stuck"
                            and c, "checkout-4 is stuck")
        check(fourth["closed_at"] is None, "it is not closed while it is stuck")
        wait_until(lambda: daemon.ask("GET", "/v1/checkouts?stuck=true")[2]["checkouts"],
                   "the list of the stuck ones has it")
        status, _, body = daemon.ask("POST", "/v1/checkouts/checkout-4/resolve",
                                     {"compensation": "cancel_order"})
        check(status in (200, 202), f"resolve: {status} {body}")
        fourth = daemon.wait_closed("checkout-4")
        check(fourth["undone"] == ["restock_inventory", "refund_payment"], fourth)

        wait_until(lambda: daemon.metric('backstep_events_owed{channel="sink"}') == 0,
                   "the sink has every event")
        for checkout in sandbox.ledger()["checkouts"]:
            check(checkout["notified"] == 1, f"each buyer is told once: {checkout}")
        check(daemon.stop() == 0, "it stops as asked")


def the_same_request_is_the_same_checkout():
    with Folder("serve") as folder:
        _, daemon = world(folder)
        check(daemon.start_checkout("checkout-1", flags=["coupon"])[0] == 202, "first")
        check(daemon.start_checkout("checkout-1", flags=["coupon"])[0] == 200, "the same again")
        status, _, problem = daemon.start_checkout("checkout-1")
        check((status, problem["code"]) == (422, "conflict"), problem)
        check(daemon.wait_closed("checkout-1")["status"] == "COMPLETED", "it went on")


def what_was_accepted_goes_on_after_a_kill():
    with Folder("serve") as folder:
        sandbox, daemon = world(folder)
        for n in range(10, 30):
            check(daemon.start_checkout(f"checkout-{n}", plan="checkout")[0] == 202, n)
        daemon.kill()
        daemon.start()
        for n in range(10, 30):
            body = daemon.wait_closed(f"checkout-{n}")
            check(body["status"] == "COMPLETED", body)
            check(all(step["attempts"] <= 1 for step in body["steps"]),
                  f"what was in flight is sent again as it was, not as another attempt: {body}")
        check(daemon.stop() == 0, "it stops as asked")
        rebuilt = daemon.run("rebuild")
        check(rebuilt.returncode == 0 and "0 of them were otherwise" in rebuilt.stdout,
              rebuilt.stdout + rebuilt.stderr)
        sandbox.check_ledger()


run(a_checkout_completes_and_others_are_undone, the_same_request_is_the_same_checkout,
    what_was_accepted_goes_on_after_a_kill)
