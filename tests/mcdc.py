#!/usr/bin/env python3
"""Modified condition/decision coverage of FOLDER by the tests of tests/FOLDER alone.

    mcdc.py [--report DIR] FOLDER [PROVIDER...]

In a decision of several conditions, each condition must be seen to decide: two of the times that
the tests came by differ in what it was and in what came out, and in nothing else that was
evaluated. A decision of one condition is what branch coverage asks for (tests/coverage.sh).
Assertions are no decisions: they are for us, and hold.

Where a condition can not be seen to decide, its line, or a comment right above it, says why:
    /* MC/DC: why this can not be */
One such comment justifies one condition, and one that justifies none is a fault too.

FOLDER is compiled as it ships, but for the counters, and linked to each tests/FOLDER/*_test.c, to
what lies beside those, and to the PROVIDER folders, which are not measured. First the script shows
on small programs that it would notice. It takes the newest clang from 19 on: clang 18 counts no
decision of more than six conditions.

With --report: DIR/index.html shows each decision and the cases that it has seen.
Exit status: 0 every condition decides or is justified, or there is no such clang; 1 not so, or it
could not be measured; 2 bad usage.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
CLANG_MIN, CLANG_MAX = 19, 40
COUNTERS = ["-fprofile-instr-generate", "-fcoverage-mapping", "-fcoverage-mcdc"]
CONDITION = 6  # the kind of a branch that is a condition of a decision, in what llvm-cov exports
JUSTIFICATION = re.compile(r"/\*\s*MC/DC:\s*[^\s*].*?\*/", re.DOTALL)


class Trouble(Exception):
    """Nothing was measured: it does not compile, or a test fails."""


@dataclasses.dataclass(frozen=True)
class Tools:
    """Of one version of LLVM."""
    clang: str
    profdata: str
    cov: str


@dataclasses.dataclass(frozen=True)
class Place:
    """From a character to the one behind the last; lines and columns from 1."""
    line: int
    column: int
    end_line: int
    end_column: int

    def holds(self, other):
        return ((self.line, self.column) <= (other.line, other.column) and
                (other.end_line, other.end_column) <= (self.end_line, self.end_column))


@dataclasses.dataclass
class Decision:
    file: pathlib.Path
    place: Place
    decides: list     # of each condition in the source's order: was it seen to decide?
    conditions: list  # the place of each


@dataclasses.dataclass
class Verdict:
    pairs: int = 0
    covered: int = 0
    justified: int = 0
    problems: list = dataclasses.field(default_factory=list)


def find_tools():
    for suffix in [f"-{n}" for n in range(CLANG_MAX, CLANG_MIN - 1, -1)] + [""]:
        names = ["clang" + suffix, "llvm-profdata" + suffix, "llvm-cov" + suffix]
        if not all(map(shutil.which, names)):
            continue
        said = subprocess.run([names[0], "-dumpversion"], capture_output=True, text=True).stdout
        version = re.match(r"\d+", said)
        if version and int(version[0]) >= CLANG_MIN:
            return Tools(*names)
    return None


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise Trouble(f"{done.stdout}{done.stderr}{' '.join(map(str, command))}: "
                      f"exit {done.returncode}")
    return done


def compile_one(tools, source, target, counters=()):
    said = run([tools.clang, "-std=c11", "-O0", "-g", "-UNDEBUG", "-D_GNU_SOURCE", f"-I{ROOT}",
                f'-DBACKSTEP_SOURCE_DIR="{ROOT}"', '-DBACKSTEP_VERSION=""', *counters, "-c", source,
                "-o", target]).stderr
    if "unsupported MC/DC" in said:  # a warning that no -Werror turns into an error
        raise Trouble(f"{said}write it without a decision inside a condition: it is not counted")


def compile_all(tools, pool, sources, folder, counters=()):
    """The objects, in the order of the sources."""
    folder.mkdir(parents=True)
    objects = [folder / f"{source.stem}.o" for source in sources]
    list(pool.map(lambda pair: compile_one(tools, *pair, counters), zip(sources, objects)))
    return objects


def link_and_run(tools, objects, binary):
    """Leaves the counters beside the binary."""
    run([tools.clang, "-fprofile-instr-generate", *objects, "-lcmocka", "-o", binary])
    run([binary], cwd=ROOT, env={**os.environ, "LLVM_PROFILE_FILE": f"{binary}.profraw"})


def merged(tools, binaries, folder):
    """How llvm-cov is told of these binaries and of what their runs have counted."""
    profile = folder / "all.profdata"
    run([tools.profdata, "merge", *[f"{binary}.profraw" for binary in binaries], "-o", profile])
    return ["-instr-profile", profile, *[word for b in binaries for word in ("-object", b)]]


def decisions_of(tools, counts):
    """An inline function of a header is there once for each file that has it: what one of them has
    seen is seen."""
    found = {}
    exported = run([tools.cov, "export", *counts])
    if exported.stderr:  # it leaves out what it can not tell apart
        raise Trouble(exported.stderr)
    for function in json.loads(exported.stdout)["data"][0]["functions"]:
        file = pathlib.Path(function["filenames"][0])
        conditions = [Place(*branch[:4]) for branch in function["branches"]
                      if branch[-1] == CONDITION]
        for record in function["mcdc_records"]:
            place = Place(*record[:4])
            decides = next(field for field in record if isinstance(field, list))
            known = found.setdefault((file, place), Decision(
                file, place, [False] * len(decides), sorted(
                    {c for c in conditions if place.holds(c)}, key=dataclasses.astuple)))
            known.decides = [a or b for a, b in zip(known.decides, decides)]
    return sorted(found.values(), key=lambda d: (d.file, dataclasses.astuple(d.place)))


def text_at(lines, place):
    last = lines[place.end_line - 1]
    if place.line == place.end_line:
        return last[place.column - 1:place.end_column - 1]
    words = [lines[place.line - 1][place.column - 1:], *lines[place.line:place.end_line - 1],
             last[:place.end_column - 1]]
    return " ".join(word.strip() for word in words)


def is_assertion(lines, decision):
    """It is found where the macro stands."""
    return re.match(r"assert\s*\(", lines[decision.place.line - 1][decision.place.column - 1:])


def justified_lines(source):
    """Line that is justified -> line of the comment that does."""
    lines = {}
    for comment in JUSTIFICATION.finditer(source):
        before, upto = source[:comment.start()], source[:comment.end()]
        first = before.count("\n") + 1
        is_beside_code = before[before.rfind("\n") + 1:].strip() != ""
        lines[first if is_beside_code else upto.count("\n") + 2] = first
    return lines


def judge_file(verdict, file, decisions, name):
    source = file.read_text()
    lines = source.splitlines()
    justified = justified_lines(source)
    for decision in decisions:
        if is_assertion(lines, decision):
            continue
        is_mapped = len(decision.conditions) == len(decision.decides)  # not behind a macro
        for i, decides in enumerate(decision.decides):
            place = decision.conditions[i] if is_mapped else decision.place
            verdict.pairs += 1
            if decides:
                verdict.covered += 1
            elif justified.pop(place.line, None):
                verdict.justified += 1
            else:
                text = text_at(lines, place) or "in a macro"
                verdict.problems.append(
                    f"{name}:{place.line}:{place.column}: condition {i + 1} of "
                    f"{len(decision.decides)} is never seen to decide: {text}")
    for line in justified.values():
        verdict.problems.append(f"{name}:{line}: this justifies no condition: remove it")


def judge(decisions, files):
    """What is inlined from elsewhere is judged there."""
    verdict = Verdict()
    for file in files:
        name = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file.name
        judge_file(verdict, file, [d for d in decisions if d.file == file], name)
    return verdict


def measure(tools, pool, folder, providers, report, work):
    measured, tests = ROOT / folder, ROOT / "tests" / folder
    objects = compile_all(tools, pool, sorted(measured.glob("*.c")), work / "measured", COUNTERS)
    for i, provider in enumerate(providers):
        objects += compile_all(tools, pool, sorted((ROOT / provider).glob("*.c")),
                               work / f"provider-{i}")
    test_objects = compile_all(tools, pool, sorted(tests.glob("*.c")), work / "tests")
    mains = [o for o in test_objects if o.stem.endswith("_test")]
    objects += [o for o in test_objects if o not in mains]
    binaries = [main.with_suffix("") for main in mains]
    list(pool.map(lambda pair: link_and_run(tools, [pair[0], *objects], pair[1]),
                  zip(mains, binaries)))
    counts = merged(tools, binaries, work)
    if report:
        run([tools.cov, "show", "--format=html", "--show-mcdc", "--show-branches=count",
             "--show-mcdc-summary", f"--output-dir={report}", *counts])
    return judge(decisions_of(tools, counts), sorted(measured.glob("*.[ch]")))


# What must be noticed: a name, a program, and what is said of it; None: nothing is.
BOTH = "static int both(int a, int b) { return a && b; }\n"
EITHER = "static int either(int a, int b, int c) { return (a && b) || c; }\n"
NOTICED = [
    ("what is covered", BOTH + "int main(void) { both(1, 1), both(1, 0), both(0, 1); }", None),
    ("a missing case", BOTH + "int main(void) { both(1, 1), both(0, 1); }", "condition 2 of 2"),
    ("a function that is not run",
     BOTH + "int main(int n, char **v) { (void)v; return n < 0 ? both(1, 1) : 0; }",
     "condition 1 of 2"),
    ("a condition that has no effect though every branch is taken",
     EITHER + "int main(void) { either(1, 1, 0), either(0, 1, 0), either(1, 0, 1); }",
     "condition 2 of 3 is never seen to decide: b"),
    ("a constant", "int main(int n, char **v) { (void)v; return n && sizeof(int) < 2; }",
     "condition 2 of 2"),
    ("a decision inside a condition",
     "static int not(int a) { return !a; }\n"
     "int main(int n, char **v) { return !v && not(n || !v); }",
     "not counted"),
    ("an assertion", "#include <assert.h>\nint main(int n, char **v) { assert(n && v); }", None),
    ("a decision beside an assertion",
     "#include <assert.h>\nint main(int n, char **v) { assert(n); return !n && v; }",
     "condition 1 of 2"),
    ("a justification of another condition", "int main(int n, char **v) { (void)v;\n"
     "    return n > 1 &&\n        /* MC/DC: nothing is as small */\n        n < 0; }",
     "a.c:2:12: condition 1 of 2"),
    ("two justifications", "int main(int n, char **v) { (void)v;\n"
     "    return n > 1 && /* MC/DC: it has one argument */\n"
     "        /* MC/DC: nothing\n         * is as small */\n        n < 0; }", None),
    ("a justification without a reason", "int main(int n, char **v) { (void)v;\n"
     "    return n > 0 &&\n        n < 0; /* MC/DC: */ }", "condition 2 of 2"),
    ("one justification for two", "int main(int n, char **v) { (void)v;\n"
     "    return n > 1 && n < 0; /* MC/DC: nothing is as small */ }", "condition 2 of 2"),
    ("a justification of nothing",
     BOTH + "/* MC/DC: none */\nint main(void) { both(1, 1), both(1, 0), both(0, 1); }",
     "a.c:2: this justifies no condition"),
]


def would_notice(tools, work, example):
    name, program, expected = example
    folder = work / name.replace(" ", "-")
    folder.mkdir()
    source, target, binary = folder / "a.c", folder / "a.o", folder / "a"
    source.write_text(program + "\n")
    try:
        compile_one(tools, source, target, ["-w", *COUNTERS])
        run([tools.clang, "-fprofile-instr-generate", target, "-o", binary])
        subprocess.run([binary], env={"LLVM_PROFILE_FILE": f"{binary}.profraw"})
        said = judge(decisions_of(tools, merged(tools, [binary], folder)), [source]).problems
    except Trouble as trouble:
        said = [str(trouble)]
    if (expected is None) != (said == []) or not any((expected or "") in s for s in said or [""]):
        raise Trouble(f"mcdc.py misjudges {name}: " + ("; ".join(said) or "it says nothing"))


def main():
    parser = argparse.ArgumentParser(usage="%(prog)s [--report DIR] FOLDER [PROVIDER...]")
    parser.add_argument("--report", type=pathlib.Path)
    parser.add_argument("folder")
    parser.add_argument("providers", nargs="*")
    options = parser.parse_args()
    if not any((ROOT / "tests" / options.folder).glob("*_test.c")):
        parser.error(f"tests/{options.folder}/ has no *_test.c")
    tools = find_tools()
    if tools is None:
        print(f"mc/dc of {options.folder}/: skipped; it needs clang {CLANG_MIN} or newer with its "
              "llvm-profdata and llvm-cov")
        return 0
    with tempfile.TemporaryDirectory() as work, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        work = pathlib.Path(work)
        try:
            list(pool.map(lambda example: would_notice(tools, work, example), NOTICED))
            verdict = measure(tools, pool, options.folder, options.providers, options.report, work)
        except Trouble as trouble:
            print(trouble, file=sys.stderr)
            return 1
    for problem in verdict.problems:
        print(problem, file=sys.stderr)
    share = 100 * (verdict.covered + verdict.justified) // max(verdict.pairs, 1)
    print(f"mc/dc of {options.folder}/: {share} % ({verdict.covered} of {verdict.pairs} condition "
          f"pairs, {verdict.justified} justified)")
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
