#!/usr/bin/env bash
# What is written: JSON, JUnit, traces, reports; whole or not at all; full disks and closed pipes.
. "$(dirname "$0")/lib.sh"

scenario "s/good/it's & <plain>.yaml" 'scenario: "a <plain> & \"simple\" checkout"'
scenario s/good/many.yaml 'scenario: a lossy network' 'runs: 30' 'network: {lose: 5%}'
scenario s/bad/wrong.yaml 'scenario: a wrong expectation' 'expect: {status: EXPIRED}'
s=$tmp/s

testing "--json has the shape that others rely on"
runs 1 run "$s" --json "$tmp/json"
python3 - "$tmp/json" <<'END' || complain "the shape of the JSON"
import json, re, sys
it = json.load(open(sys.argv[1]))
assert it["version"] == 1 and it["passed"] == 31 and it["failed"] == 1, it
assert len(it["scenarios"]) == 32
for run in it["scenarios"]:
    for key in ("file", "scenario", "seed", "verdict", "events", "hash", "violations"):
        assert key in run, key
    assert re.fullmatch("[0-9a-f]{16}", run["hash"])
    assert run["verdict"] in ("pass", "fail")
    assert ("checkouts" in run) == ("lossy" not in run["scenario"])
wrong = [run for run in it["scenarios"] if run["verdict"] == "fail"][0]
assert wrong["mismatches"][0]["key"] == "status" and wrong["mismatches"][0]["actual"] == "COMPLETED"
checkout = wrong["checkouts"][0]
assert sorted(checkout) == ["attempts", "checkout", "closed_at_ns", "code", "compensation", "events",
                            "reason", "status", "step", "undone"], checkout
assert checkout["reason"] is None and checkout["code"] is None and checkout["step"] is None
assert checkout["attempts"]["validate_cart"] == 1 and checkout["closed_at_ns"] > 0
assert checkout["events"][0] == "CheckoutStarted" and checkout["undone"] == []
END

testing "--details tells of every checkout of every run"
runs 1 run "$s" --details --json "$tmp/json"
is "$(json json 'all("checkouts" in s for s in it["scenarios"])')" True

testing "a violation in JSON"
scenario v/breaks.yaml 'scenario: a bank that forgets' 'services: {payment: {idempotent: false}}' \
    'faults: [{on: capture_payment, attempt: 1, lose: reply}]'
runs 1 run "$tmp/v" --json "$tmp/json"
is "$(json json 'sorted(it["scenarios"][0]["violations"][0])')" "['at_ns', 'checkout', 'detail', 'invariant']"

testing "--junit is XML, and tells what a terminal tells"
runs 1 run "$s" --junit "$tmp/junit"
python3 - "$tmp/junit" <<'END' || complain "the JUnit XML"
import sys
import xml.etree.ElementTree as ET
root = ET.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites" and root.get("tests") == "3" and root.get("failures") == "1"
assert [suite.get("name") for suite in root] == ["bad", "good"]
names = [case.get("name") for case in root.iter("testcase")]
assert 'a <plain> & "simple" checkout' in names, names
failure = root.find(".//failure").text
assert "expected  EXPIRED" in failure and "replay  backstep trace" in failure, failure
END

testing "--trace tells every record of every run"
runs 1 run "$s" --trace "$tmp/trace"
python3 - "$tmp/trace" <<'END' || complain "the trace"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
assert len({(r["file"], r["seed"]) for r in records}) == 32
assert {"handled", "stored", "published", "sent", "arrived", "effect", "answered"} <= {r["kind"] for r in records}
END

testing "--report is the same each time, and knows no clock"
runs 1 run "$s" --report "$tmp/a"
runs 1 run "$s" --report "$tmp/b" --jobs 1
same a/scenarios.md b/scenarios.md
says a/scenarios.md "| a lossy network | many.yaml |"

testing "a file that is - is standard output, and people read standard error"
runs 1 run "$s" --json -
is "$(json out 'it["failed"]')" 1
says err "1 of 3 scenarios FAILED"

testing "files are replaced whole, keep their rights, and links stay links"
echo old >"$tmp/json"
chmod 640 "$tmp/json"
ln -s json "$tmp/link"
runs 1 run "$s" --json "$tmp/link"
is "$(json json 'it["version"]')" 1
is "$(stat -c %a "$tmp/json")" 640
[ -L "$tmp/link" ] || complain "the link is gone"
is "$(find "$tmp" -maxdepth 1 -name 'json.*' | wc -l)" 0

testing "what cannot be opened is told before anything is run"
runs 2 run "$s" --json "$tmp/nowhere/json"
lines err 1
says err "cannot write $tmp/nowhere/json: No such file or directory"
runs 2 run "$s" --report "$tmp/json/x"
runs 2 run "$s" --json "$tmp"

testing "a full disk"
for option in --json --junit --trace; do
    runs 3 run "$s" $option /dev/full
    lines err 1
    says err "cannot write /dev/full: No space left on device"
done
[ -c /dev/full ] || complain "/dev/full was replaced"
for command in "run $s" "trace $s/good/many.yaml" plan "plan --format yaml" invariants schema --help \
    --version "run --help" "check $s" "run $s --json -"; do
    status=0
    "$backstep" $command >/dev/full 2>"$tmp/err" || status=$?
    is "$command: $status" "$command: 3"
    says err "cannot write standard output: No space left on device"
done

testing "a disk that is full half way leaves the old file"
echo old >"$tmp/kept"
(
    ulimit -f 1
    trap '' XFSZ
    "$backstep" run scenarios --details --json "$tmp/kept" >/dev/null 2>"$tmp/err"
    echo $? >"$tmp/status"
)
is "$(cat "$tmp/status")" 3
is "$(cat "$tmp/kept")" old
is "$(find "$tmp" -maxdepth 1 -name 'kept.*' | wc -l)" 0

testing "a closed pipe"
for command in "run scenarios" "trace scenarios/happy/many-at-once.yaml" "run $s --runs 2000 --json -"; do
    { "$backstep" $command 2>"$tmp/err"; echo $? >"$tmp/status"; } | head -1 >/dev/null
    is "$command: $(cat "$tmp/status")" "$command: 3"
    says err "cannot write standard output: Broken pipe"
done

testing "closed descriptors"
status=0
"$backstep" run "$s" --json "$tmp/json" >&- 2>"$tmp/err" || status=$?
is $status 3
says err "standard output is closed"
status=0
"$backstep" run "$s" --json "$tmp/json" <&- 2>&- >"$tmp/out" || status=$?
is $status 1
is "$(json json 'it["failed"]')" 1

testing "names that are no text"
name=$(printf '%s/n\377\033.yaml' "$s/good")
cp "$s/good/many.yaml" "$name"
runs 1 run "$s" --json "$tmp/json" --junit "$tmp/junit" --trace "$tmp/trace"
is "$(json json 'it["passed"]')" 61
python3 -c 'import sys, xml.etree.ElementTree as ET; ET.parse(sys.argv[1])' "$tmp/junit" ||
    complain "the XML"

conclude
