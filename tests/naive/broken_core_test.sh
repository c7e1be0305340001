#!/bin/sh
# Breaks one rule after the other in a copy of the core, and demands that the lockstep finds each of
# them, and nothing in the core as it is. A few of tests/mutants/ stand for all. Leaves no trace.
#   usage: broken_core_test.sh [COMPILER]     VERBOSE=1 shows the shortest sequences
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
compiler=${1:-cc}
flags="-std=c11 -D_GNU_SOURCE -UNDEBUG -O1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CEILING_DIRECTORIES="$work" # the copy is no part of any repository
export BACKSTEP_LOCKSTEP_SEED=1 BACKSTEP_LOCKSTEP_RUNS=2000
unset BACKSTEP_LOCKSTEP_VERBOSE || true

# The lockstep is compiled once, against the headers of the core as it is.
mkdir "$work/objects"
for source in "$root"/tests/naive/*.c; do
    $compiler $flags -I"$root" -c "$source" -o "$work/objects/$(basename "$source" .c).o"
done

fresh_core() {
    rm -rf "$work/tree"
    mkdir "$work/tree"
    cp -R "$root/core" "$work/tree/core"
}

build() {
    $compiler $flags -I"$work/tree" "$work/tree"/core/*.c "$work"/objects/*.o -lcmocka \
        -o "$work/lockstep"
}

fresh_core
build
if ! "$work/lockstep" >"$work/output" 2>&1; then
    cat "$work/output"
    echo "the core as it is must pass"
    exit 1
fi
echo "passed: the core as it is"

failures=0
for name in r06-no-doubt r08-no-doubt r11-no-settling r12-no-order r12-sick-holds-back r15-no-epoch \
    r19-any-version; do
    patch=$root/tests/mutants/$name.patch
    fresh_core
    if ! (cd "$work/tree" && git apply -p1 "$patch") || diff -rq "$root/core" "$work/tree/core" >"$work/same"; then
        echo "does not apply any more: $name"
        failures=$((failures + 1))
        continue
    fi
    build
    if "$work/lockstep" >"$work/output" 2>&1 || ! grep -q "^core and naive differ" "$work/output"; then
        echo "not found: $name"
        tail -n 20 "$work/output"
        failures=$((failures + 1))
        continue
    fi
    echo "found: $name: $(grep -m 1 "^core and naive differ" "$work/output")"
    if [ -n "${VERBOSE:-}" ]; then
        sed -n '/^plan /,/^they differ/p;/^they differ/q' "$work/output"
    fi
done

exit "$failures"
