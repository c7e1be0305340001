#!/usr/bin/env bash
# determinism.sh BUILD_DIR...: every build prints the same hash for every scenario and seed, and
# every run repeats itself (--twice).
set -euo pipefail
[ $# -ge 2 ] || {
    echo "usage: $0 BUILD_DIR BUILD_DIR..." >&2
    exit 2
}
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for build in "$@"; do
    name=$(basename "$build")
    "$build/backstep" run scenarios --twice --json "$out/$name.json" >/dev/null
    # One line a run: file, seed, events, hash.
    python3 - "$out/$name.json" >"$out/$name.hashes" <<'END'
import json, sys
for run in json.load(open(sys.argv[1]))["scenarios"]:
    print(run["file"], run["seed"], run["events"], run["hash"])
END
done
first=$(basename "$1")
[ -s "$out/$first.hashes" ] || {
    echo "no scenario was run" >&2
    exit 1
}
for build in "${@:2}"; do
    name=$(basename "$build")
    diff -u "$out/$first.hashes" "$out/$name.hashes" || {
        echo "$first and $name do not agree" >&2
        exit 1
    }
done
echo "$(wc -l <"$out/$first.hashes") runs, the same hashes from: $*"
