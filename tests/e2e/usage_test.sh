#!/usr/bin/env bash
# Right and wrong usage: help, versions, what is unknown, and exit status 2.
. "$(dirname "$0")/lib.sh"

# One line tells what is wrong, one more where to read on; nothing is on standard output.
is_usage_error() {
    runs 2 "$@"
    lines out 0
    lines err 2
    says err "--help"
}

testing "help and version"
runs 0 --version
grep -qE '^backstep [0-9]+\.[0-9]+\.[0-9]+$' "$tmp/out" || complain "no version"
runs 0 --help
for command in run trace check explore plan invariants schema sandbox; do
    says out "  backstep $command"
    "$backstep" $command --help >"$tmp/help" 2>&1 || complain "$command --help"
    says help "Examples:"
    says help "Exit status:"
done
runs 0 run -h
says out "backstep run [PATH...]"
for option in seed runs time jobs shard only fail-fast twice json details junit trace report; do
    says out "  --$option"
done
testing "help is as wide as a terminal"
[ "$(wc -L <"$tmp/out")" -le 100 ] || complain "a line of the help is wider than 100 columns"

testing "no command"
runs 2
says err "backstep run [PATH...]"

testing "an unknown command"
is_usage_error rum scenarios
says err 'no command `rum`; did you mean `run`?'
is_usage_error init
says err '`run`, `trace`, `check`, `shrink`, `explore`, `atlas`, `plan`, `invariants`, `faults`, `schema`, `sandbox`'

testing "unknown and misused options"
is_usage_error run --jsom x
says err 'no option `--jsom`; did you mean `--json`?'
is_usage_error run -x
says err 'no option `-x`'
is_usage_error run --details=yes
says err "--details takes no value"
is_usage_error run --json
says err "--json takes FILE"
is_usage_error trace --coverage scenarios/happy/plain.yaml
is_usage_error invariants extra
says err 'one argument too many: `extra`'

testing "values out of bounds"
for bad in --seed=-1 --seed=x --seed=9223372036854775807 --seed= --seed=1.5 --runs=0 --runs=1e3 \
    --jobs=0 --jobs=257 --jobs=two --shard=0/2 --shard=3/2 --shard=1 --shard=1/0 --shard=/2 \
    --shard=1/ --shard=1/1025 --shard=x/y --time=60 --time=0s --time=soon --time=-1s; do
    is_usage_error run scenarios/happy/plain.yaml $bad
done
is_usage_error run scenarios/happy/plain.yaml --seed 9223372036854775806 --runs 2
is_usage_error trace scenarios/happy/plain.yaml --format html
says err '`text`, `ndjson`, `mermaid`, `perfetto`'
is_usage_error trace scenarios/happy/plain.yaml --checkout 0
is_usage_error trace scenarios/happy/plain.yaml --checkout 2
says err "there is no checkout 2"
is_usage_error trace
is_usage_error trace scenarios
is_usage_error trace a b
is_usage_error plan --format html
is_usage_error run scenarios --json - --junit -
testing "text that is no text is shown safely"
is_usage_error run $'--\033[31m'
! grep -q $'\033' "$tmp/err" || complain "an escape sequence in the message"

testing "a path that is not there"
runs 2 run nowhere
says err "nowhere:1:1: cannot be read: No such file or directory"
says err "nothing was run"
runs 2 check nowhere
runs 2 trace nowhere.yaml
runs 2 plan nowhere.yaml

testing "invariants"
runs 0 invariants
says out "failed-leaves-nothing"
runs 0 invariants --format json
is "$(json out 'all(sorted(i) == ["name", "sentence"] for i in it) and len(it) >= 20')" True

testing "schema"
runs 0 schema
is "$(json out 'it["$schema"]')" "https://json-schema.org/draft/2020-12/schema"
runs 0 schema --reference
says out "| "

conclude
