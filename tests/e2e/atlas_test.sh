#!/usr/bin/env bash
# backstep atlas: its forms, its exit statuses, and the page as a reader uses it.
. "$(dirname "$0")/lib.sh"
here_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

testing "Markdown of the checkout"
runs 0 atlas
cp "$tmp/out" "$tmp/checkout.md"
says out "# Failure modes: checkout"
says out "## Steps that fail"
says out "## Compensations that fail"
says out "## Nothing optional asked for"
says out "*can not happen: the step has no deadline of its own*"
lines err 0
runs 0 atlas checkout -o "$tmp/again.md"
lines out 0
same checkout.md again.md
runs 0 atlas --plan checkout
same checkout.md out

testing "what is asked for"
runs 0 atlas --flags none
says out "It does not ask for coupon, ships."
says_not out "## Nothing optional asked for"
says_not out "### redeem_coupon"
runs 0 atlas --flags ships
says out "The checkout asks for ships. It does not ask for coupon."
runs 2 atlas --flags ships,cupon
says err 'the plan has no flag `cupon`; allowed: all, none, `coupon`, `ships`'

testing "JSON says the same"
runs 0 atlas --format json
cp "$tmp/out" "$tmp/checkout.json"
is "$(json out 'it["flags"]')" "['coupon', 'ships']"
is "$(json out 'sorted({c["verdict"] for c in it["cells"]})')" "['impossible', 'played']"

# As files of their own, in another folder; all of them are in tests/sim/atlas.
testing "a cell of a plan file is a scenario that gives the same hash"
mkdir "$tmp/plans" "$tmp/cells"
cp scenarios/travel/trip.yaml "$tmp/plans/trip.yaml"
cd "$tmp/cells" || exit 3
runs 0 atlas ../plans/trip.yaml --format json
cp "$tmp/out" "$tmp/trip.json"
json trip.json '"\n".join(c["call"] + "/" + c["way"] for c in it["cells"] if c["verdict"] == "played")' \
    | awk 'NR % 8 == 3' >"$tmp/names"
[ "$(wc -l <"$tmp/names")" -ge 10 ] || complain "too few cells"
while read -r name; do
    runs 0 atlas ../plans/trip.yaml --cell "$name"
    cp "$tmp/out" "$tmp/cells/${name/\//.}.yaml"
done <"$tmp/names"
says cells/hold_seat.unanswered.yaml "plan: ../plans/trip.yaml"
runs 0 run . --json "$tmp/cells.json"
python3 - "$tmp/trip.json" "$tmp/cells.json" <<'END' || complain "other hashes"
import json, os, sys
atlas, runs = (json.load(open(name)) for name in sys.argv[1:])
own = {f'{c["call"]}.{c["way"]}.yaml': c.get("hash") for c in atlas["cells"]}
played = {os.path.basename(r["file"]): r["hash"] for r in runs["scenarios"]}
assert len(played) >= 10
assert all(own[k] == played[k] for k in played), {k: (own[k], played[k]) for k in played}
END
cd "$here_dir/../.." || exit 3

testing "other policies"
runs 0 atlas --override '{deadline: 10m}' --diff checkout
says out "**before**: checkout, to be done in 20m"
says out "to be done in 10m"
says out "*can not happen: the checkout's deadline, 10m, comes first*"
printf 'steps: {authorize_payment: {deadline: 2m}}\n' >"$tmp/hasty.yaml"
runs 0 atlas --override "$tmp/hasty.yaml" --diff checkout --format json
is "$(json out 'sorted({c["after"]["call"] for c in it["changes"]})')" "['authorize_payment']"
runs 0 atlas --diff checkout
says out "0 of 173 cells are otherwise."
scenario hasty-scenario.yaml 'scenario: hasty' \
    'override: {steps: {authorize_payment: {deadline: 2m}}}'
runs 0 atlas "$tmp/hasty-scenario.yaml" --diff checkout --format json -o "$tmp/diff.json"
is "$(json diff.json 'len(it["changes"])')" 6

testing "a broken promise is a violation: exit status 1, and the line that replays it"
scenario forgetful.yaml 'scenario: a forgetful bank' 'services: {payment: {idempotent: false}}'
runs 1 atlas "$tmp/forgetful.yaml" --flags none
says out "But payment is not idempotent."
says out "**FAIL** EXPIRED timeout/checkout, breaks money-conserved, captured-once, one-effect-per-call"
says err "backstep: capture_payment, unanswered: violates money-conserved, captured-once"
says err "atlas $tmp/forgetful.yaml --flags none --cell capture_payment/unanswered > cell.yaml"
runs 0 atlas "$tmp/forgetful.yaml" --flags none --cell capture_payment/unanswered
cp "$tmp/out" "$tmp/cell.yaml"
says out "violates: [money-conserved, captured-once, one-effect-per-call, failed-leaves-nothing]"
runs 0 run "$tmp/cell.yaml"
runs 1 atlas "$tmp/forgetful.yaml" --diff checkout
says out "violations"

testing "broken usage"
runs 2 atlas "$tmp/nowhere.yaml"
runs 2 atlas tests/broken/plan-unknown-key.yaml
runs 2 atlas checkout --plan checkout
says err "which of them?"
runs 2 atlas --override '{dedline: 10m}'
says err 'did you mean `deadline`?'
runs 2 atlas --override '{deadline: }'
runs 2 atlas --override "$tmp/nowhere.yaml"
printf 'nothing\n' >"$tmp/word.yaml"
runs 2 atlas --override "$tmp/word.yaml"
says err "an override is a mapping, such as"
runs 2 atlas --override '{deadline: 100d}'
says err "an atlas is made up to 80d"
runs 2 atlas --diff "$tmp/nowhere.yaml"
runs 2 atlas --format pdf
runs 2 atlas --cell capture_payment
says err 'there is no cell `capture_payment`'
runs 2 atlas --cell capture_payment/step-deadline
says err "can not happen: the step has no deadline of its own"
runs 2 atlas --cell capture_payment/rejected --diff checkout
runs 2 atlas checkout checkout
runs 3 atlas -o "$tmp/no/such/folder.md"

testing "nothing is left half written"
runs 2 atlas --flags cupon -o "$tmp/kept.md"
[ ! -e "$tmp/kept.md" ] || complain "a file was left behind"
if [ -w /dev/full ]; then
    "$backstep" atlas --format html >/dev/full 2>"$tmp/err"
    is $? 3
fi

testing "a page for two policies, and whatever is written in them stays text"
evil='{deadline: 10m} # </script></title><script>alert(1)</script><img src=x onerror="alert(1)">'
runs 0 atlas --override "$evil" --diff checkout --format html -o "$tmp/evil.html"
says_not evil.html "<script>alert"
says_not evil.html "<img"
says evil.html "&lt;script&gt;alert(1)&lt;/script&gt;"
is "$(grep -c '<script>' "$tmp/evil.html")" 1

testing "the page in a browser"
runs 0 atlas --format html -o "$tmp/page.html"
python3 "$here_dir/atlas_page.py" "$tmp/page.html"
status=$?
case $status in
0) ;;
77) echo "skipped in a browser: no chromium here" >&2 ;;
*) complain "the page: exit status $status" ;;
esac

conclude
