#!/usr/bin/env bash
# backstep run: what is run, what is found, and what is printed of it.
. "$(dirname "$0")/lib.sh"

scenario s/good/plain.yaml 'scenario: a plain checkout' 'expect: {status: COMPLETED}'
scenario s/good/many.yaml 'scenario: a lossy network' 'runs: 40' 'network: {lose: 5%}'
scenario s/bad/wrong.yaml 'scenario: a wrong expectation' \
    'faults: [{on: authorize_payment, reply: declined}]' 'expect:' '  status: EXPIRED'
scenario s/bad/breaks.yaml 'scenario: a bank that forgets' 'runs: 20' 'network: {lose: 10%}' \
    'services: {payment: {idempotent: false}}'
scenario s/bad/promise.yaml 'scenario: a what-if that breaks nothing' \
    'expect: {violates: [stock-conserved]}'
s=$tmp/s

testing "all held"
runs 0 run "$s/good"
says out "2 scenarios passed in 1 area"
says out "41 runs"
says out "invariants were checked after every event"
lines err 0
testing "nothing but text goes where no terminal is"
! grep -q $'[\033\r]' "$tmp/out" || complain "an escape sequence in the output"

testing "something failed"
runs 1 run "$s"
says out "3 of 5 scenarios FAILED in 2 areas"
says out "status  ($s/bad/wrong.yaml:4)"
says out "    expected  EXPIRED"
says out "    actual    FAILED"
says out "violated one-effect-per-call at 0:"
says out "    expected  [stock-conserved]"
says out "how it came about"
testing "the line that replays it does"
replay=$(sed -n 's/^  replay  backstep //p' "$tmp/out" | head -1)
runs 1 $replay
says out "VIOLATED"

testing "areas are folders"
runs 1 run "$s"
is "$(grep -c '^\(bad\|good\) ' "$tmp/out")" 2
runs 0 run "$s/good/plain.yaml"
is "$(grep -c '^good ' "$tmp/out")" 1

testing "no scenario is a failure"
mkdir "$tmp/empty"
runs 1 run "$tmp/empty"
says out "no scenario found"
runs 1 run "$s" --only 'nothing like it'
says out "no scenario found that matches nothing like it"

testing "--only takes names and paths"
runs 0 run "$s" --only 'a plain*'
says out "1 scenario passed"
runs 0 run "$s" --only 'good/*'
says out "2 scenarios passed"
runs 1 run "$s" --only wrong
says out "1 of 1 scenario FAILED"

testing "--seed and --runs"
runs 0 run "$s/good/plain.yaml" --seed 7 --runs 3 --json "$tmp/j"
is "$(json j '[s["seed"] for s in it["scenarios"]]')" "[7, 8, 9]"

testing "the same with any number of threads"
for jobs in 1 2 7; do
    runs 1 run "$s" --runs 50 --details --jobs $jobs --json "$tmp/json.$jobs" --report "$tmp/report.$jobs"
    sed 's/ in [^:]*: .*//' "$tmp/out" >"$tmp/out.$jobs"
done
same json.1 json.2
same json.1 json.7
same out.1 out.2
same out.1 out.7
same report.1/scenarios.md report.2/scenarios.md

testing "--fail-fast ends with the first failure"
runs 1 run "$s" --fail-fast --jobs 1 --json "$tmp/one"
runs 1 run "$s" --fail-fast --jobs 8 --json "$tmp/eight"
same one eight
is "$(json one 'it["failed"], it["scenarios"][-1]["verdict"]')" "(1, 'fail')"
says out "4 not run"

testing "shards run each pair once"
for i in 1 2 3; do
    "$backstep" run "$s" --shard $i/3 --json "$tmp/shard.$i" >/dev/null
done
"$backstep" run "$s" --json "$tmp/whole" >/dev/null
pairs='sorted((s["file"], s["seed"], s["hash"]) for s in it["scenarios"])'
python3 - "$tmp" <<'END' || complain "the shards are not the whole"
import json, sys
def pairs(name):
    return sorted((s["file"], s["seed"], s["hash"]) for s in json.load(open(sys.argv[1] + "/" + name))["scenarios"])
shards = [pairs("shard.%d" % i) for i in (1, 2, 3)]
assert sorted(sum(shards, [])) == pairs("whole")
assert max(map(len, shards)) - min(map(len, shards)) <= 1
END
testing "a shard with nothing in it is no failure"
runs 0 run "$s/good/plain.yaml" --shard 2/2

testing "--time goes on with further seeds, and plays each at least once"
runs 0 run "$s/good" --time 300ms --json "$tmp/time"
is "$(json time 'len(it["scenarios"]) > 82')" True
is "$(json time 'len(set((s["file"], s["seed"]) for s in it["scenarios"])) == len(it["scenarios"])')" True
runs 0 run "$s/good" --time 1ns
says out "41 runs"

testing "--twice finds nothing: the simulator is deterministic"
runs 0 run scenarios --twice --jobs 2

testing "folders: hidden files, links in a circle, plans"
mkdir "$s/good/.hidden"
echo "{" >"$s/good/.hidden/x.yaml"
echo "{" >"$s/good/.x.yaml"
ln -s .. "$s/good/up"
"$backstep" plan --format yaml >"$s/good/plan.yaml"
runs 1 run "$s"
says out "3 of 5 scenarios FAILED"
runs 0 check "$s"
says out "5 scenarios, 1 plan: all well"
testing "a plan that is named is nothing to run"
runs 2 run "$s/good/plan.yaml"
says err "there is nothing to run in a plan"

testing "bad files: every error of each, and nothing is run"
printf 'scenario: x\nrunz: 3\nseed: -1\n' >"$s/bad/one.yaml"
printf 'scenario: y\nheal: soon\n' >"$s/bad/two.yaml"
runs 2 run "$s"
lines out 0
says err "one.yaml:2:1: "
says err "one.yaml:3:7: "
says err "two.yaml:2:7: "
says err "2 files with errors: nothing was run"
runs 2 check "$s"
says err "2 files with errors"
runs 2 check "$tmp/empty"

testing "an unreadable folder"
mkdir "$tmp/closed"
chmod 0 "$tmp/closed"
if [ -r "$tmp/closed" ]; then
    echo "skipped: for root nothing is closed"
else
    runs 2 run "$tmp/closed"
    says err "Permission denied"
fi
chmod 700 "$tmp/closed"

conclude
