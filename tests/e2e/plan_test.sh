#!/usr/bin/env bash
# backstep plan, and the plan that is printed and loaded back.
. "$(dirname "$0")/lib.sh"

testing "the built-in plan"
runs 0 plan
says out "checkout, version 1: 9 steps, 7 compensations, to be done in 20m"
cp "$tmp/out" "$tmp/built-in"
runs 0 plan checkout
same out built-in
says out "in doubt  restock_inventory, [cancel_shipment], refund_payment, cancel_payment"

testing "printed, loaded back and printed, it is the same"
runs 0 plan --format yaml
cp "$tmp/out" "$tmp/plan.yaml"
runs 0 plan "$tmp/plan.yaml"
same out built-in
runs 0 plan "$tmp/plan.yaml" --format yaml
same out plan.yaml
runs 0 check "$tmp/plan.yaml"
says out "0 scenarios, 1 plan: all well"

testing "a plan of one's own, and a scenario's"
runs 0 plan scenarios/travel/trip.yaml
says out "void_ticket"
scenario override.yaml 'scenario: less time' 'override: {deadline: 7m}'
runs 0 plan "$tmp/override.yaml"
says out "to be done in 7m"
runs 2 plan tests/broken/plan-unknown-key.yaml
says err "plan-unknown-key.yaml:"

testing "graphs"
runs 0 plan --format dot
says out "digraph checkout {"
if command -v dot >/dev/null; then
    dot -Tsvg "$tmp/out" >/dev/null || complain "Graphviz refuses it"
fi
runs 0 plan --format mermaid
says out "flowchart LR"

# Every scenario of the built-in plan, pointed to the printed one, gives the same hash.
testing "the whole suite on the printed plan"
python3 - scenarios "$tmp/copy" "$tmp/plan.yaml" <<'END' || complain "the copies"
import pathlib, re, sys
source, target, plan = map(pathlib.Path, sys.argv[1:])
copied = 0
for path in sorted(source.rglob("*.yaml")):
    text = path.read_text()
    if not re.search(r"^scenario:", text, re.M):
        continue
    if re.search(r"^plan:(?! *checkout *(#.*)?$)", text, re.M):
        continue
    text = re.sub(r"^plan:.*\n", "", text, flags=re.M)
    copy = target / path.relative_to(source)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text.rstrip("\n") + "\nplan: %s\n" % plan)
    copied += 1
assert copied > 100, copied
END
runs 0 run "$tmp/copy" --json "$tmp/printed"
runs 0 run scenarios --json "$tmp/own"
python3 - "$tmp/own" "$tmp/printed" "$tmp/copy" <<'END' || complain "other hashes"
import json, os, sys
def hashes(name, root):
    runs = json.load(open(name))["scenarios"]
    return {(os.path.relpath(r["file"], root), r["seed"]): r["hash"] for r in runs}
own, printed = hashes(sys.argv[1], "scenarios"), hashes(sys.argv[2], sys.argv[3])
assert printed
different = [pair for pair, value in printed.items() if own[pair] != value]
assert not different, different
END

conclude
