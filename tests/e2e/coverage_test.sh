#!/usr/bin/env bash
# backstep run --coverage: what it prints and writes, when it fails, and that threads do not matter.
. "$(dirname "$0")/lib.sh"

scenario s/declined.yaml 'scenario: a declined card' \
    'faults: [{on: authorize_payment, reply: declined}]'
scenario s/patient.yaml 'scenario: another policy' \
    'override: {steps: {create_order: {retry: {attempts: unlimited}}}}' 'network: {lose: 20%}' 'runs: 9'
scenario s/lossy.yaml 'scenario: a lossy network' 'runs: 60' 'network: {lose: 20%}'
scenario s/swarm.yaml 'scenario: whatever goes wrong' 'runs: 50' 'swarm: all'
s=$tmp/s

testing "it tells what was not visited, and that is no failure"
runs 0 run "$s" --coverage
says out "coverage of plan checkout, version 1"
says out "  never  "
says_not out "WRONG"

testing "without it nothing of it is told"
runs 0 run "$s"
says_not out "coverage"

testing "with --report it is written, beside the scenarios"
runs 0 run "$s" --coverage --report "$tmp/r"
[ -s "$tmp/r/scenarios.md" ] || complain "no scenarios.md"
grep -qF '## Plan `checkout`, version 1' "$tmp/r/coverage.md" || complain "no plan in coverage.md"
grep -qF '### Not visited' "$tmp/r/coverage.md" || complain "nothing missing in coverage.md"
grep -qF '1 scenario plays it with other policies' "$tmp/r/coverage.md" ||
    complain "the variant is not told of"
runs 0 run "$s" --report "$tmp/without"
[ ! -e "$tmp/without/coverage.md" ] || complain "coverage.md without --coverage"

testing "it is the same with any number of threads, and when each run is played twice"
for jobs in 1 3 7; do
    runs 0 run "$s" --coverage --jobs $jobs --twice --report "$tmp/r$jobs"
    same r/coverage.md "r$jobs/coverage.md"
done

testing "the hashes are the same as without"
same r/scenarios.md without/scenarios.md

testing "the gate fails when something was not visited, and when nobody plays the plan"
runs 1 run "$s" --coverage-gate checkout
says out "  never  "
runs 1 run "$s" --coverage-gate trip
says out "no scenario plays the plan trip of --coverage-gate"

testing "the run that a cell is told of visits it"
row=$(grep -m1 '^| rejected | first attempt out | FAILED payment_failed' "$tmp/r/coverage.md")
run=$(sed 's/.*\[\([0-9]*\)\] |$/\1/' <<<"$row")
file=$(grep -F "[$run] " "$tmp/r/coverage.md" | sed -n 's/^| \([^|]*\.yaml\) |.*/\1/p')
is "$file" "$s/declined.yaml"
runs 0 trace "$file" --seed 1
says out "declined"

testing "--swarm-runs is for scenarios with swarm alone"
runs 0 run "$s" --swarm-runs 3 --json "$tmp/j"
is "$(grep -c '"seed"' "$tmp/j")" $((1 + 9 + 60 + 3))

conclude
