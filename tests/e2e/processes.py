"""
backstepd and its sandbox as processes of their own, for tests that start, ask, kill and start again.

    with Folder() as folder:
        sandbox = Sandbox(folder, scenario="runtime/daemon/serve/first-minute.yaml")
        daemon = Daemon(folder, sandbox)
        daemon.start_checkout("checkout-1")
        daemon.wait_closed("checkout-1")
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT_S = 120  # for whatever is waited for: generous, a test's machine may be busy


class Failed(Exception):
    """What a test expected did not come about."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def wait_until(condition, what, limit_s=LIMIT_S, every_s=0.02):
    """Waits until condition() is true and returns what it gave."""
    end = time.monotonic() + limit_s
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise Failed(f"waited {limit_s} s in vain: {what}")
        time.sleep(every_s)


def free_port():
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Folder:
    """A folder for files, logs and processes; what still runs is killed at the end. It is kept when
    the test fails, or with KEEP=1."""

    def __init__(self, name="backstep"):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        for process in self.processes:
            process.kill()
        if kind is None and not os.environ.get("KEEP"):
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            print(f"kept: {self.path}", file=sys.stderr)
            for log in sorted(self.path.glob("*.log")):
                lines = log.read_text(errors="replace").splitlines()
                print(f"--- the end of {log.name}", *lines[-25:], sep="\n", file=sys.stderr)

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


class Process:
    """A program with a log; it can be killed, stopped and started again under the same port."""

    def __init__(self, folder, name, environment=None, wrapper=()):
        self.folder = folder
        self.name = name
        self.environment = {**os.environ, **(environment or {})}
        self.wrapper = list(wrapper)
        self.process = None
        self.starts = 0
        self.log = folder.path / f"{name}.log"
        folder.processes.append(self)

    def arguments(self):
        raise NotImplementedError

    def is_up(self):
        raise NotImplementedError

    def spawn(self):
        self.starts += 1
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.wrapper + [str(a) for a in self.arguments()], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.folder.path, env=self.environment)

    def start(self):
        self.spawn()
        wait_until(lambda: self.is_up() or self.process.poll() is not None, f"{self.name} is up")
        check(self.process.poll() is None, f"{self.name} ended at once; see {self.log}")
        return self

    def kill(self):
        """As a power cut would, but for the disk."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self, number=signal.SIGTERM):
        """Asks it to end; returns its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=LIMIT_S)

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Http(Process):
    """A process that serves HTTP on 127.0.0.1."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.port = free_port()
        self.headers = {}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method, path, body=None, headers=None, timeout_s=30):
        """Returns (status, headers, body); the body as JSON if it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        with contextlib.closing(connection):
            headers = {**self.headers, **(headers or {})}
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
                headers.setdefault("Content-Type", "application/json")
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
            if "json" in (response.getheader("Content-Type") or "") and text:
                return response.status, response.headers, json.loads(text)
            return response.status, response.headers, text.decode(errors="replace")

    def try_ask(self, *arguments, **named):
        """The same; None while there is nobody to ask."""
        try:
            return self.ask(*arguments, **named)
        except (OSError, http.client.HTTPException):
            return None

    def is_up(self):
        answer = self.try_ask("GET", "/healthz", timeout_s=5)
        return answer is not None and answer[0] == 200


class Sandbox(Http):
    def __init__(self, folder, scenario=None, arguments=(), name="sandbox", **named):
        super().__init__(folder, name, **named)
        self.scenario = scenario
        self.more = list(arguments)
        self.program = os.path.abspath(os.environ["BACKSTEP"])
        self.start()

    def arguments(self):
        scenario = [] if self.scenario is None else [ROOT / self.scenario]
        return [self.program, "sandbox", *scenario, "--listen", f"127.0.0.1:{self.port}",
                "--journal", self.folder.path / f"{self.name}.journal", *self.more]

    def ledger(self):
        return self.ask("GET", "/ledger")[2]

    def check_ledger(self):
        status, _, body = self.ask("GET", "/ledger/check")
        check(status == 200, f"the ledgers do not balance: {body}")


SERVICES = ("cart", "order", "coupon", "inventory", "payment", "shipping")


class Daemon(Http):
    def __init__(self, folder, sandbox, plans=("checkout",), more="", services=SERVICES,
                 name="backstepd", begin=True, **named):
        super().__init__(folder, name, **named)
        self.program = os.path.abspath(os.environ["BACKSTEPD"])
        lines = [f"listen: 127.0.0.1:{self.port}", f"database: {name}.db", "plans:"]
        lines += [f"  - {plan if plan == 'checkout' else ROOT / plan}" for plan in plans]
        lines += ["services:"]
        lines += [f"  {service}: {sandbox.url}/{service}" for service in services]
        lines += [f"notification: {sandbox.url}/notification", f"sink: {sandbox.url}/events", more]
        self.config = folder.write(f"{name}.yaml", "\n".join(lines) + "\n")
        if begin:
            self.start()

    def arguments(self):
        return [self.program, "--config", self.config]

    def run(self, command, *arguments):
        """Another command of the program, to its end."""
        return subprocess.run([self.program, command, "--config", str(self.config), *arguments],
                              capture_output=True, text=True, timeout=LIMIT_S, cwd=self.folder.path)

    def start_checkout(self, name, **members):
        body = {"id": name, "cart": f"cart-of-{name}"[:39], **members}
        return self.ask("POST", "/v1/checkouts", body)

    def checkout(self, name):
        status, _, body = self.ask("GET", f"/v1/checkouts/{name}")
        check(status == 200, f"GET {name}: {status} {body}")
        return body

    def wait_closed(self, name, limit_s=LIMIT_S):
        def closed():
            body = self.checkout(name)
            return body if body["closed_at"] is not None else None
        return wait_until(closed, f"{name} is closed", limit_s)

    def events(self, name):
        """The whole history of a checkout."""
        events, path = [], f"/v1/checkouts/{name}/events"
        while path is not None:
            status, _, body = self.ask("GET", path)
            check(status == 200, f"GET {path}: {status} {body}")
            events += body["events"]
            path = body.get("next")
        return events

    def event_names(self, name):
        return [event["type"] for event in self.events(name)]

    def metric(self, name):
        """The value of a metric, named with its labels."""
        text = self.ask("GET", "/metrics")[2]
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
        check(found, f"no metric {name}")
        return float(found[1])


def run(*stories):
    """Runs each story; the exit status of the test."""
    for story in stories:
        began = time.monotonic()
        try:
            story()
        except (Failed, AssertionError) as error:
            print(f"FAIL  {story.__name__}: {error}")
            raise SystemExit(1) from error
        print(f"pass  {story.__name__}  ({time.monotonic() - began:.1f} s)", flush=True)
