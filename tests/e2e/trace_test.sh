#!/usr/bin/env bash
# backstep trace: one run in four formats.
. "$(dirname "$0")/lib.sh"

declined=scenarios/table/payment-failed.yaml

testing "a story ends with how it ended"
runs 0 trace $declined
says out "$declined, seed 1"
says out "outcome     FAILED payment_failed/"
says out "undone      release_inventory, cancel_order"
says out "pass        as expected, and every invariant held"
[ "$(wc -L <"$tmp/out")" -le 100 ] || complain "wider than 100 columns"

testing "its hash is the run's"
"$backstep" run $declined --json "$tmp/json" >/dev/null
says out "hash $(json json 'it["scenarios"][0]["hash"]')"

testing "no line of any story is wider than a page"
for file in scenarios/*/*.yaml; do
    grep -q '^scenario:' "$file" || continue
    "$backstep" trace "$file" >"$tmp/out" 2>"$tmp/err" || complain "$file: exit status $?"
    [ "$(wc -L <"$tmp/out")" -le 100 ] || complain "$file: wider than 100 columns"
done

testing "--seed"
runs 0 trace scenarios/happy/plain.yaml --seed 7
says out "seed 7"

testing "--checkout tells of one of several"
scenario two.yaml 'scenario: two checkouts' 'checkouts: 2'
runs 0 trace "$tmp/two.yaml"
says out "  c1  "
says out "  c2  "
runs 0 trace "$tmp/two.yaml" --checkout 2
says_not out "  c1  "
says out "outcome     COMPLETED"

testing "a run that fails ends with 1, and says why"
scenario wrong.yaml 'scenario: a wrong expectation' 'expect: {status: FAILED}'
runs 1 trace "$tmp/wrong.yaml"
says out "    expected  FAILED"

testing "ndjson: every line is JSON"
runs 0 trace $declined --format ndjson
python3 - "$tmp/out" <<'END' || complain "the lines"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
assert [r["at_ns"] for r in records] == sorted(r["at_ns"] for r in records)
assert [r["event"] for r in records if r["kind"] == "published"][-1] == "CheckoutCompensated"
END

testing "perfetto: a process for each checkout, a span for each attempt"
runs 0 trace "$tmp/two.yaml" --format perfetto
python3 - "$tmp/out" <<'END' || complain "the trace"
import json, sys
events = json.load(open(sys.argv[1]))["traceEvents"]
spans = [e for e in events if e["ph"] == "X"]
assert len(spans) == 14 and all(s["dur"] >= 0 and s["args"]["answer"] == "ok" for s in spans)
assert {e["args"]["name"] for e in events if e["name"] == "process_name"} == {"checkout 1", "checkout 2"}
END
testing "perfetto: attempts of one service at once do not overlap on a track"
scenario both.yaml 'scenario: a refund and a void on their way at once' \
    'override: {steps: {capture_payment: {retry: {attempts: 1}}}}' 'faults:' \
    '  - {on: capture_payment, lose: reply}' \
    '  - {on: refund_payment, attempt: 1..5, lose: request}' \
    '  - {on: cancel_payment, attempt: 1..5, lose: request}'
runs 0 trace "$tmp/both.yaml" --format perfetto
python3 - "$tmp/out" <<'END' || complain "spans overlap"
import collections, json, sys
tracks = collections.defaultdict(list)
for e in json.load(open(sys.argv[1]))["traceEvents"]:
    if e["ph"] == "X":
        tracks[e["pid"], e["tid"]].append((e["ts"], e["ts"] + e["dur"]))
for spans in tracks.values():
    spans.sort()
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:])), spans
END

testing "mermaid: a sequence diagram"
runs 0 trace $declined --format mermaid
is "$(head -1 "$tmp/out")" sequenceDiagram
says out "s4-->>node: authorize_payment, attempt 1: rejected"

testing "a plan is no scenario"
runs 2 trace scenarios/travel/trip.yaml
says err "nothing to run in a plan"

conclude
