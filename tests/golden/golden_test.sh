#!/usr/bin/env bash
# golden_test.sh BACKSTEP: what the program tells people, word by word, against the files beside this
# script. With BACKSTEP_REWRITE=1 the files are rewritten: read the difference before you commit it.
set -uo pipefail
backstep=$(readlink -f "$1")
cd "$(dirname "$0")/../.." || exit 3
golden=tests/golden
actual=$(mktemp)
trap 'rm -f "$actual"' EXIT
failed=0

# golden NAME EXIT_STATUS ARGUMENTS...: holds the output against NAME.txt. Wall-clock time is no
# part of it.
golden() {
    local file=$golden/$1.txt expected_status=$2
    shift 2
    "$backstep" "$@" 2>&1 | sed -E 's/ in [0-9.]+ ?[a-z]+: [0-9,]+ events\/s$/ in (time): (speed)/' \
        >"$actual"
    local status=${PIPESTATUS[0]}
    if [ "$status" -ne "$expected_status" ]; then
        echo "backstep $*: exit status $status, expected $expected_status" >&2
        failed=1
    elif [ "${BACKSTEP_REWRITE:-}" = 1 ]; then
        cp "$actual" "$file"
    elif ! diff -u --label "$file" --label "backstep $*" "$file" "$actual"; then
        failed=1
    fi
}

story() {
    golden "stories/$1" 0 trace "scenarios/$2.yaml"
}

story happy-with-coupon-and-shipment happy/with-coupon-and-shipment
story payment-failed table/payment-failed
story expired-while-authorizing table/expired-while-authorizing
story late-success-after-closing late/money-blocked-after-closing
story stuck-then-resolved compensation/stuck-then-resolved
story refund-and-void-in-doubt what-if/impatient-capture
story sick-refund-holds-nothing-back what-if/early-alarm
story release-overtakes-the-reservation network/release-overtakes-the-reservation
story cancelled-at-the-bank cancel/at-authorize-payment
story started-with-another-request start/other-request-while-running
story hold-and-step-due-at-once timeouts/hold-and-step-due-at-once
story zombie-at-the-bank nodes/zombie-at-the-bank
story told-as-failed-and-then-killed store/told-as-failed-and-then-killed
story jump-while-asleep-then-killed clocks/jump-while-asleep-then-killed
story another-plan travel/seat-sold-out

golden failures 1 run tests/golden/failing
golden failing-story 1 trace tests/golden/failing/unexpected-violation.yaml
golden story.mermaid 0 trace scenarios/table/payment-failed.yaml --format mermaid
golden story.ndjson 0 trace scenarios/table/payment-failed.yaml --format ndjson
golden story.perfetto 0 trace scenarios/table/payment-failed.yaml --format perfetto
golden plan 0 plan
golden plan.dot 0 plan --format dot
golden plan.mermaid 0 plan --format mermaid
golden atlas 0 atlas scenarios/travel/trip.yaml --flags none
golden atlas-diff 0 atlas --override '{deadline: 10m}' --diff checkout
golden atlas-cell 0 atlas --cell cancel_payment/unavailable-stalled
golden invariants 0 invariants
golden faults 0 faults
golden help 0 --help
for command in run trace check shrink atlas plan invariants faults schema; do
    golden "help-$command" 0 "$command" --help
done

if [ $failed -ne 0 ]; then
    echo "the program tells something else than the golden files; if that is right: ./dev golden" >&2
fi
exit $failed
