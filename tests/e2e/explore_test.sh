#!/usr/bin/env bash
# backstep explore: every interleaving within a budget of faults, from outside.
. "$(dirname "$0")/lib.sh"

testing "without a fault there is one way to end"
runs 0 explore --faults 0
says out "plan checkout, version 1: 1 checkout, at most 0 faults;"
says out "with 1 outcome"
says out "pass        every interleaving was explored, and every invariant held"
lines err 0
runs 0 explore checkout --faults 0 --lines
is "$(cat "$tmp/out")" "COMPLETED - none -"
says err "pass  "

testing "one fault: it holds, and the outcomes are the same whatever the threads"
runs 0 explore --lines --jobs 1
cp "$tmp/out" "$tmp/one"
runs 0 explore --lines --jobs 2
same one out
LC_ALL=C sort -u "$tmp/out" >"$tmp/sorted"
same sorted out
says out "FAILED payment_failed done release_inventory,cancel_order"
says out "FAILED cancelled done -"
says out "EXPIRED timeout done cancel_order"

testing "the outcomes as a table"
runs 0 explore --outcomes
says out " faults        ends  outcome "
grep -qE '^      0 +[0-9,]+  COMPLETED$' "$tmp/out" || complain "COMPLETED takes no fault"
grep -qE '^      1 +[0-9,]+  FAILED payment_failed +release_inventory, cancel_order$' "$tmp/out" ||
    complain "FAILED payment_failed takes one"

testing "JSON: the same on every machine but for one object"
runs 0 explore --json "$tmp/json" --jobs 1
is "$(json json '(it["version"], it["plan"], it["faults"], it["end"], it["violation"])')" \
    "(1, 'checkout', 1, 'complete', None)"
is "$(json json 'sorted(it["flags"].items())')" "[('coupon', 'both'), ('ships', 'both')]"
is "$(json json 'sorted(it["machine"])')" "['frontier_max', 'jobs', 'memory_bytes', 'wall_ns']"
is "$(json json '[o["faults"] for o in it["outcomes"] if o["status"] == "COMPLETED"]')" "[0]"
is "$(json json 'all(o["ends"] > 0 for o in it["outcomes"])')" True
is "$(json json '"all-closed" in it["invariants"]')" True
json json 'it.pop("machine") and sorted(it.items())' >"$tmp/first"
runs 0 explore --json - --jobs 2
cp "$tmp/out" "$tmp/json"
json json 'it.pop("machine") and sorted(it.items())' >"$tmp/second"
same first second
says err "pass  "

testing "of a scenario: its flags, its overrides; and what has no part in it"
scenario shipped.yaml 'scenario: it ships' 'checkouts: {count: 1, ships: 100%, coupon: 50%}' \
    'override: {deadline: 10m}' 'nodes: 2' 'expect: {status: COMPLETED}' \
    'faults: [{on: create_order, lose: reply}]'
runs 0 explore "$tmp/shipped.yaml" --json "$tmp/json"
says err "of $tmp/shipped.yaml these keys have no part in it: faults, nodes, expect"
lines err 1
is "$(json json 'sorted(it["flags"].items())')" "[('coupon', 'both'), ('ships', 'always')]"

testing "two checkouts that compete for the last unit"
scenario two.yaml 'scenario: two buyers' 'checkouts: 2'
runs 0 explore "$tmp/two.yaml" --faults 0 --lines
says out "COMPLETED - none -"
says out "FAILED inventory_failed done cancel_order"
runs 0 explore "$tmp/two.yaml" --faults 0 --checkouts 1 --lines
lines out 1
scenario stocked.yaml 'scenario: two buyers, two units' 'checkouts: 2' \
    'services: {inventory: {stock: 2}}'
runs 0 explore "$tmp/stocked.yaml" --faults 0 --lines
lines out 1

testing "a plan of one's own"
runs 0 explore scenarios/travel/trip.yaml
says out "plan trip, version"

testing "a violation: the story, and a scenario that replays it"
scenario forgetful.yaml 'scenario: a forgetful bank' 'services: {payment: {idempotent: false}}'
runs 1 explore "$tmp/forgetful.yaml" -o "$tmp/broken.yaml" --json "$tmp/json"
says out "FAIL        one-effect-per-call was violated"
says out "violated    one-effect-per-call"
says out "authorize_payment #1"
says out "replay      backstep run $tmp/broken.yaml"
grep -qE '^! +[0-9]+ ' "$tmp/out" || complain "no fault is marked"
is "$(json json 'it["violation"]["invariant"]')" one-effect-per-call
is "$(json json 'it["violation"]["scenario"]')" "$tmp/broken.yaml"
is "$(json json 'sum(c["fault"] for c in it["violation"]["path"])')" 1
says broken.yaml "# made by   backstep explore $tmp/forgetful.yaml --faults 1 --checkouts 1"
runs 0 check "$tmp/broken.yaml"
runs 1 run "$tmp/broken.yaml" --json "$tmp/json"
is "$(json json '[v["invariant"] for v in it["scenarios"][0]["violations"]]')" \
    "['one-effect-per-call']"

testing "without -o the scenario is among the text"
runs 1 explore "$tmp/forgetful.yaml"
says out 'scenario: "explored: one-effect-per-call"'
says out "replay      backstep run FILE"

testing "with -o - it alone is on standard output"
runs 1 explore "$tmp/forgetful.yaml" -o -
grep -v '^#' "$tmp/out" >"$tmp/piped.yaml"
grep -v '^#' "$tmp/broken.yaml" >"$tmp/written.yaml"
same piped.yaml written.yaml
says err "violated    one-effect-per-call"

testing "nothing is violated: nothing is written, and what was there stays"
echo kept >"$tmp/kept.yaml"
runs 0 explore --faults 0 -o "$tmp/kept.yaml"
is "$(cat "$tmp/kept.yaml")" kept

testing "only the invariants that are asked for"
runs 0 explore "$tmp/forgetful.yaml" --invariant all-closed --invariant stock-conserved
says out "judged      stock-conserved, all-closed"

testing "late money without tombstones takes three faults"
scenario late.yaml 'scenario: a bank without tombstones' \
    'services: {payment: {tombstones: false}}'
runs 1 explore "$tmp/late.yaml" --faults 3 -o "$tmp/broken.yaml"
says out "violated    failed-leaves-nothing"
runs 1 run "$tmp/broken.yaml" --json "$tmp/json"
is "$(json json '[v["invariant"] for v in it["scenarios"][0]["violations"]]')" \
    "['failed-leaves-nothing']"

testing "a plan file is named from where the scenario is written to"
mkdir -p "$tmp/plans" "$tmp/found"
cp scenarios/travel/trip.yaml "$tmp/plans/trip.yaml"
scenario plans/card.yaml 'scenario: a forgetful card' 'plan: ./trip.yaml' \
    'services: {card: {idempotent: false}}'
runs 1 explore "$tmp/plans/card.yaml" -o "$tmp/found/broken.yaml"
says found/broken.yaml "plan: ../plans/trip.yaml"
runs 1 run "$tmp/found/broken.yaml"

testing "bounds: one that was asked for is no failure, one that was needed is"
runs 0 explore --until-depth 5
says out "not complete: there is more beyond 5 choices (--until-depth)"
runs 1 explore --faults 3 --memory 1M
says out "unfinished  "
says out "not complete: there is more than 1.0 MiB can hold"

testing "a signal ends it, and what is known is told"
env --default-signal=INT "$backstep" explore --faults 6 --memory 512M >"$tmp/out" 2>"$tmp/err" &
pid=$!
sleep 0.5
kill -INT $pid
wait $pid
is $? 130
says out "not complete: interrupted"

testing "wrong use"
for bad in --faults=16 --faults=-1 --faults=x --checkouts=0 --checkouts=3 --jobs=0 --jobs=65 \
    --until-depth=0 --memory=1 --memory=0G --memory=12Q --memory=G --memory=99999999999G; do
    runs 2 explore "$bad"
    lines out 0
    lines err 2
done
runs 2 explore --memory 12Q
says err 'takes a size of at least 1M, such as 512M or 4G, not `12Q`'
runs 2 explore --invariant all-close
says err 'there is no invariant `all-close`; did you mean `all-closed`?'
runs 2 explore --invariant backoff-respected
says err 'an exploration does not judge `backoff-respected`; `backstep run` does'
runs 2 explore --lines --json -
says err "only one thing can be written to standard output"
runs 2 explore "$tmp/no-such.yaml"
runs 2 explore checkout scenarios
runs 2 explore --faults 0 -o "$tmp/no/such/folder.yaml"
says err "cannot write"
scenario bad.yaml 'scenario: bad' 'services: {nobody: {stock: 1}}'
runs 2 explore "$tmp/bad.yaml"

conclude
