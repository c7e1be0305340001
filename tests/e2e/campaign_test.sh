#!/usr/bin/env bash
# backstep run with scenarios that have `swarm`: campaigns.
. "$(dirname "$0")/lib.sh"

without_time() {
    grep -v 'of virtual time in' "$tmp/$1"
}

testing "the repository's campaigns bring about what they promise"
runs 0 run scenarios/campaigns
says out "compensation paths"
says out "21 of 21 possible"
says out "time to close"
says out "stock-hours"

testing "what is told does not depend on the number of threads"
runs 0 run scenarios/campaigns/everything.yaml --jobs 1 --json "$tmp/one.json"
without_time out >"$tmp/one"
runs 0 run scenarios/campaigns/everything.yaml --jobs 3 --json "$tmp/three.json"
without_time out >"$tmp/three"
same one three
same one.json three.json

testing "among others a campaign is a row"
cp scenarios/happy/plain.yaml "$tmp/plain.yaml"
runs 0 run scenarios/campaigns/people.yaml "$tmp/plain.yaml"
says_not out "compensation paths"

# Nothing is ever acquired, so no hold can expire.
scenario never.yaml 'scenario: no hold to expire' 'swarm: [expire-hold, cancel]' 'runs: 1000' \
    'faults: [{on: validate_cart, reply: declined}]'

testing "a kind of fault that was promised and never struck is a failure"
runs 1 run "$tmp/never.yaml" --junit "$tmp/junit.xml"
says out "FAIL  no hold to expire"
says out "in 1,000 runs faults that \`swarm\` promises never struck: expire-hold"
says out "1 of 1 scenario FAILED"
says junit.xml 'failures="1"'
says junit.xml "never struck: expire-hold"

testing "fewer runs owe less"
runs 0 run "$tmp/never.yaml" --runs 999

testing "a campaign that injects nothing is a failure"
scenario nothing.yaml 'scenario: nothing to expire at all' 'swarm: [expire-hold]' 'runs: 64' \
    'faults: [{on: validate_cart, reply: declined}]'
runs 1 run "$tmp/nothing.yaml"
runs 0 run "$tmp/nothing.yaml" --runs 1

testing "one that stopped at its first failure owes nothing"
scenario stopped.yaml 'scenario: stopped' 'swarm: [expire-hold]' 'runs: 1000' \
    'expect: {status: COMPLETED}' 'faults: [{on: validate_cart, reply: declined}]'
runs 1 run "$tmp/stopped.yaml" --fail-fast
says_not out "never struck"

testing "--shrink writes the smallest scenario of each failure"
scenario forgetful.yaml 'scenario: a forgetful bank' 'swarm: all' 'runs: 300' \
    'services: {payment: {idempotent: false}}'
(cd "$tmp" && "$backstep" run forgetful.yaml --shrink >out 2>err)
is $? 1
seed=$(sed -n 's/.*runs failed, with seed \([0-9]*\).*/\1/p' "$tmp/out")
says out "  shrunk  shrunk/forgetful-$seed.yaml"
says err "fails by"
runs 1 run "$tmp/shrunk/forgetful-$seed.yaml"
says_not "shrunk/forgetful-$seed.yaml" swarm:

testing "what was shrunk before is kept, and so are files of one name in two folders"
mkdir -p "$tmp/two/north" "$tmp/two/south"
scenario two/north/bank.yaml 'scenario: a bank in the north' \
    'faults: [{on: create_order, reply: refused}]' 'expect: {status: COMPLETED}'
scenario two/south/bank.yaml 'scenario: a bank in the south' \
    'faults: [{on: validate_cart, reply: refused}]' 'expect: {status: COMPLETED}'
for _ in 1 2; do
    (cd "$tmp" && "$backstep" run two --shrink >out 2>err)
    is $? 1
done
says out "  shrunk  shrunk/bank-1-3.yaml"
says out "  shrunk  shrunk/bank-1-4.yaml"
says shrunk/bank-1.yaml "a bank in the north"
says shrunk/bank-1-2.yaml "a bank in the south"
says shrunk/bank-1-4.yaml "replay    backstep trace shrunk/bank-1-4.yaml"

testing "what can not be shrunk for want of room is a fault of the machine"
rm -r "$tmp/shrunk"
touch "$tmp/shrunk"
(cd "$tmp" && "$backstep" run forgetful.yaml --shrink >out 2>err)
is $? 3
says err "cannot write shrunk/forgetful-$seed.yaml: Not a directory"
says out "runs failed"

testing "without failures there is nothing to shrink"
mkdir "$tmp/clean"
(cd "$tmp/clean" && "$backstep" run ../plain.yaml --shrink >../out)
is $? 0
[ ! -e "$tmp/clean/shrunk" ] || complain "a folder was made"

conclude
