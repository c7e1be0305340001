#!/usr/bin/env python3
"""daemon_test.py BACKSTEP BACKSTEPD [STORY...]: what an operator does with the daemon, and what it
answers: files, plans and their versions, tokens, signatures, asynchronous answers, overload, stops."""

import hashlib
import hmac
import http.client
import json
import os
import socket
import subprocess
import sys
import time

os.environ["BACKSTEP"], os.environ["BACKSTEPD"] = sys.argv[1:3]
from processes import (LIMIT_S, ROOT, Daemon, Folder, Sandbox, check, free_port,  # noqa: E402
                       run, wait_until)

SCENARIO = "runtime/daemon/serve/first-minute.yaml"
HURRY = "runtime/daemon/serve/hurry.yaml"
TRIP = "scenarios/travel/trip.yaml"


def invoke(*arguments, cwd=None):
    return subprocess.run([os.environ["BACKSTEPD"], *map(str, arguments)], capture_output=True,
                          text=True, timeout=LIMIT_S, cwd=cwd)


def says(result, status, text):
    output = result.stdout + result.stderr
    check(result.returncode == status, f"status {result.returncode}, not {status}: {output}")
    check(text in output, f"no `{text}` in: {output}")


def usage_is_answered_as_documented():
    says(invoke("--help"), 0, "usage: backstepd --config FILE")
    says(invoke("--version"), 0, "backstepd ")
    says(invoke(), 2, "--config FILE is missing")
    says(invoke("--config"), 2, "lacks its value")
    says(invoke("--nonsense"), 2, "no such option: --nonsense")
    says(invoke("dance", "--config", "x"), 2, "no such command: dance")
    says(invoke("--config", "x", "serve", "twice"), 2, "one command at most")
    says(invoke("--config", "/nowhere/x.yaml"), 2, "/nowhere/x.yaml")
    says(invoke("schema"), 0, '"$schema"')
    says(invoke("schema", "--reference"), 0, "| key |")


def a_bad_file_is_refused_with_its_line():
    with Folder("files") as folder:
        sandbox = Sandbox(folder)
        daemon = Daemon(folder, sandbox, more="limts: {body: 3}", begin=False)
        says(daemon.run("check"), 2, f"{daemon.config}:14:1: unknown key `limts`")
        daemon = Daemon(folder, sandbox, begin=False)
        says(daemon.run("check"), 0, "sound")
        says(daemon.run("rebuild"), 3, "there is no such database")
        open_text = daemon.config.read_text().replace("127.0.0.1:", "0.0.0.0:", 1)
        wide = folder.write("wide.yaml", open_text)
        says(invoke("check", "--config", wide), 2, "wide.yaml:1:9")


def one_process_has_the_database():
    with Folder("two") as folder:
        sandbox = Sandbox(folder)
        first = Daemon(folder, sandbox)
        second = Daemon(folder, sandbox, name="second", begin=False)
        second.config.write_text(second.config.read_text().replace("second.db", "backstepd.db"))
        says(invoke("--config", second.config, cwd=folder.path), 3, "backstepd.db")
        says(second.run("rebuild"), 3, "backstepd.db")
        check(first.start_checkout("checkout-1")[0] == 202, "the first goes on")
        first.wait_closed("checkout-1")
        first.kill()
        first.start()  # what a killed one held is free


def a_newer_database_is_left_untouched():
    with Folder("newer") as folder:
        sandbox = Sandbox(folder)
        daemon = Daemon(folder, sandbox)
        check(daemon.stop() == 0, "stops")
        database = folder.path / "backstepd.db"
        raw = bytearray(database.read_bytes())
        raw[60:64] = (1000).to_bytes(4, "big")  # user_version, SQLite's file format 1.3
        database.write_bytes(raw)
        says(invoke("--config", daemon.config, cwd=folder.path), 3, "newer")
        check(database.read_bytes() == bytes(raw), "not a byte of it has changed")


def a_second_version_of_a_plan_runs_beside_the_first():
    with Folder("versions") as folder:
        text = (ROOT / HURRY).read_text()
        # The bank is silent for checkout-3: it is under way while the plans change.
        folder.write("v1.yaml", text.replace("deadline: 10s", "deadline: 25s"))
        folder.write("v2.yaml", text.replace("version: 1", "version: 2"))
        sandbox = Sandbox(folder, SCENARIO)
        daemon = Daemon(folder, sandbox, plans=(folder.path / "v1.yaml",))
        check(daemon.start_checkout("checkout-3")[0] == 202, "on version 1")
        wait_until(lambda: daemon.checkout("checkout-3")["status"] == "RESERVED", "it waits")
        daemon.stop()

        config = daemon.config.read_text()
        only_two = config.replace("v1.yaml", "v2.yaml")
        daemon.config.write_text(only_two)
        daemon.start()
        check("event=plan.absent" in daemon.log_text(), "the log lists what is absent")
        left = daemon.checkout("checkout-3")
        check(left["plan_known"] is False and left["closed_at"] is None, left)
        status, _, problem = daemon.ask("POST", "/v1/checkouts/checkout-3/cancel")
        check((status, problem["code"]) == (503, "unknown_plan"), problem)
        check(daemon.start_checkout("checkout-10")[0] == 202, "new ones run")
        check(daemon.wait_closed("checkout-10")["version"] == 2, "on version 2")
        daemon.stop()

        daemon.config.write_text(only_two.replace("services:", "  - v1.yaml\nservices:", 1))
        daemon.start()
        third = daemon.wait_closed("checkout-3")
        check((third["version"], third["status"]) == (1, "EXPIRED"), third)
        sandbox.check_ledger()


def events_wait_for_a_sink_that_was_taken_away():
    with Folder("sink") as folder:
        sandbox = Sandbox(folder)
        daemon = Daemon(folder, sandbox, begin=False)
        whole = daemon.config.read_text()
        daemon.config.write_text(whole.replace(f"sink: {sandbox.url}/events",
                                               f"sink: http://127.0.0.1:{free_port()}"))
        daemon.start()
        daemon.start_checkout("checkout-1")
        daemon.wait_closed("checkout-1")
        daemon.stop()
        daemon.config.write_text(whole.replace(f"sink: {sandbox.url}/events", ""))
        daemon.start()
        wait_until(lambda: "event=channel.absent channel=sink events=4" in daemon.log_text(),
                   "the log tells what waits")
        daemon.stop()
        daemon.config.write_text(whole)
        daemon.start()
        wait_until(lambda: len(sandbox.ledger()["checkouts"][0]["events"]) == 4, "it has them now")
        sandbox.check_ledger()


def a_team_runs_a_plan_of_its_own():
    with Folder("trip") as folder:
        sandbox = Sandbox(folder, "scenarios/travel/flight-and-room.yaml")
        daemon = Daemon(folder, sandbox, plans=(TRIP,),
                        services=("rules", "flight", "hotel", "card"))
        status, _, body = daemon.start_checkout("trip-1", flags=["wants_hotel"])
        check(status == 202, body)
        check(daemon.wait_closed("trip-1")["status"] == "COMPLETED", "the trip is booked")
        check("SeatHeld" in daemon.event_names("trip-1"), "its own events")
        status, _, problem = daemon.start_checkout("trip-2", flags=["coupon"])
        check(status == 400 and "wants_hotel" in problem["detail"], problem)


def a_service_may_answer_later():
    with Folder("later") as folder:
        port = free_port()
        sandbox = Sandbox(folder, arguments=["--later", "payment", "--replies-to",
                                             f"http://127.0.0.1:{port}"])
        daemon = Daemon(folder, sandbox, begin=False)
        daemon.config.write_text(
            daemon.config.read_text().replace(f":{daemon.port}", f":{port}", 1))
        daemon.port = port
        daemon.start()
        for n in range(1, 6):
            daemon.start_checkout(f"checkout-{n}")
        for n in range(1, 6):
            check(daemon.wait_closed(f"checkout-{n}")["status"] == "COMPLETED", n)
        check(daemon.metric('backstep_calls_total{target="payment",outcome="later"}') >= 10,
              "payment answered later")


def what_is_too_much_is_refused_and_nothing_accepted_is_lost():
    with Folder("overload") as folder:
        sandbox = Sandbox(folder, SCENARIO)
        daemon = Daemon(folder, sandbox, plans=(HURRY,), more="limits: {open_checkouts: 2}")
        check(daemon.start_checkout("checkout-3")[0] == 202, "one that waits for the bank")
        refused, accepted = 0, []
        for n in range(10, 60):
            status, headers, body = daemon.start_checkout(f"checkout-{n}")
            if status == 503:
                refused += 1
                check(int(headers["Retry-After"]) >= 1, "when to try again")
                check(body["code"] in ("overloaded", "unavailable"), body)
            else:
                check(status == 202, body)
                accepted.append(f"checkout-{n}")
        check(refused > 0, "some were too many")
        for name in accepted:
            check(daemon.wait_closed(name)["status"] == "COMPLETED", name)


def a_stop_waits_for_what_is_under_way():
    with Folder("stop") as folder:
        sandbox = Sandbox(folder)
        daemon = Daemon(folder, sandbox)
        names = [f"checkout-{n}" for n in range(1, 40)]
        for name in names:
            check(daemon.start_checkout(name)[0] == 202, name)
        check(daemon.stop() == 0, "it stops as asked")
        check("event=daemon.stopped" in daemon.log_text(), "and says so")
        daemon.start()
        for name in names:
            check(daemon.wait_closed(name)["status"] == "COMPLETED", name)
        sandbox.check_ledger()


def tokens_say_who_may_do_what():
    with Folder("tokens") as folder:
        sandbox = Sandbox(folder)
        tokens = {role: f"{role}-{'x' * 20}" for role in ("read", "write", "operator")}
        file = folder.write("tokens", "".join(f"{r} {t}\n" for r, t in tokens.items()))
        file.chmod(0o644)
        daemon = Daemon(folder, sandbox, more="tokens: tokens\nlog: {level: debug}", begin=False)
        says(daemon.run("check"), 2, "tokens")
        file.chmod(0o600)
        daemon.start()

        def status_of(role, method, path, body=None):
            headers = {} if role is None else {"Authorization": f"Bearer {tokens[role]}"}
            return daemon.ask(method, path, body, headers)[0]

        start = {"id": "checkout-1", "cart": "c"}
        check(status_of(None, "GET", "/healthz") == 200, "health is anybody's")
        check(status_of(None, "GET", "/v1/checkouts") == 401, "no token")
        check(status_of("read", "GET", "/v1/checkouts") == 200, "a reader reads")
        check(status_of("read", "POST", "/v1/checkouts", start) == 403, "and writes nothing")
        check(status_of("write", "POST", "/v1/checkouts", start) == 202, "a writer starts")
        undo = {"compensation": "cancel_order"}
        check(status_of("write", "POST", "/v1/checkouts/checkout-1/resolve", undo) == 403, "no more")
        check(status_of("operator", "POST", "/v1/checkouts/checkout-1/resolve", undo) == 409,
              "an operator may; there is nothing to resolve")
        for token in tokens.values():
            check(token not in daemon.log_text(), "no token is logged")


def signed_replies_are_believed_and_others_are_not():
    with Folder("signed") as folder:
        secret = "s" * 32
        folder.write("payment.secret", secret).chmod(0o600)
        # The sandbox is silent for checkout-3's payment: this test answers for it.
        sandbox = Sandbox(folder, SCENARIO)
        daemon = Daemon(folder, sandbox, plans=(HURRY,), begin=False)
        daemon.config.write_text(daemon.config.read_text().replace(
            f"payment: {sandbox.url}/payment",
            f"payment: {{url: \"{sandbox.url}/payment\", secret: payment.secret}}"))
        daemon.start()
        daemon.start_checkout("checkout-3")
        wait_until(lambda: daemon.checkout("checkout-3")["status"] == "RESERVED", "it waits")
        body = json.dumps({"checkout": "checkout-3", "call": "authorize_payment", "attempt": 1,
                           "answer": "rejected", "code": "declined"})

        def reply(key, seconds):
            signed = hmac.new(key.encode(), f"{seconds}.{body}".encode(), hashlib.sha256)
            return daemon.ask("POST", "/v1/replies", body, {
                "Content-Type": "application/json",
                "Backstep-Signature": f"t={seconds},v1={signed.hexdigest()}"})

        now = int(time.time())
        check(reply("another key of somebody else", now)[0] == 401, "forged")
        check(reply(secret, now - 3600)[0] == 401, "an old one, replayed")
        status, _, answer = reply(secret, now)
        check(status in (200, 202), answer)
        third = daemon.wait_closed("checkout-3")
        check((third["status"], third["code"]) == ("FAILED", "declined"), third)


def a_service_tells_by_an_event_and_is_heard_once():
    with Folder("events") as folder:
        sandbox = Sandbox(folder, SCENARIO)  # silent for checkout-3's payment
        daemon = Daemon(folder, sandbox, plans=(HURRY,))
        daemon.start_checkout("checkout-3")
        wait_until(lambda: daemon.checkout("checkout-3")["status"] == "RESERVED", "it waits")
        event = {"specversion": "1.0", "id": "e-1", "source": "/payment",
                 "type": "PaymentRejected", "subject": "checkout-3",
                 "data": {"attempt": 1, "code": "stolen"}}

        def tell():
            return daemon.ask("POST", "/v1/events", json.dumps(event),
                              {"Content-Type": "application/cloudevents+json"})

        check(tell()[0] == 202, "it is taken")
        status, _, body = tell()
        check((status, body["taken"]) == (200, False), f"the same event again: {status} {body}")
        third = daemon.wait_closed("checkout-3")
        check((third["status"], third["code"]) == ("FAILED", "stolen"), third)
        sandbox.check_ledger()


def a_buyer_cancels_and_an_operator_retries():
    with Folder("people") as folder:
        sandbox = Sandbox(folder, SCENARIO)  # silent for 3's payment; 4's order can not be undone
        daemon = Daemon(folder, sandbox, plans=(HURRY,))
        daemon.start_checkout("checkout-3")
        wait_until(lambda: daemon.checkout("checkout-3")["status"] == "RESERVED", "it waits")
        check(daemon.ask("POST", "/v1/checkouts/checkout-3/cancel")[0] == 202, "cancelled")
        third = daemon.wait_closed("checkout-3")
        check((third["status"], third["reason"]) == ("FAILED", "cancelled"), third)
        daemon.start_checkout("checkout-4")
        wait_until(lambda: daemon.checkout("checkout-4")["compensation"] == "stuck", "it is stuck")
        undo = {"compensation": "cancel_order"}
        check(daemon.ask("POST", "/v1/checkouts/checkout-4/retry", undo)[0] == 202, "sent again")

        def attempts():
            return next(c["attempts"] for c in daemon.checkout("checkout-4")["compensations"]
                        if c["name"] == "cancel_order")

        wait_until(lambda: attempts() == 2 and daemon.checkout("checkout-4")["compensation"] ==
                   "stuck", "it is rejected again: the service remembers its word")
        status, _, problem = daemon.ask("POST", "/v1/checkouts/checkout-4/cancel")
        check((status, problem["code"]) == (409, "step_failed"), f"too late: {status} {problem}")


def the_stream_tells_every_event_and_resumes():
    with Folder("stream") as folder:
        sandbox = Sandbox(folder)
        daemon = Daemon(folder, sandbox)
        daemon.start_checkout("checkout-1")
        daemon.wait_closed("checkout-1")

        def read_stream(count, headers):
            connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=LIMIT_S)
            connection.request("GET", "/v1/stream?after=0", headers=headers)
            response = connection.getresponse()
            check(response.status == 200, response.status)
            told, current = [], {}
            while len(told) < count:
                line = response.readline().decode().rstrip("\n")
                if line == "" and current:
                    told.append(current)
                    current = {}
                elif ":" in line and not line.startswith(":"):
                    key, _, value = line.partition(":")
                    current[key] = value.strip()
            connection.close()
            return told

        four = read_stream(4, {})
        check([event["event"] for event in four] ==
              ["CheckoutStarted", "CheckoutInventoryReserved", "CheckoutPaymentAuthorized",
               "CheckoutCompleted"], four)
        check(json.loads(four[0]["data"])["subject"] == "checkout-1", four[0])
        two = read_stream(2, {"Last-Event-ID": four[1]["id"]})
        check([event["id"] for event in two] == [event["id"] for event in four[2:]], two)


def logs_are_lines_of_json():
    with Folder("logs") as folder:
        sandbox = Sandbox(folder)
        daemon = Daemon(folder, sandbox, more="log: {format: json, level: debug}")
        daemon.start_checkout("checkout-1")
        daemon.wait_closed("checkout-1")
        daemon.stop()
        lines = [json.loads(line) for line in daemon.log_text().splitlines()]
        names = [line["event"] for line in lines]
        check(names[0] == "daemon.listening" and names[-1] == "daemon.stopped", names)
        check(any(line["event"] == "checkout.closed" and line["checkout"] == "checkout-1"
                  for line in lines), "the end of the checkout")


def a_client_that_goes_away_or_says_nothing_does_no_harm():
    with Folder("clients") as folder:
        sandbox = Sandbox(folder)
        daemon = Daemon(folder, sandbox, more="limits: {connections: 20, streams: 4, request: 2s, idle: 2s}")
        silent = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(15)]
        for client in silent[:5]:
            client.sendall(b"POST /v1/checkouts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
        check(daemon.start_checkout("checkout-1")[0] == 202, "others are served")
        for client in silent:
            client.settimeout(LIMIT_S)
            while client.recv(4096):
                pass  # told what was wrong, or nothing; closed in any case
        body = json.dumps({"id": "checkout-2", "cart": "c"})
        head = (f"POST /v1/checkouts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        with socket.create_connection(("127.0.0.1", daemon.port)) as client:
            client.sendall((head + body).encode())  # and does not wait for the answer
        wait_until(lambda: daemon.ask("GET", "/v1/checkouts/checkout-2")[0] == 200, "it was taken")
        check(daemon.wait_closed("checkout-2")["status"] == "COMPLETED", "and goes on")


STORIES = [story for name, story in list(globals().items())
           if callable(story) and getattr(story, "__module__", "") == "__main__" and
           name not in ("invoke", "says")]
run(*([story for story in STORIES if story.__name__ in sys.argv[3:]] or STORIES))
