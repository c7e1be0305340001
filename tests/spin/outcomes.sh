#!/usr/bin/env bash
# outcomes.sh FAULTS: how a checkout can end within so many faults, by the SPIN model: one line an
# outcome, sorted, as `backstep explore --outcomes --lines` prints them; pan's statistics on stderr.
# Exit status 1 when pan finds an error.
set -euo pipefail
[ $# = 1 ] || {
    echo "usage: $0 FAULTS" >&2
    exit 2
}
here=$(dirname "$(readlink -f "$0")")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
pan=$("$here/pan.sh" "$dir" "$1")
cd "$dir"
$pan >out
grep -v '^outcome: ' out >&2
grep -q 'errors: 0$' out
sed -n 's/^outcome: //p' out | LC_ALL=C sort -u
