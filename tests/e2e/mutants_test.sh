#!/usr/bin/env bash
# tests/mutants.py: what is killed, what survives, and what is not in order.
. "$(dirname "$0")/lib.sh"

mutants() {
    local status=0
    python3 tests/mutants.py --work "$tmp/work" --patches "$tmp/patches" --jobs 1 --runs 100 \
        --report "$tmp/report" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
    is $status "$expected"
}

# patch NAME HEADER...: a mutant of core/forward.c in which the line `before` is `after`.
patch() {
    printf '%s\n' "${@:2}" '' >"$tmp/patches/$1.patch"
    sed "s|$before|$after|" core/forward.c | diff -U2 core/forward.c - |
        sed '1s|.*|--- a/core/forward.c|;2s|.*|+++ b/core/forward.c|' >>"$tmp/patches/$1.patch"
}

mkdir "$tmp/patches"
cp tests/mutants/r06-no-doubt.patch tests/mutants/r17-not-while-waiting.patch "$tmp/patches/"

testing "what is killed"
expected=0 mutants
says out "2 of 2 mutants killed"
says out "exploration: two checkouts: other outcomes by 1 fault, +0 -2"
says report '| `r06-no-doubt` | R6 |'
says report "2 of 2 mutants killed (100 %)"
says report "2 of 2 shrunk to at most 3 faults and 1 checkout"
says report "1 of 2 by explorations of at most 2 faults: 0 by an invariant, 1 by other outcomes"
says report '- `r17-not-while-waiting`: A cancel that is lost ends as if there was none.'
lines err 0

testing "what is not as the header tells of exploration"
sed '2a explore: It is not.' tests/mutants/r06-no-doubt.patch >"$tmp/patches/r06-no-doubt.patch"
sed '/^explore:/d' tests/mutants/r17-not-while-waiting.patch \
    >"$tmp/patches/r17-not-while-waiting.patch"
expected=1 mutants
says out "2 of 2 mutants killed"
says err "r06-no-doubt is said to be out of reach, but exploration kills it: two checkouts:"
says err "r17-not-while-waiting: no exploration kills it, and no line \`explore:\` says why"
lines err 2
rm "$tmp/patches/r17-not-while-waiting.patch"
cp tests/mutants/r06-no-doubt.patch "$tmp/patches/"

testing "what survives, and what does not apply"
before="The way forward: one step at a time" after="The way forward: one at a time"
patch r03-only-words 'rule: R3' 'breaks: Nothing.'
patch r03-told-as-equivalent 'rule: R3' 'breaks: Nothing.' 'equivalent: Only words.'
sed 's/SAGA_STEP_FAILED/SAGA_STEP_LOST/' tests/mutants/r06-no-doubt.patch \
    >"$tmp/patches/r06-of-another-age.patch"
sed '1a equivalent: It is not.' tests/mutants/r06-no-doubt.patch >"$tmp/patches/r06-not-told.patch"
expected=1 mutants
says out "1 of 3 mutants killed"
says err "r03-only-words survives"
says err "r06-of-another-age: does not apply"
says err "r06-not-told is no equivalent"
lines err 3

testing "a header that tells nothing"
sed 1d tests/mutants/r06-no-doubt.patch >"$tmp/patches/r06-of-no-rule.patch"
expected=1 mutants
says err "its header is not as tests/mutants.py tells"

conclude
