#!/usr/bin/env bash
# outcomes_test.sh COMMAND...: with one fault a checkout ends as the command says (on stdout, one
# line an outcome) and in no other way, by the SPIN model; every row of the design's table is among
# them; no assertion of the model fails; and it notices when services leave no tombstones.
set -euo pipefail
[ $# -ge 1 ] || {
    echo "usage: $0 COMMAND..." >&2
    exit 2
}
command -v spin >/dev/null || {
    echo "skipped: spin is not installed"
    exit 77
}
here=$(dirname "$(readlink -f "$0")")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

"$here/outcomes.sh" 1 >"$tmp/spin" 2>"$tmp/statistics" || {
    cat "$tmp/statistics" >&2
    fail "pan finds an error in the model"
}
"$@" >"$tmp/command" || fail "$*: exit status $?"
diff -u "$tmp/command" "$tmp/spin" >"$tmp/diff" || {
    head -40 "$tmp/diff" >&2
    fail "\`$*\` (-) and the SPIN model (+) come to different outcomes"
}
LC_ALL=C comm -23 "$here/table.txt" "$tmp/spin" >"$tmp/missing"
[ ! -s "$tmp/missing" ] || fail "no outcome is this row of the design's table: $(cat "$tmp/missing")"

# The shortest leak needs three: the request comes late, the buyer cancels, the late ok is lost.
pan=$("$here/pan.sh" "$tmp" 3 -DTOMBSTONES=0)
(cd "$tmp" && $pan >leak) || true
grep -q 'assertion violated.*authorized' "$tmp/leak" ||
    fail "without tombstones nothing leaks: $(tail -n 3 "$tmp/leak")"
echo "all well"
