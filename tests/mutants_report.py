"""Tells what was found out about the mutants: in a line each, and in reports/mutants.md."""
import collections
import pathlib

from mutants_explore import EXPLORATIONS, OTHER_OUTCOMES

FEW_FAULTS, FEW_CHECKOUTS = 3, 1  # what a counterexample should not need more of


def killers(mutant):
    if mutant.scenario:
        count = f"{len(mutant.scenarios)}, " if mutant.scenario.file else ""
        yield f"scenarios: {count}`{mutant.scenario.by}`"
    if mutant.campaign_failure:
        yield f"campaign: {mutant.campaign}, `{mutant.campaign_failure.by}` after {mutant.seeds}"
    if mutant.lockstep:
        yield "lockstep"
    if mutant.explored:
        yield f"exploration: {mutant.explored}"


def told(failure, where):
    return f"{where}: `{failure.by}`" if failure.file else f"`{failure.by}`"


def row(mutant):
    scenarios = told(mutant.scenario, len(mutant.scenarios)) if mutant.scenario else \
        "lockstep" if mutant.lockstep else "-"
    campaign = told(mutant.campaign_failure, f"{mutant.campaign}, {mutant.seeds}") \
        if mutant.campaign_failure else "-"
    shrunk = f"{mutant.shrunk.faults}, {mutant.shrunk.checkouts}" \
        if mutant.shrunk and not mutant.shrunk.problem else "-"
    exploration = mutant.explored or ("explodes" if mutant.explodes else "-")
    return (f"| `{mutant.name}` | {mutant.rule} | {mutant.breaks} | {scenarios} | {campaign} | "
            f"{shrunk} | {exploration} |")


def counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def why_not_shrunk(mutant):
    if mutant.lockstep:
        *events, differ = mutant.lockstep
        return (f"the lockstep only. After {counted(len(events), 'event')}"
                f" ({'; '.join(events)}): {differ}")
    if mutant.shrunk is None:
        failure = mutant.scenario or mutant.campaign_failure
        return f"{failure.by} only" if failure else "nothing notices it"
    if mutant.shrunk.problem:
        return mutant.shrunk.problem
    return (f"{counted(mutant.shrunk.faults, 'fault')},"
            f" {counted(mutant.shrunk.checkouts, 'checkout')}")


def section(title, about, lines):
    return [f"## {title}", "", about, "", *(lines or ["None."]), ""]


def median(numbers):
    return sorted(numbers)[len(numbers) // 2] if numbers else 0


def explored_lines(real):
    kills = [m.explored for m in real if m.explored]
    violations = [k for k in kills if k.is_violation]
    others = [k for k in kills if k.by == OTHER_OUTCOMES]
    steps = [k.steps for k in violations]
    return [
        f"- {len(kills)} of {len(real)} by explorations of at most 2 faults:"
        f" {len(violations)} by an invariant, {len(others)} by other outcomes,"
        f" {len(kills) - len(violations) - len(others)} because the program stops; steps of the"
        f" shortest story: median {median(steps)}, most {max(steps, default=0)}"]


def explorations_section(real):
    first = collections.Counter(m.explored.exploration for m in real if m.explored)
    return ["## Explorations", "", "In this order, until one kills.", "",
            "| exploration | command | killed |", "|---|---|---|",
            *(f"| {e.name} | `{e.command}` | {first[e.name]} |" for e in EXPLORATIONS), ""]


def write_report(path, mutants, runs):
    real = [m for m in mutants if not m.equivalent]
    killed = [m for m in real if m.killed]
    found = [m for m in real if m.campaign_failure]
    only = [m for m in found if not m.scenario]
    small = [m for m in real if m.is_shrunk]
    lines = [
        "# Mutants", "",
        "Written by `./dev mutants`; do not edit. Each patch of `tests/mutants/` breaks the",
        "sources in one way, and something must notice: a scenario, a campaign, the lockstep with",
        "the naive implementation, or an exploration.", "",
        f"- {len(killed)} of {len(real)} mutants killed"
        f" ({100 * len(killed) // len(real) if real else 0} %)",
        f"- {len([m for m in real if m.scenario])} by scenarios",
        f"- {len(found)} by campaigns of {runs} seeds a file,"
        f" {len(only)} of them by campaigns only; seeds to kill:"
        f" median {median([m.seeds for m in found])},"
        f" most {max([m.seeds for m in found], default=0)}",
        f"- {len([m for m in real if m.lockstep])} by the lockstep only",
        f"- {len(small)} of {len(real)} shrunk to at most {FEW_FAULTS} faults and"
        f" {FEW_CHECKOUTS} checkout",
        *explored_lines(real), "",
        "*scenarios*: how many fail, and the first invariant or expectation that tells.",
        "*campaign*: the first, by name, that finds it, the seeds that it plays until one fails,",
        "and by what. *shrunk*: faults and checkouts of the smallest scenario that was made of it,",
        "fails in the same way, and passes with the program as it is. *exploration*: the first that",
        "tells it from the original; the invariant, or how many outcomes are new and how many gone;",
        "by how many faults at the least; and how long the shortest story of a violation is.", "",
        "| mutant | rule | breaks | scenarios | campaign | shrunk | exploration |",
        "|---|---|---|---|---|---|---|",
        *(row(m) for m in real), ""]
    lines += section("Survivors", "Nothing notices them.",
                     [f"- `{m.name}`: {m.breaks}" for m in real if not m.killed])
    lines += section("Only campaigns", "They pass every scenario.",
                     [f"- `{m.name}`: `{m.campaign_failure.by}` after {m.seeds} seeds of"
                      f" {m.campaign}" for m in only])
    lines += section("Equivalent", "Nobody can tell them from the original; they do not count.",
                     [f"- `{m.name}`: {m.breaks} {m.equivalent}" for m in mutants if m.equivalent])
    lines += section("Not shrunk", f"Not to at most {FEW_FAULTS} faults and {FEW_CHECKOUTS}"
                     " checkout that fail in the same way.",
                     [f"- `{m.name}`: {why_not_shrunk(m)}" for m in real if not m.is_shrunk])
    lines += explorations_section(real)
    lines += section("Out of reach of exploration", "No exploration above tells them from the"
                     " original.", [f"- `{m.name}`: {m.out_of_reach}" for m in real
                                    if not m.explored])
    pathlib.Path(path).write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
