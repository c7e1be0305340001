#!/usr/bin/env python3
"""daemon_disk_test.py BACKSTEP BACKSTEPD DISK_SHIM: the disk runs full under the daemon. New work is
refused at once, reads go on, nothing that was accepted is lost, and when space returns it goes on by
itself."""

import os
import sys

os.environ["BACKSTEP"], os.environ["BACKSTEPD"] = sys.argv[1:3]
from processes import Daemon, Folder, Sandbox, check, run, wait_until  # noqa: E402

SHIM = os.path.abspath(sys.argv[3])
SCENARIO = "runtime/daemon/serve/first-minute.yaml"
HURRY = "runtime/daemon/serve/hurry.yaml"


def a_full_disk_refuses_new_work_until_space_returns():
    with Folder("disk") as folder:
        full = folder.write("full", "")
        sandbox = Sandbox(folder, SCENARIO)
        daemon = Daemon(folder, sandbox, plans=(HURRY,),
                        environment={"LD_PRELOAD": SHIM, "DISK_SHIM": str(full)})
        names = [f"checkout-{n}" for n in range(10, 30)]
        for name in names:
            check(daemon.start_checkout(name)[0] == 202, name)
        full.write_text("full")
        wait_until(lambda: daemon.ask("GET", "/readyz")[0] == 503, "it is not ready any more")
        check("event=store.ailing result=full" in daemon.log_text(), "the log says why")
        status, headers, problem = daemon.start_checkout("checkout-99")
        check((status, problem["code"]) == (503, "unavailable"), problem)
        check(int(headers["Retry-After"]) >= 1, "when to try again")
        check(daemon.checkout("checkout-10")["id"] == "checkout-10", "what is there can be read")
        check(daemon.metric("backstep_ailing") == 1, "and an alert can tell")
        full.write_text("")
        wait_until(lambda: daemon.ask("GET", "/readyz")[0] == 200, "it is ready by itself")
        check("event=store.well" in daemon.log_text(), "and says so")
        for name in names:
            check(daemon.wait_closed(name)["status"] == "COMPLETED", name)
        check(daemon.start_checkout("checkout-99")[0] == 202, "what was refused may come again")
        check(daemon.wait_closed("checkout-99")["status"] == "COMPLETED", "and is done")
        sandbox.check_ledger()
        check(daemon.stop() == 0, "it stops as asked")


run(a_full_disk_refuses_new_work_until_space_returns)
