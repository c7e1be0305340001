#!/usr/bin/env python3
"""Measures `backstep explore` against SPIN on the same bounded world, in one run, in turn.

    bench.py BACKSTEP [FAULTS...]      by default: 1 2

One thread each; processor time, of three runs the fastest. Exit status: 0, whoever is faster; 1
when the two come to different outcomes.
"""
import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TIMES = 3
MIB = 1 << 20
HEADINGS = ["faults", "", "outcomes", "states", "transitions", "seconds", "states/s",
            "transitions/s", "bytes/state"]


def run(command, cwd=None):
    """The output, and the processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"bench.py: {' '.join(map(str, command))}: exit status {done.returncode}\n"
                 f"{done.stderr[-1000:]}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Spin:
    """One verifier. What it needs for its states: they and the hash table, not the search stack."""

    def __init__(self, root, faults):
        self.dir = pathlib.Path(root, str(faults))
        self.dir.mkdir()
        command, _ = run([HERE / "pan.sh", self.dir, str(faults)])
        self.command = command.split()

    def measure(self):
        out, seconds = run(self.command, self.dir)
        if not re.search(r"errors: 0$", out, re.MULTILINE):
            sys.exit(f"bench.py: pan finds an error:\n{out[-1000:]}")
        memory = [float(re.search(rf"([\d.]+)\s+{what}", out).group(1)) * MIB
                  for what in ("actual memory usage for states", "memory used for hash table")]
        return {"outcomes": set(re.findall(r"^outcome: (.*)$", out, re.MULTILINE)),
                "states": int(re.search(r"(\d+) states, stored", out).group(1)),
                "transitions": int(re.search(r"(\d+) transitions", out).group(1)),
                "seconds": seconds, "bytes": sum(memory)}


class Backstep:
    def __init__(self, root, program, faults):
        self.result = pathlib.Path(root, f"{faults}.json")
        self.command = [program, "explore", "--faults", str(faults), "--jobs", "1", "--outcomes",
                        "--lines", "--json", str(self.result)]

    def measure(self):
        out, seconds = run(self.command)
        result = json.loads(self.result.read_text())
        return {"outcomes": set(out.splitlines()), "states": result["states"],
                "transitions": result["transitions"], "seconds": seconds,
                "bytes": result["machine"]["memory_bytes"]}


def measure(subjects):
    best = [subject.measure() for subject in subjects]
    for _ in range(TIMES - 1):
        for i, subject in enumerate(subjects):
            again = subject.measure()
            best[i] = min(best[i], again, key=lambda it: it["seconds"])
    return best


def per_second(number, one):
    return number / max(one["seconds"], 0.001)


def row(faults, name, one):
    return [str(faults), name, str(len(one["outcomes"])), f"{one['states']:,}",
            f"{one['transitions']:,}", f"{one['seconds']:.3f}",
            f"{per_second(one['states'], one):,.0f}",
            f"{per_second(one['transitions'], one):,.0f}", f"{one['bytes'] / one['states']:,.0f}"]


def ratios(faults, spin, backstep):
    """How many times better backstep is."""
    def of(key):
        return per_second(backstep[key], backstep) / per_second(spin[key], spin)
    memory = (spin["bytes"] / spin["states"]) / (backstep["bytes"] / backstep["states"])
    return [str(faults), "backstep to spin", "", "", "",
            f"{spin['seconds'] / max(backstep['seconds'], 0.001):.1f} x", f"{of('states'):.1f} x",
            f"{of('transitions'):.1f} x", f"{memory:.1f} x"]


def print_table(rows):
    widths = [max(len(line[i]) for line in rows) for i in range(len(HEADINGS))]
    for line in rows:
        print("  ".join(cell.ljust(width) if i == 1 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(line, widths))).rstrip())


def main():
    if len(sys.argv) < 2 or not all(arg.isdigit() for arg in sys.argv[2:]):
        sys.exit(__doc__)
    program, budgets = sys.argv[1], [int(arg) for arg in sys.argv[2:]] or [1, 2]
    rows = [HEADINGS]
    with tempfile.TemporaryDirectory() as root:
        for faults in budgets:
            spin, backstep = Spin(root, faults), Backstep(root, program, faults)
            of_spin, of_backstep = measure([spin, backstep])
            if of_spin["outcomes"] != of_backstep["outcomes"]:
                sys.exit(f"bench.py: {faults} faults: SPIN comes to other outcomes than backstep")
            rows.append(row(faults, "spin", of_spin))
            rows.append(row(faults, "backstep", of_backstep))
            rows.append(ratios(faults, of_spin, of_backstep))
            flags = " ".join(["pan", *spin.command[1:]])
    version = run(["spin", "-V"])[0].split()[2]
    print(f"exploration against SPIN {version}: gcc -O2 -DNOFAIR -DSAFETY; {flags}\n")
    print_table(rows)
    print(f"\none thread each; processor time, of {TIMES} runs the fastest; bytes: what grows with the "
          "states\nbackstep keeps 64 bits of a state, none of one that has a single choice, or more "
          "faults than before;\nspin keeps all of each")


if __name__ == "__main__":
    main()
