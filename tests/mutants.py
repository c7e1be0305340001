#!/usr/bin/env python3
"""Breaks the sources on purpose, one patch of tests/mutants/ at a time, and demands that it shows.

    mutants.py [--report FILE] [--jobs N] [--runs N] [--patches DIR] [--work DIR] [NAME...]

Without names: all of them.

Each mutant is built, and held against
1. every scenario but the campaigns;
2. the campaigns, N seeds of each, until one fails;
3. if it survived both, the lockstep with the naive implementation (tests/naive), which also sees
   what one plan and a single world can not show;
4. the explorations of tests/mutants_explore.py, with at most two faults, until one kills.
The campaign's seed is shrunk; and if what comes out is not small, does not fail in the same way, or
fails with the program as it is too, so are the smallest of the scenarios that fail.

A patch begins with lines `key: value`:
    rule: R6 | node | clock
    breaks: what goes wrong, in one sentence
    equivalent: why        nobody can tell it from the original: it must survive
    explore: why           no exploration kills it; whatever else has none must be killed by one

Exit status: 0 every mutant was killed, and by exploration too unless its header says why not, and
every equivalent one survived; 1 not so, or a patch does not apply; 2 bad usage. The report holds no
times and no facts of the machine.
"""
import argparse
import concurrent.futures
import dataclasses
import functools
import json
import os
import pathlib
import queue
import re
import shutil
import sys

import yaml

from mutants_explore import Explorer, Kill
from mutants_report import FEW_CHECKOUTS, FEW_FAULTS, killers, write_report
from mutants_run import BROKEN, ROOT, Trouble, how_it_broke, must, run

SOURCES = ["CMakeLists.txt", "cmake", "core", "runtime", "sim"]
CAMPAIGNS = "campaigns"
KEYS = {"rule", "breaks", "equivalent", "explore"}
RULES = [f"R{n}" for n in range(1, 20)] + ["node", "clock"]
SCENARIOS_SHRUNK = 3  # of those that fail, at most


@dataclasses.dataclass
class Failure:
    """How one run failed. `by`: an invariant, or `expect <key>`; or how the program ended."""
    by: str
    is_violation: bool = False
    file: str = ""
    seed: int = 0
    violated: frozenset = frozenset()  # every invariant that failed, and should not have
    mismatches: tuple = ()             # key, name, expected, actual of each expectation

    def is_same_as(self, first):
        """Whether this shows what `first` has shown: the invariant, or what came instead."""
        if first.is_violation:
            return first.by in self.violated
        return not self.is_violation and first.mismatches[:1] in [(m,) for m in self.mismatches]


@dataclasses.dataclass
class Shrunk:
    faults: int = 0
    checkouts: int = 0
    problem: str = ""  # why it does not count

    @property
    def is_small(self):
        return self.faults <= FEW_FAULTS and self.checkouts <= FEW_CHECKOUTS

    @property
    def rank(self):
        """The less, the better."""
        return bool(self.problem), not self.is_small, self.checkouts, self.faults


@dataclasses.dataclass
class Mutant:
    name: str
    rule: str
    breaks: str
    patch: pathlib.Path
    equivalent: str = ""
    out_of_reach: str = ""    # of exploration: why
    scenarios: list = dataclasses.field(default_factory=list)  # those that failed, once each
    scenario: Failure = None  # the first, or the first violation if there is one
    campaign: str = ""        # the first, by name, that found it
    seeds: int = 0            # that it played until one failed
    campaign_failure: Failure = None
    shrunk: Shrunk = None
    lockstep: list = None     # the events after which the two differ, and in what
    explored: Kill = None     # by an exploration
    explodes: bool = False    # an exploration does not end
    trouble: str = ""

    @property
    def played(self):
        """Whether a scenario or a campaign fails."""
        return bool(self.scenario or self.campaign_failure)

    @property
    def killed(self):
        return bool(self.played or self.lockstep or self.explored)

    @property
    def is_shrunk(self):
        return bool(self.shrunk and not self.shrunk.problem and self.shrunk.is_small)


# ---- the catalogue

def read_mutant(path):
    header = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("--- "):
            break
        if line.strip():
            key, _, value = line.partition(": ")
            header[key] = value.strip()
    wrong = set(header) - KEYS or {"rule", "breaks"} - set(header)
    if wrong or header["rule"] not in RULES:
        raise Trouble(f"{path.name}: its header is not as tests/mutants.py tells")
    return Mutant(path.stem, header["rule"], header["breaks"], path,
                  header.get("equivalent", ""), header.get("explore", ""))


def read_catalogue(patches, names):
    mutants = [read_mutant(path) for path in sorted(patches.glob("*.patch"))]
    unknown = set(names) - {m.name for m in mutants}
    if unknown:
        raise Trouble(f"no such mutant: {', '.join(sorted(unknown))}")
    return [m for m in mutants if not names or m.name in names]


# ---- building

def files_of(folder):
    for part in SOURCES:
        path = folder / part
        yield from ([path] if path.is_file() else
                    (p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [])


class Tree:
    """A copy of the sources, built incrementally: a patch touches a file or two."""

    def __init__(self, path):
        self.path = path
        self.program = self.path / "build" / "backstep"
        self.sync()
        must(["cmake", "-S", self.path, "-B", self.path / "build", "-G", "Ninja",
              "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_COMPILER=gcc",
              "-DCMAKE_C_FLAGS_RELEASE=-O1", "-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF",
              "-DBACKSTEP_TESTS=OFF"], "cmake fails")
        self.build()

    def sync(self):
        """Makes the tree what the sources are; what is the same keeps its time stamp."""
        wanted = {p.relative_to(ROOT): p for p in files_of(ROOT)}
        for path in files_of(self.path):
            if path.relative_to(self.path) not in wanted:
                path.unlink()
        for name, source in wanted.items():
            copy = self.path / name
            if not copy.exists() or copy.read_bytes() != source.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)

    def build(self):
        must(["cmake", "--build", self.path / "build", "--target", "backstep"], "does not build")

    def apply(self, mutant):
        status, output = run(["patch", "-d", self.path, "-p1", "-s", "-F0", "-N",
                              "--no-backup-if-mismatch", "-r", "-", "-i", mutant.patch])
        if status != 0:
            raise Trouble(f"does not apply: {output.strip().splitlines()[0]}")


# ---- playing

@functools.lru_cache(maxsize=None)
def committed(file):
    """A scenario of the repository."""
    return yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))


def size(document):
    """Its checkouts and its faults."""
    checkouts = document.get("checkouts", 1)
    return (checkouts.get("count", 1) if isinstance(checkouts, dict) else checkouts,
            len(document.get("faults") or []))


def unexpected(entry, read):
    """The first way in which a failed run failed: an invariant before an expectation."""
    named = (read(entry["file"]).get("expect") or {}).get("violates") or []
    violated = [v["invariant"] for v in entry["violations"] if v["invariant"] not in named]
    if violated:
        return Failure(violated[0], True, entry["file"], entry["seed"], frozenset(violated))
    mismatches = tuple((m["key"], m["name"], m["expected"], m["actual"])
                       for m in entry["mismatches"])
    return Failure(f"expect {mismatches[0][0] if mismatches else 'violates'}", False,
                   entry["file"], entry["seed"], mismatches=mismatches)


def play(program, report, arguments, read=committed):
    """What failed, in order; how many runs there were."""
    report.unlink(missing_ok=True)
    status, output = run([program, "run", *arguments, "--json", report])
    if status is None:
        return [Failure("does not come to an end")], 0
    if status not in (0, 1):
        if status == 2:
            raise Trouble(f"backstep run {' '.join(arguments)}:\n{output[-2000:]}")
        return [Failure(how_it_broke(output))], 0
    told = json.loads(report.read_text(encoding="utf-8"))
    runs = told["scenarios"]
    failures = [unexpected(entry, read) for entry in runs if entry["verdict"] != "pass"]
    if status == 1 and not failures:  # a campaign in which a promised kind of fault never struck
        failures = [Failure("a promised fault never struck")]
    return failures, len(runs)


def play_scenarios(mutant, program, report):
    areas = [f"scenarios/{p.name}" for p in sorted((ROOT / "scenarios").iterdir())
             if p.is_dir() and p.name != CAMPAIGNS]
    failures, _ = play(program, report, areas)
    if failures:
        mutant.scenarios = list({f.file: f for f in reversed(failures)}.values())
        mutant.scenario = next((f for f in failures if f.is_violation), failures[0])


def campaign_files():
    return sorted(str(p.relative_to(ROOT)) for p in (ROOT / "scenarios" / CAMPAIGNS).rglob("*.yaml")
                  if re.search(r"^scenario:", p.read_text(encoding="utf-8"), re.M))


def play_one_by_one(program, report, file, runs):
    """The program stops: at the first seed that fails, or at one of those that it was ahead by."""
    for seed in range(1, runs + 1):
        failures, _ = play(program, report, [file, "--seed", str(seed), "--runs", "1"])
        if failures:
            return failures, seed
    raise Trouble(f"{file}: the program stops, but not at a seed by itself")


def play_campaigns(mutant, program, report, runs):
    for file in campaign_files():
        failures, played = play(program, report,
                                [file, "--runs", str(runs), "--fail-fast", "--jobs", "1"])
        if failures and failures[0].by in BROKEN:
            failures, played = play_one_by_one(program, report, file, runs)
        if failures:
            mutant.campaign_failure = failures[0]
            mutant.campaign = pathlib.Path(file).stem
            mutant.seeds = played
            return


def shrink_one(failure, program, original, smallest, report):
    """Shrinks what failed, and plays what came out with and without the mutant."""
    def read(_):
        return document
    smallest.parent.mkdir(parents=True, exist_ok=True)
    smallest.unlink(missing_ok=True)
    status, _ = run([program, "shrink", failure.file, "--seed", failure.seed, "-o", smallest])
    if status == 1:
        return Shrunk(problem="by itself this seed passes")
    if status != 0:
        return Shrunk(problem="the program stops when it is shrunk")
    document = yaml.safe_load(smallest.read_text(encoding="utf-8"))
    checkouts, faults = size(document)
    shrunk = Shrunk(faults, checkouts)
    mutated, _ = play(program, report, [smallest], read)
    if not mutated or not mutated[0].is_same_as(failure):
        shrunk.problem = f"fails by {mutated[0].by if mutated else 'nothing'} when it is shrunk"
    elif play(original, report, [smallest], read)[0]:
        shrunk.problem = "the program as it is fails it too"
    return shrunk


def shrink(mutant, program, original, folder, report):
    """The best that comes of the campaign's seed and of the smallest scenarios, in this order."""
    found = [mutant.campaign_failure] if mutant.campaign_failure else []
    scenarios = sorted((f for f in mutant.scenarios if f.file),
                       key=lambda f: (size(committed(f.file))[::-1], f.file))
    found = [f for f in found if f.file] + scenarios[:SCENARIOS_SHRUNK]
    smallest = folder / f"{mutant.name}.yaml"
    tried = folder / f"{mutant.name}.tried.yaml"
    for failure in found:
        shrunk = shrink_one(failure, program, original, tried, report)
        if mutant.shrunk is None or shrunk.rank < mutant.shrunk.rank:
            mutant.shrunk = shrunk
            if tried.exists():
                tried.replace(smallest)
        if mutant.is_shrunk:
            break
    tried.unlink(missing_ok=True)


class Lockstep:
    """tests/naive, compiled once against the core as it is."""
    FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-UNDEBUG", "-O1"]

    def __init__(self, folder):
        self.objects = []
        folder.mkdir(parents=True, exist_ok=True)
        for source in sorted((ROOT / "tests" / "naive").glob("*.c")):
            self.objects.append(folder / f"{source.stem}.o")
            must(["gcc", *self.FLAGS, f"-I{ROOT}", "-c", source, "-o", self.objects[-1]],
                 "the lockstep does not build")

    def finds(self, tree):
        binary = tree.path / "lockstep"
        must(["gcc", *self.FLAGS, f"-I{tree.path}", *sorted((tree.path / "core").glob("*.c")),
              *self.objects, "-lcmocka", "-o", binary], "the lockstep does not build")
        status, output = run(["env", "BACKSTEP_LOCKSTEP_SEED=1", "BACKSTEP_LOCKSTEP_RUNS=2000",
                              binary])
        if status == 0 or not re.search(r"^core and naive differ", output, re.M):
            return None
        told, _, differ = output.partition("\nthey differ in ")
        events = re.findall(r"^ +\d+\. (at \S+)  (.*)$", told, re.M)
        return [f"{event} {time}" for time, event in events] + [differ.partition("\n")[0]]


def judge(mutant, tree, original, lockstep, explorer, options):
    report = tree.path / "report.json"
    try:
        tree.apply(mutant)
        tree.build()
        play_scenarios(mutant, tree.program, report)
        play_campaigns(mutant, tree.program, report, options.runs)
        shrink(mutant, tree.program, original, options.work / "shrunk", report)
        if not mutant.played and mutant.rule.startswith("R"):
            mutant.lockstep = lockstep.finds(tree)
        mutant.explored, mutant.explodes = explorer.find(tree.program, report)
    except Trouble as trouble:
        mutant.trouble = str(trouble)
    finally:
        tree.sync()


# ---- all of them

def complaints(mutants):
    for m in mutants:
        if m.trouble:
            yield f"{m.name}: {m.trouble}"
        elif m.equivalent and m.killed:
            yield f"{m.name} is no equivalent: {'; '.join(killers(m))}"
        elif not m.equivalent and not m.killed:
            yield f"{m.name} survives"
        elif not m.equivalent:
            yield from complaints_of_reach(m)


def complaints_of_reach(m):
    if m.explored and m.out_of_reach:
        yield (f"{m.name} is said to be out of reach, but exploration kills it:"
               f" {m.explored}")
    elif not m.explored and not m.out_of_reach:
        yield f"{m.name}: no exploration kills it, and no line `explore:` says why"


def judge_all(mutants, options):
    jobs = max(1, min(options.jobs, len(mutants)))
    first = Tree(options.work / "tree-0")
    original = options.work / "backstep"
    shutil.copy(first.program, original)
    baseline = Mutant("the program as it is", "", "", None)
    play_scenarios(baseline, original, options.work / "report.json")
    play_campaigns(baseline, original, options.work / "report.json", options.runs)
    if baseline.killed:
        failure = baseline.scenario or baseline.campaign_failure
        raise Trouble(f"the program as it is fails {failure.file} by {failure.by}")
    trees = queue.SimpleQueue()
    trees.put(first)
    for number in range(1, jobs):
        trees.put(Tree(options.work / f"tree-{number}"))
    lockstep = Lockstep(options.work / "naive")
    explorer = Explorer(original, options.work / "report.json")

    def one(mutant):
        tree = trees.get()
        try:
            judge(mutant, tree, original, lockstep, explorer, options)
        finally:
            trees.put(tree)
        print(f"{mutant.name}: {'; '.join(killers(mutant)) or mutant.trouble or 'survives'}",
              flush=True)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, mutants))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--report", metavar="FILE")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--patches", type=pathlib.Path, default=ROOT / "tests" / "mutants")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "mutants")
    return parser.parse_args()


def main():
    options = parse_arguments()
    try:
        mutants = read_catalogue(options.patches, options.names)
        judge_all(mutants, options)
    except Trouble as trouble:
        sys.exit(f"mutants: {trouble}")
    if options.report:
        write_report(options.report, mutants, options.runs)
    wrong = list(complaints(mutants))
    print(f"{len([m for m in mutants if m.killed and not m.equivalent])} of "
          f"{len([m for m in mutants if not m.equivalent])} mutants killed")
    for complaint in wrong:
        print(f"mutants: {complaint}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
