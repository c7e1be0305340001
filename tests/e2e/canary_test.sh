#!/usr/bin/env bash
# The harness is tested too: where a service breaks its promise and the scenario does not say so, an
# invariant must fail, by its name, with exit status 1.
. "$(dirname "$0")/lib.sh"

# canary NAME LINE...: a scenario that must fail by the invariant NAME, and by nothing else.
canary() {
    local invariant=$1
    shift
    testing "$invariant"
    scenario "canary/$invariant.yaml" "scenario: $invariant must fail" "$@"
    runs 1 run "$tmp/canary/$invariant.yaml" --json "$tmp/json"
    says out "violated $invariant at "
    is "$(json json 'sorted({v["invariant"] for s in it["scenarios"] for v in s["violations"]})')" \
        "['$invariant']"
}

canary one-effect-per-call 'services: {cart: {idempotent: false}, order: {idempotent: false}}' \
    'faults: [{on: create_order, duplicate: {request: 1}}]'
canary failed-leaves-nothing 'services: {order: {tombstones: false}}' \
    'faults: [{on: create_order, delay: {request: 2m}}, {on: create_order, lose: reply}]'

testing "a campaign finds it among its seeds"
scenario swarm.yaml 'scenario: a swarm on a bank that forgets' 'runs: 400' 'swarm: all' \
    'services: {payment: {idempotent: false}}'
runs 1 run "$tmp/swarm.yaml" --json "$tmp/json"
says out "violated one-effect-per-call at "

testing "a promise that is kept: nothing fails"
scenario kept.yaml 'scenario: the same, with sound services' \
    'faults: [{on: create_order, delay: {request: 2m}}, {on: create_order, lose: reply}]'
runs 0 run "$tmp/kept.yaml"

testing "whoever names the invariant is not told of it"
scenario named.yaml 'scenario: the same, named' 'services: {order: {tombstones: false}}' \
    'faults: [{on: create_order, delay: {request: 2m}}, {on: create_order, lose: reply}]' \
    'expect: {violates: [failed-leaves-nothing]}'
runs 0 run "$tmp/named.yaml"

conclude
