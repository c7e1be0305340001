#!/usr/bin/env python3
"""An inventory service for backstepd: Python 3 and SQLite, nothing else.

    docs/examples/service/inventory.py inventory.db --stock 10 --listen 127.0.0.1:9100

What makes it safe to call again and again is answer(): one transaction looks up the key, does what
is asked, and remembers the answer. docs/writing_a_service.md tells why.
"""
import argparse
import hashlib
import hmac
import json
import sqlite3
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SCHEMA = """
CREATE TABLE IF NOT EXISTS stock (one INTEGER PRIMARY KEY, available INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS holds (checkout TEXT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fences (checkout TEXT, call TEXT, PRIMARY KEY (checkout, call));
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, code TEXT NOT NULL);
"""


def connect(path):
    db = sqlite3.connect(path, timeout=30, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")  # what was answered survives a power cut
    return db


def answer(db, key, call, checkout):
    """The code of the rejection, "" for ok. Nothing is done twice, and nothing by half."""
    try:
        db.execute("BEGIN IMMEDIATE")  # two requests with one key: one after the other
        known = db.execute("SELECT code FROM answers WHERE key = ?", (key,)).fetchone()
        code = known[0] if known else do(db, call, checkout)
        if not known:
            db.execute("INSERT INTO answers VALUES (?, ?)", (key, code))
        db.execute("COMMIT")  # before it is answered
        return code
    finally:
        db.close()  # rolls back what was not committed


def do(db, call, checkout):
    """A compensation bars the steps that it undoes: one that comes late is refused."""
    work, undone = CALLS[call]
    if db.execute("SELECT 1 FROM fences WHERE checkout = ? AND call = ?",
                  (checkout, call)).fetchone():
        return "fenced"
    if undone:
        db.execute("INSERT OR IGNORE INTO fences VALUES (?, ?)", (checkout, undone))
    return work(db, checkout)


def reserve(db, checkout):
    if not db.execute("UPDATE stock SET available = available - 1 WHERE available > 0").rowcount:
        return "out_of_stock"
    db.execute("INSERT INTO holds VALUES (?, 'held')", (checkout,))
    return ""


def commit(db, checkout):
    moved = db.execute("UPDATE holds SET state = 'committed' WHERE checkout = ? AND state = 'held'",
                       (checkout,)).rowcount
    return "" if moved else "not_held"


def give_back(db, checkout, state):
    """Nothing to undo is ok: it never came, or was undone before."""
    if db.execute("DELETE FROM holds WHERE checkout = ? AND state = ?",
                  (checkout, state)).rowcount:
        db.execute("UPDATE stock SET available = available + 1")
    return ""


# Each action: what it does, and the step that it undoes.
CALLS = {"reserve_inventory": (reserve, None),
         "commit_inventory": (commit, None),
         "release_inventory": (lambda db, c: give_back(db, c, "held"), "reserve_inventory"),
         "restock_inventory": (lambda db, c: give_back(db, c, "committed"), "commit_inventory")}


def is_signed(secret, header, body):
    """Backstep-Signature: t=SECONDS,v1=HEX; HEX: HMAC-SHA256 of "SECONDS.BODY"."""
    stamp, _, given = header.removeprefix("t=").partition(",v1=")
    right = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return (hmac.compare_digest(right.encode(), given.encode())
            and stamp.isdecimal() and abs(time.time() - int(stamp)) <= 300)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key, call = self.headers.get("Idempotency-Key"), self.path.strip("/").rsplit("/", 1)[-1]
        secret = self.server.secret
        if secret and not is_signed(secret, self.headers.get("Backstep-Signature", ""), body):
            return self.reply(401, "unauthorized")
        if call not in CALLS:
            return self.reply(404, "no_such_action")
        try:
            checkout = json.loads(body)["checkout"]
        except (ValueError, TypeError, KeyError):
            checkout = None
        if not key or not isinstance(checkout, str):
            return self.reply(400, "malformed")
        try:
            code = answer(connect(self.server.database), key, call, checkout)
        except sqlite3.Error:
            return self.reply(503, "unavailable")  # not now: the same key comes again
        return self.reply(422 if code else 200, code)

    def reply(self, status, code):
        text = json.dumps({"status": status, "code": code} if code else {"result": "ok"}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/" + ("problem+json" if code else "json"))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


def main():
    parser = argparse.ArgumentParser(description="An inventory service for backstepd.")
    parser.add_argument("database")
    parser.add_argument("--stock", type=int, default=100, help="units of a new database")
    parser.add_argument("--listen", default="127.0.0.1:9100", help="ADDRESS:PORT; port 0: any")
    parser.add_argument("--secret-file", help="refuse what is not signed with this secret")
    given = parser.parse_args()
    host, _, port = given.listen.rpartition(":")
    db = connect(given.database)
    db.executescript(SCHEMA)
    db.execute("INSERT OR IGNORE INTO stock VALUES (1, ?)", (given.stock,))
    db.close()
    server = ThreadingHTTPServer((host, int(port)), Handler)
    server.database, server.secret = given.database, None
    if given.secret_file:
        server.secret = open(given.secret_file, "rb").read().rstrip(b"\r\n")
    print(f"inventory: serving on http://{host}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
