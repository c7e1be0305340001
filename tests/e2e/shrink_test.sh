#!/usr/bin/env bash
# backstep shrink: from a seed that fails to the smallest scenario that fails the same way.
. "$(dirname "$0")/lib.sh"

# The bank forgets what it captured; the lost answer of the second checkout brings that to light.
scenario forgetful.yaml 'scenario: a forgetful bank' 'checkouts: {count: 3, coupon: 50%}' \
    'network: {duplicate: 1%}' 'services: {payment: {idempotent: false}}' 'faults:' \
    '  - {on: create_order, delay: {request: 1234ms}}' \
    '  - {on: reserve_inventory, attempt: 1, reply: unavailable}' \
    '  - {during: 1s..2s, slow: 3x, service: cart}' \
    '  - {on: capture_payment, checkout: 2, attempt: 1..2, lose: reply}'

testing "the smallest scenario is written whole"
runs 0 shrink "$tmp/forgetful.yaml" --seed 3 -o "$tmp/smallest.yaml"
lines out 0
lines err 1
says err "shrunk from"
says err "and 3 checkouts to 1 and 1 in"
says err "fails by one-effect-per-call"
says smallest.yaml "scenario: \"shrunk: one-effect-per-call after seed 3 of a forgetful bank\""
says smallest.yaml "# made by   backstep shrink $tmp/forgetful.yaml --seed 3"
says smallest.yaml "# replay    backstep trace $tmp/smallest.yaml"
says smallest.yaml "payment: {idempotent: false}"
is "$(grep -c '^  - {' "$tmp/smallest.yaml")" 1

testing "it is a sound scenario that fails the same way"
runs 0 check "$tmp/smallest.yaml"
runs 1 run "$tmp/smallest.yaml" --json "$tmp/json"
is "$(json json 'it["scenarios"][0]["violations"][0]["invariant"]')" one-effect-per-call

testing "what is shrunk cannot be shrunk further"
runs 0 shrink "$tmp/smallest.yaml" -o "$tmp/again.yaml"
says err "shrunk from 1 fault and 1 checkout to 1 and 1"

testing "without -o it goes to standard output, and is the same each time"
runs 0 shrink "$tmp/forgetful.yaml" --seed 3
cp "$tmp/out" "$tmp/first"
runs 0 shrink "$tmp/forgetful.yaml" --seed 3 --output -
same first out
is "$(grep -v '^#' "$tmp/first")" "$(grep -v '^#' "$tmp/smallest.yaml")"
says out "# replay    backstep trace FILE"

testing "a swarm's seed becomes an ordinary scenario"
scenario swarm.yaml 'scenario: a swarm' 'swarm: all' 'runs: 200' \
    'services: {payment: {idempotent: false}}'
runs 1 run "$tmp/swarm.yaml" --json "$tmp/json"
seed=$(json json '[s["seed"] for s in it["scenarios"] if s["verdict"] == "fail"][0]')
runs 0 shrink "$tmp/swarm.yaml" --seed "$seed" -o "$tmp/smallest.yaml"
says_not smallest.yaml swarm:
runs 1 run "$tmp/smallest.yaml"

testing "a plan file is named from where the scenario is written to"
mkdir -p "$tmp/plans/trips" "$tmp/found/here"
cp scenarios/travel/trip.yaml "$tmp/plans/trip.yaml"
scenario plans/trips/forgetful.yaml 'scenario: a forgetful card' 'plan: ../trip.yaml' \
    'override: {steps: {take_money: {timeout: 7s}}}' 'services: {card: {idempotent: false}}' \
    'faults: [{on: take_money, attempt: 1, lose: reply}]'
runs 0 shrink "$tmp/plans/trips/forgetful.yaml" -o "$tmp/found/here/smallest.yaml"
says found/here/smallest.yaml "plan: ../../plans/trip.yaml"
runs 1 run "$tmp/found/here/smallest.yaml"
runs 0 shrink "$tmp/plans/trips/forgetful.yaml" -o "$tmp/plans/smallest.yaml"
says plans/smallest.yaml "plan: ./trip.yaml"
runs 1 run "$tmp/plans/smallest.yaml"

testing "an expectation that does not come true"
scenario expected.yaml 'scenario: a wrong expectation' 'faults:' \
    '  - {on: create_order, attempt: 1, reply: unavailable}' 'expect: {status: FAILED}'
runs 0 shrink "$tmp/expected.yaml" -o "$tmp/smallest.yaml"
says err "to 0 and 1 in"
says err "fails by status"
says smallest.yaml "status broke at"
says smallest.yaml "expected FAILED, actual COMPLETED"

testing "the outcome that came instead stays, in the checkout of which it was expected"
scenario expected.yaml 'scenario: three buyers' 'checkouts: 3' 'faults:' \
    '  - {on: create_order, attempt: 1, reply: unavailable}' \
    '  - {on: authorize_payment, checkout: 2, reply: declined}' 'expect:' \
    '  counts: {COMPLETED: 2, FAILED: 1}' \
    '  each: [{checkout: 1, status: COMPLETED}, {checkout: 2, status: EXPIRED}]'
runs 0 shrink "$tmp/expected.yaml" -o "$tmp/smallest.yaml"
says err "from 2 faults and 3 checkouts to 1 and 1 in"
says smallest.yaml "expected EXPIRED, actual FAILED"
says smallest.yaml "{on: authorize_payment, reply: declined}"
says smallest.yaml "{checkout: 1, status: EXPIRED}"
runs 1 run "$tmp/smallest.yaml"

testing "a seed that passes: nothing is written"
runs 1 shrink scenarios/happy/plain.yaml --seed 9 -o "$tmp/nothing.yaml"
says err "seed 9 of scenarios/happy/plain.yaml passes: nothing to shrink"
[ ! -e "$tmp/nothing.yaml" ] || complain "a file was written"

testing "--runs-max"
runs 0 shrink "$tmp/forgetful.yaml" --seed 3 --runs-max 0 -o "$tmp/smallest.yaml"
says err "in 0 runs"
runs 1 run "$tmp/smallest.yaml"

testing "wrong use"
runs 2 shrink
says err "which scenario?"
runs 2 shrink scenarios/happy
says err "one scenario, please"
runs 2 shrink scenarios/travel/trip.yaml
runs 2 shrink scenarios/happy/plain.yaml -o
says err "--output takes FILE"
runs 2 shrink "$tmp/forgetful.yaml" --seed 3 -o "$tmp/no/such/folder.yaml"
says err "cannot write"

if [ -e /dev/full ]; then
    testing "a disk that is full"
    runs 3 shrink "$tmp/forgetful.yaml" --seed 3 -o /dev/full
    says err "cannot write /dev/full"
fi

conclude
