#!/usr/bin/env python3
"""What docs/writing_a_service.md asks of a service, checked of the sandbox's inventory and of the
example (docs/examples/service/inventory.py) alike.

    service_test.py BACKSTEP
"""
import concurrent.futures
import hashlib
import hmac
import http.client
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "service" / "inventory.py"
BACKSTEP = str(pathlib.Path(sys.argv[1]).resolve())
STOCK = 3

SCENARIO = f"""scenario: an inventory
services:
  inventory: {{work: 0s, stock: {STOCK}}}
"""


class Promises:
    """The checks; a subclass says how the service is started."""

    prefix = ""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.start()

    def tearDown(self):
        self.kill()
        self.folder.cleanup()

    def start(self):
        self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def post(self, path, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", self.prefix + path, body, headers)
        response = connection.getresponse()
        answer = response.status, json.loads(response.read() or b"{}").get("code", "")
        connection.close()
        return answer

    def call(self, call, checkout="c-1", attempt=1, epoch=0):
        body = {"checkout": checkout, "call": call, "attempt": attempt, "cart": "cart",
                "flags": [], "context": {}}
        headers = {"Content-Type": "application/json",
                   "Idempotency-Key": f"{checkout}:{call}:{epoch}",
                   "Backstep-Attempt": str(attempt), "Backstep-Checkout": checkout}
        return self.post("/" + call, headers, json.dumps(body))

    def ok(self, *arguments, **named):
        self.assertEqual(self.call(*arguments, **named), (200, ""))

    def rejected(self, code, *arguments, **named):
        self.assertEqual(self.call(*arguments, **named), (422, code))

    def left(self):
        """How many units can be reserved: by other checkouts, which give them back."""
        self.asked = getattr(self, "asked", 0) + 1
        names = [f"left-{self.asked}-{i}" for i in range(STOCK + 1)]
        taken = [name for name in names if self.call("reserve_inventory", name)[0] == 200]
        for name in taken:
            self.ok("release_inventory", name)
        return len(taken)

    def test_there_and_back(self):
        self.ok("reserve_inventory")
        self.ok("commit_inventory")
        self.assertEqual(self.left(), STOCK - 1)
        self.ok("restock_inventory")
        self.assertEqual(self.left(), STOCK)

    def test_a_key_has_one_effect(self):
        for attempt in (1, 2, 3):
            self.ok("reserve_inventory", attempt=attempt)
        self.assertEqual(self.left(), STOCK - 1)
        for attempt in (1, 2):
            self.ok("release_inventory", attempt=attempt)
        self.assertEqual(self.left(), STOCK)
        self.ok("reserve_inventory", attempt=4)  # remembered, and nothing is done
        self.assertEqual(self.left(), STOCK)

    def test_at_once_too(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda i: self.call("reserve_inventory", attempt=i + 1),
                                    range(16)))
        self.assertEqual(answers, [(200, "")] * 16)
        self.assertEqual(self.left(), STOCK - 1)

    def test_no_is_remembered_too(self):
        for i in range(STOCK):
            self.ok("reserve_inventory", f"c-{i}")
        self.rejected("out_of_stock", "reserve_inventory", "late")
        self.ok("release_inventory", "c-0")
        self.rejected("out_of_stock", "reserve_inventory", "late", attempt=2)
        self.rejected("not_held", "commit_inventory", "late")

    def test_a_compensation_with_nothing_to_undo_is_ok(self):
        self.ok("release_inventory")
        self.ok("restock_inventory")
        self.assertEqual(self.left(), STOCK)

    def test_a_compensation_bars_what_comes_late(self):
        self.ok("release_inventory")
        self.rejected("fenced", "reserve_inventory")
        self.ok("reserve_inventory", "c-2")
        self.ok("restock_inventory", "c-2")
        self.rejected("fenced", "commit_inventory", "c-2")
        self.ok("release_inventory", "c-2")
        self.assertEqual(self.left(), STOCK)

    def test_the_next_epoch_is_another_key(self):
        self.ok("release_inventory")
        self.ok("release_inventory", attempt=2, epoch=1)
        self.assertEqual(self.left(), STOCK)

    def test_a_crash_forgets_nothing(self):
        self.ok("reserve_inventory")
        self.ok("release_inventory", "c-2")
        self.kill()
        self.start()
        self.ok("reserve_inventory", attempt=2)
        self.rejected("fenced", "reserve_inventory", "c-2")
        self.assertEqual(self.left(), STOCK - 1)

    def test_what_is_no_call(self):
        headers = {"Content-Type": "application/json", "Idempotency-Key": "c-1:x:0"}
        self.assertEqual(self.post("/steal_inventory", headers, "{}")[0], 404)
        for body in ("", "{", "{}", "[]", '{"checkout": 7}'):
            self.assertEqual(self.post("/reserve_inventory", headers, body)[0], 400)
        self.assertEqual(self.post("/reserve_inventory", {}, '{"checkout": "c-1"}')[0], 400)
        self.assertEqual(self.left(), STOCK)


class Sandbox(Promises, unittest.TestCase):
    prefix = "/inventory"

    def command(self):
        scenario = self.path / "inventory.yaml"
        scenario.write_text(SCENARIO)
        return [BACKSTEP, "sandbox", str(scenario), "--listen", "127.0.0.1:0", "--journal",
                str(self.path / "journal")]


class Example(Promises, unittest.TestCase):
    def command(self):
        return [sys.executable, str(EXAMPLE), str(self.path / "inventory.db"), "--stock",
                str(STOCK), "--listen", "127.0.0.1:0"]


class SignedExample(unittest.TestCase):
    """With a secret, only what is signed is taken."""

    SECRET = b"0123456789abcdef"

    def test_signatures(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            (path / "secret").write_bytes(self.SECRET + b"\n")
            process = subprocess.Popen(
                [sys.executable, str(EXAMPLE), str(path / "inventory.db"), "--listen",
                 "127.0.0.1:0", "--secret-file", str(path / "secret")],
                stdout=subprocess.PIPE, text=True)
            try:
                self.port = int(process.stdout.readline().rsplit(":", 1)[1])
                self.check()
            finally:
                process.kill()
                process.wait()
                process.stdout.close()

    def check(self):
        now = int(time.time())
        self.assertEqual(self.post(self.sign(now)), 200)
        self.assertEqual(self.post(self.sign(now - 1000)), 401)
        self.assertEqual(self.post(self.sign(now, b"another secret")), 401)
        for broken in ("", "t=", "v1=00", f"t={now}", f"t={now},v1=", "t=\u00b2,v1=00"):
            self.assertEqual(self.post(broken), 401)

    BODY = b'{"checkout": "c-1"}'

    def sign(self, stamp, secret=SECRET):
        hex_of = hmac.new(secret, b"%d." % stamp + self.BODY, hashlib.sha256).hexdigest()
        return f"t={stamp},v1={hex_of}"

    def post(self, signature):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/reserve_inventory", self.BODY,
                           {"Idempotency-Key": "c-1:reserve_inventory:0",
                            "Backstep-Signature": signature.encode("latin-1")})
        status = connection.getresponse().status
        connection.close()
        return status


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
