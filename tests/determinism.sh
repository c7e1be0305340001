#!/usr/bin/env bash
# determinism.sh BUILD_DIR...: every build prints the same hash for every scenario and seed, and
# every run repeats itself (--twice). If not, it names the run, and the first record that differs.
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
    # One line a run: seed, events, hash, file.
    python3 - "$out/$name.json" >"$out/$name.hashes" <<'END'
import json, sys
for run in json.load(open(sys.argv[1]))["scenarios"]:
    print(run["seed"], run["events"], run["hash"], run["file"])
END
done
first=$(basename "$1")
[ -s "$out/$first.hashes" ] || {
    echo "no scenario was run" >&2
    exit 1
}

# explain BUILD_DIR: the first run in which that build and the first do not agree, and where.
explain() {
    local name file seed
    name=$(basename "$1")
    read -r seed _ _ file < <(paste -d '\n' "$out/$first.hashes" "$out/$name.hashes" |
        awk 'NR % 2 { line = $0; next } $0 != line { print line == "" ? $0 : line; exit }')
    echo "$first and $name do not agree about $file, seed $seed" >&2
    "$first_build/backstep" trace "$file" --seed "$seed" --format ndjson >"$out/first.ndjson" || true
    "$1/backstep" trace "$file" --seed "$seed" --format ndjson >"$out/other.ndjson" || true
    awk -v first="$first" -v name="$name" '
        NR == FNR { lines[FNR] = $0; len = FNR; next }
        $0 != lines[FNR] { found = 1; exit }
        END {
            line = found ? FNR : FNR + 1
            if (!found && line > len) { print "  traced again they do"; exit }
            printf "  record %d\n", line
            printf "    %s: %s\n", first, line <= len ? lines[line] : "nothing"
            printf "    %s: %s\n", name, found ? $0 : "nothing"
        }' "$out/first.ndjson" "$out/other.ndjson" >&2
}

first_build=$1
for build in "${@:2}"; do
    name=$(basename "$build")
    cmp -s "$out/$first.hashes" "$out/$name.hashes" || {
        explain "$build"
        exit 1
    }
done
# Nor does it matter how many threads play, or in which order they come to it.
for jobs in 1 2 5; do
    "$first_build/backstep" run scenarios --jobs "$jobs" --json "$out/jobs-$jobs.json" >/dev/null
    cmp "$out/jobs-1.json" "$out/jobs-$jobs.json" >&2 || {
        echo "--jobs $jobs does not tell what --jobs 1 tells" >&2
        exit 1
    }
done
echo "$(wc -l <"$out/$first.hashes") runs, the same hashes from: $*"
