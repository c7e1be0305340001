#!/usr/bin/env bash
# explore_test.sh BACKSTEP NAIVE [thorough]: the explorer of the program and the naive one, each
# written from docs/exploration.md, find the same outcomes. On a difference it shows the lines: < is
# found by the program alone, > by the naive one alone. `thorough`: two faults of the checkout plan
# as well. Works from the root of the sources.
set -euo pipefail
[ $# -ge 2 ] || {
    echo "usage: $0 BACKSTEP NAIVE [thorough]" >&2
    exit 2
}
backstep=$1
naive=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# agree WHAT "ARGUMENTS OF BACKSTEP" "ARGUMENTS OF NAIVE": several each, without spaces in them.
agree() {
    local ended=0
    # shellcheck disable=SC2086
    "$backstep" explore $2 --outcomes --lines >"$work/lines" 2>"$work/told" || ended=$?
    LC_ALL=C sort -u "$work/lines" >"$work/found"
    # shellcheck disable=SC2086
    "$naive" $3 >"$work/expected" 2>"$work/counts"
    if [ "$ended" = 0 ] && [ -s "$work/expected" ] && cmp -s "$work/found" "$work/expected"; then
        echo "agree: $1: $(wc -l <"$work/found") outcomes"
        return
    fi
    echo "differ: $1"
    [ "$ended" = 0 ] || sed "1i the program ended with status $ended" "$work/told"
    diff "$work/found" "$work/expected" || true
    echo "  again: $backstep explore $2 --outcomes --lines"
    echo "         $naive $3"
    failures=$((failures + 1))
}

trip=scenarios/travel/trip.yaml
agree "the checkout plan, no fault" "--faults 0" "--faults 0"
agree "the checkout plan, one fault" "--faults 1" "--faults 1"
agree "the checkout plan, one fault, nothing folded" "--faults 1 --no-fold" "--faults 1"
agree "the trip, one fault" "$trip --faults 1" "$trip --faults 1"
agree "two checkouts and one unit, one fault" \
    "tests/naive/explore/last_unit.yaml --faults 1 --checkouts 2" \
    "--faults 1 --checkouts 2 --flags none --stock inventory=1"
if [ "${3:-}" = thorough ]; then
    agree "the trip, two faults" "$trip --faults 2" "$trip --faults 2"
    agree "the checkout plan, two faults" "--faults 2" "--faults 2"
fi

exit $((failures > 0))
