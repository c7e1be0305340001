#!/usr/bin/env bash
# coverage.sh BUILD_DIR OUT_DIR: runs the tests of a build with BACKSTEP_COVERAGE, writes an HTML
# report to OUT_DIR/index.html, and fails unless every line and every branch of core/ was taken by
# the tests of tests/core/ alone, and so for runtime/node/. Assertions are no branches: they are for
# us, and hold.
set -euo pipefail

if [ $# -ne 2 ]; then
    echo "usage: $0 BUILD_DIR OUT_DIR" >&2
    exit 2
fi
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
jobs=$(nproc)
assertion='\bassert\('

# lcov 1.16: given to every step, or what was excluded comes back.
lcov_rc=(--rc lcov_branch_coverage=1
    --rc "lcov_excl_line=LCOV_EXCL_LINE"
    --rc "lcov_excl_br_line=LCOV_EXCL_BR_LINE|$assertion")

run_tests() { # runs what matches, from counters at zero
    find "$build" -name '*.gcda' -delete
    ctest --test-dir "$build" --output-on-failure -j "$jobs" "$@"
}

# gate FOLDER: tests/FOLDER/ against FOLDER/.
gate() {
    local folder=$1 name=${1//\//_} failed=0
    local of_folder=(--root "$root" --object-directory "$build/$folder" --filter "$root/$folder/"
        --exclude-branches-by-pattern ".*$assertion.*" "$build/$folder")
    run_tests -R "^${name}_" --no-tests=error >"$out/${name}_tests.log" || {
        cat "$out/${name}_tests.log"
        exit 1
    }
    echo "$folder/, by tests/$folder/ alone:"
    gcovr "${of_folder[@]}" --txt "$out/$name.txt" --print-summary \
        --fail-under-line 100 --fail-under-branch 100 || failed=$?
    [ "$failed" = 0 ] || {
        gcovr "${of_folder[@]}" --branches
        cat "$out/$name.txt"
        echo "coverage: $folder/ is not covered whole by tests/$folder/" >&2
        exit 1
    }
}
gate core
gate runtime/node

# The report: every folder, by every test but those that hold long comparisons, and those of the
# daemon that need another build or a long time.
run_tests -E "^(naive|spin|broken_core|e2e_mutants|e2e_daemon_|e2e_torture)" >"$out/tests.log" || {
    cat "$out/tests.log"
    exit 1
}
capture() { # lcov 1.16 complains of its own subroutines, and of files that are all data
    lcov "${lcov_rc[@]}" --quiet --capture --directory "$build" "$@" 2>"$out/lcov.log" || {
        cat "$out/lcov.log" >&2
        exit 1
    }
}
capture --initial --output-file "$out/base.info"
capture --output-file "$out/run.info"
lcov "${lcov_rc[@]}" --quiet --add-tracefile "$out/base.info" --add-tracefile "$out/run.info" \
    --output-file "$out/all.info"
lcov "${lcov_rc[@]}" --quiet --extract "$out/all.info" "$root/core/*" "$root/runtime/*" \
    "$root/sim/*" --output-file "$out/coverage.info"
genhtml --quiet --branch-coverage --prefix "$root" --title backstep \
    --output-directory "$out" "$out/coverage.info"
rm -f "$out/base.info" "$out/run.info" "$out/all.info" "$out/lcov.log"
echo "every folder, by every test:"
lcov "${lcov_rc[@]}" --summary "$out/coverage.info" 2>&1 | grep -E 'lines|functions|branches'
echo "coverage: $out/index.html"
