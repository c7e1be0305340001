# Sourced by every test here: `. lib.sh` with the program as $1. A test runs in the repository's root
# and has an empty folder, $tmp. It checks with the functions below and ends with `conclude`.
set -u
[ -x "${1:-}" ] || {
    echo "usage: $0 BACKSTEP" >&2
    exit 3
}
backstep=$(readlink -f "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0
here=

# Names what follows.
testing() {
    here=$1
}

complain() {
    echo "FAILED: $here: $*" >&2
    failures=$((failures + 1))
}

# runs STATUS ARGUMENTS...: the program must end with that status. Its output is in $tmp/out and
# $tmp/err.
runs() {
    local expected=$1 status=0
    shift
    "$backstep" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
    if [ $status -ne "$expected" ]; then
        complain "backstep $*: exit status $status, expected $expected"
        head -5 "$tmp/out" "$tmp/err" >&2
    fi
}

# says FILE TEXT: $tmp/FILE has this text in it.
says() {
    grep -qF -- "$2" "$tmp/$1" || {
        complain "no \`$2\` in $1:"
        head -20 "$tmp/$1" >&2
    }
}

says_not() {
    ! grep -qF -- "$2" "$tmp/$1" || complain "\`$2\` in $1"
}

# lines FILE NUMBER: $tmp/FILE has so many lines.
lines() {
    local len
    len=$(wc -l <"$tmp/$1")
    [ "$len" -eq "$2" ] || {
        complain "$1 has $len lines, expected $2:"
        head -20 "$tmp/$1" >&2
    }
}

# same FILE FILE: the two are equal.
same() {
    diff -u "$tmp/$1" "$tmp/$2" >"$tmp/diff" || {
        complain "$1 and $2 differ:"
        head -20 "$tmp/diff" >&2
    }
}

is() {
    [ "$1" = "$2" ] || complain "it is \`$1\`, expected \`$2\`"
}

# json FILE EXPRESSION: what the Python expression makes of the JSON in $tmp/FILE, as `it`.
json() {
    python3 -c 'import json, sys; it = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' \
        "$tmp/$1" "$2" || complain "$1 is no such JSON"
}

# scenario PATH LINES...: writes a scenario file.
scenario() {
    mkdir -p "$(dirname "$tmp/$1")"
    printf '%s\n' "${@:2}" >"$tmp/$1"
}

conclude() {
    [ $failures -eq 0 ] || {
        echo "$failures checks failed" >&2
        exit 1
    }
    echo "all well"
    exit 0
}
