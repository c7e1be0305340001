#!/usr/bin/env python3
"""restart.py BACKSTEP BACKSTEPD [--open N]: how soon a daemon that was killed with N open checkouts
makes progress again: from the start of its process until the first call reaches a service, until it
says that it is ready, and until every open checkout was picked up. Figures, no gate."""

import argparse
import asyncio
import os
import sys
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("backstep")
parser.add_argument("backstepd")
parser.add_argument("--open", type=int, default=10000)
options = parser.parse_args()
os.environ["BACKSTEP"], os.environ["BACKSTEPD"] = options.backstep, options.backstepd
from processes import Daemon, Folder, check, free_port, wait_until  # noqa: E402


class Services(threading.Thread):
    """Every service: ok at once, but for a bank that never answers."""

    def __init__(self):
        super().__init__(daemon=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.asked_at = []  # of the bank
        self.begun = threading.Event()

    async def serve_client(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next((int(line.split(":")[1]) for line in head.split("\r\n")
                               if line.lower().startswith("content-length:")), 0)
                await reader.readexactly(length)
                if "/authorize_payment" in head.split("\r\n", 1)[0]:
                    self.asked_at.append(time.monotonic())
                    continue
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def run(self):
        async def main():
            server = await asyncio.start_server(self.serve_client, "127.0.0.1", self.port)
            self.begun.set()
            async with server:
                await server.serve_forever()
        asyncio.run(main())


def start_all(daemon, count):
    def some(first):
        for n in range(first, count, 4):
            while (answer := daemon.try_ask("POST", "/v1/checkouts",
                                            {"id": f"c-{n}", "cart": "c"})) is None or \
                    answer[0] not in (200, 202):
                time.sleep(0.01)
    threads = [threading.Thread(target=some, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main():
    with Folder("restart") as folder:
        services = Services()
        services.start()
        services.begun.wait()
        daemon = Daemon(folder, services, more="limits: {cached_sessions: 1000}")
        began = time.monotonic()
        start_all(daemon, options.open)
        wait_until(lambda: daemon.metric('backstep_checkouts{status="RESERVED"}') == options.open,
                   "all are reserved")
        print(f"{options.open} checkouts at the bank after {time.monotonic() - began:.1f} s")
        daemon.kill()
        services.asked_at.clear()
        began = time.monotonic()
        daemon.spawn()
        wait_until(lambda: services.asked_at, "a call", every_s=0.001)
        first = services.asked_at[0] - began
        wait_until(lambda: (a := daemon.try_ask("GET", "/readyz")) and a[0] == 200, "ready",
                   every_s=0.001)
        ready = time.monotonic() - began
        wait_until(lambda: "event=daemon.recovered" in daemon.log_text(), "all picked up",
                   every_s=0.001)
        print(f"after a kill: the first call {first * 1000:.0f} ms after the start of the process, "
              f"ready after {ready * 1000:.0f} ms")
        check(daemon.stop() == 0, "it stops as asked")


main()
sys.exit(0)
