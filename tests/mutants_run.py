"""Runs programs for the judges of mutants."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIMIT_S = 60
BROKEN = ASSERTION, CRASH = "an assertion", "a crash"


class Trouble(Exception):
    """The catalogue or the tree is not in order: nothing was found out about the mutant."""


def run(command, cwd=ROOT, limit=LIMIT_S):
    """Exit status and output; the status is None when it took too long."""
    try:
        done = subprocess.run([str(c) for c in command], cwd=cwd, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout


def must(command, what):
    status, output = run(command, limit=600)
    if status != 0:
        raise Trouble(f"{what}:\n{output[-3000:]}")
    return output


def how_it_broke(output):
    """Of a program that a signal has ended."""
    return ASSERTION if re.search(r"Assertion `.*' failed", output) else CRASH
