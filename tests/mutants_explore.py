"""Holds a mutant against explorations: every interleaving within a budget of at most two faults.

The explorations stand in EXPLORATIONS, the cheapest first; the first that kills is told. One kills
when an invariant is violated, when the program stops, or when the outcomes that checkouts can have
are not those of the original.
"""
import dataclasses
import json
import pathlib

from mutants_run import Trouble, how_it_broke, run

FOLDER = pathlib.PurePath("tests/explorations")
MEMORY = "256M"  # many times what the original takes of any of them
LIMIT_S = 300    # only for what never ends: memory, not time, bounds what grows
COMPLETE, VIOLATION = "complete", "violation"
OTHER_OUTCOMES = "other outcomes"


@dataclasses.dataclass(frozen=True)
class Exploration:
    name: str
    arguments: tuple

    @property
    def command(self):
        return " ".join(["backstep", "explore", *self.arguments])


def scenario(name):
    return str(FOLDER / f"{name}.yaml")


EXPLORATIONS = [
    Exploration("one fault", ("--faults", "1")),
    Exploration("in a hurry", (scenario("hurried"), "--faults", "1")),
    Exploration("two checkouts", ("--checkouts", "2", "--faults", "1")),
    Exploration("out of stock", (scenario("out-of-stock"), "--faults", "2")),
    Exploration("little time", (scenario("little-time"), "--faults", "2")),
    Exploration("two faults", (scenario("plain"), "--faults", "2")),
    Exploration("travel", ("scenarios/travel/trip.yaml", "--faults", "2")),
    Exploration("no tombstones", (scenario("no-tombstones"), "--faults", "2")),
]


@dataclasses.dataclass
class Kill:
    """What an exploration shows of a mutant, and by how many faults, at the least."""
    exploration: str
    by: str                 # an invariant, OTHER_OUTCOMES, or how the program ended
    faults: int = 0
    steps: int = 0          # of the story, if an invariant is violated
    is_violation: bool = False
    new: int = 0            # outcomes that the original does not have
    gone: int = 0           # outcomes that only the original has

    def __str__(self):
        faults = "1 fault" if self.faults == 1 else f"{self.faults} faults"
        if self.is_violation:
            return f"{self.exploration}: `{self.by}` by {faults} in {self.steps} steps"
        if self.by == OTHER_OUTCOMES:
            return f"{self.exploration}: {self.by} by {faults}, +{self.new} -{self.gone}"
        return f"{self.exploration}: {self.by}"


def outcomes_of(told):
    """Every outcome, and the fewest faults that bring it about."""
    return {(o["status"], o["reason"], o["compensation"], *o["undone"]): o["faults"]
            for o in told["outcomes"]}


def explore(program, exploration, report):
    """What the exploration tells; or how the program ended, in words; None: it does not end."""
    report.unlink(missing_ok=True)
    status, output = run([program, "explore", *exploration.arguments, "--jobs", "1",
                          "--memory", MEMORY, "--json", report], limit=LIMIT_S)
    if status is None:
        return None
    if status == 2 or (status == 1 and not report.exists()):
        raise Trouble(f"{exploration.command}:\n{output[-2000:]}")
    if status not in (0, 1):
        return how_it_broke(output)
    told = json.loads(report.read_text(encoding="utf-8"))
    return told if told["end"] in (COMPLETE, VIOLATION) else None


class Explorer:
    """Knows what the original does."""

    def __init__(self, original, report):
        self.outcomes = {}
        for exploration in EXPLORATIONS:
            told = explore(original, exploration, report)
            if not isinstance(told, dict) or told["end"] != COMPLETE:
                raise Trouble(f"the program as it is: {exploration.command} does not pass")
            self.outcomes[exploration.name] = outcomes_of(told)

    def find(self, program, report):
        """The first that kills, or None; and whether one of those before it did not end."""
        explodes = False
        for exploration in EXPLORATIONS:
            told = explore(program, exploration, report)
            kill = self.judge(exploration, told)
            if kill:
                return kill, explodes
            explodes = explodes or told is None
        return None, explodes

    def judge(self, exploration, told):
        if told is None:
            return None
        if isinstance(told, str):
            return Kill(exploration.name, told)
        if told["end"] == VIOLATION:
            path = told["violation"]["path"]
            return Kill(exploration.name, told["violation"]["invariant"], steps=len(path),
                        faults=sum(step["fault"] for step in path), is_violation=True)
        return self.compare(exploration, outcomes_of(told))

    def compare(self, exploration, outcomes):
        known = self.outcomes[exploration.name]
        new, gone = outcomes.keys() - known.keys(), known.keys() - outcomes.keys()
        if not new and not gone:
            return None
        faults = min([outcomes[o] for o in new] + [known[o] for o in gone])
        return Kill(exploration.name, OTHER_OUTCOMES, faults, new=len(new), gone=len(gone))
