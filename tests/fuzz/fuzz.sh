#!/usr/bin/env bash
# fuzz.sh BUILD_DIR SECONDS: each fuzz target for so long, on its seed corpus. A crash leaves the
# input in BUILD_DIR/fuzz-*/ and exits 1.
set -euo pipefail
build=$(readlink -f "$1")
seconds=$2
cd "$(dirname "$0")/../.."
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT

fuzz() { # NAME SEED_FILES...
    local name=$1 found=$build/fuzz-$1
    shift
    mkdir -p "$corpus/$name" "$found"
    for file in "$@"; do
        cp "$file" "$corpus/$name/$(sha256sum "$file" | cut -c1-16)"
    done
    echo "fuzzing $name for ${seconds}s on $# seeds"
    if ! "$build/tests/fuzz/$name" -max_total_time="$seconds" -max_len=65536 -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$found/" \
        "$corpus/$name" >"$found/log" 2>&1; then
        tail -n 40 "$found/log"
        echo "$name found something: see $found" >&2
        exit 1
    fi
    echo "$name: $(grep -o 'number_of_executed_units.*' "$found/log")"
}

# As many at a time as there are cores; each is waited for.
pids=()
begin() {
    if [ ${#pids[@]} -ge "$(nproc)" ]; then
        wait "${pids[0]}"
        pids=("${pids[@]:1}")
    fi
    fuzz "$@" &
    pids+=($!)
}

mapfile -t scenarios < <(find scenarios tests/broken -name '*.yaml' | sort)
mapfile -t configs < <(find tests/runtime/config -name '*.yaml' | sort)
begin scenario_fuzz "${scenarios[@]}"
begin codec_fuzz
begin config_fuzz "${configs[@]}"
for target in message reply access; do
    begin "${target}_fuzz" "tests/fuzz/corpus/$target"/*
done
for pid in "${pids[@]}"; do
    wait "$pid"
done
