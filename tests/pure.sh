#!/usr/bin/env bash
# pure.sh CC NM FOLDER [PROVIDER...]: the sources of FOLDER, compiled as they ship (-O2, assertions
# on, nothing of a sanitizer's or gcov's), need no symbol but the allow-list, their own, and those
# that the PROVIDER folders define; and they keep no data that can be written.
#
# First it shows on broken copies that it would notice. Exit 1 when something is not pure.
set -euo pipefail
export LC_ALL=C

if [ $# -lt 3 ]; then
    echo "usage: $0 CC NM FOLDER [PROVIDER...]" >&2
    exit 2
fi
cc=$1
nm=$2
shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# bcmp is what clang makes of a memcmp that is only compared with zero.
allowed='memcpy memset memcmp bcmp __assert_fail'

# compile SOURCE_FOLDER OBJECT_FOLDER
compile() {
    local source
    mkdir -p "$2"
    for source in "$1"/*.c; do
        "$cc" -std=c11 -O2 -UNDEBUG -fno-pie -I"$root" -c "$source" -o "$2/$(basename "$source").o"
    done
}

defined_by() { # names, one a line
    "$nm" --defined-only --extern-only --format=posix "$@" | awk 'NF >= 2 { print $1 }' | sort -u
}

# judge OBJECT_FOLDER PROVIDER_OBJECT_FOLDER...: prints what is wrong; fails if anything is.
judge() {
    local objects=("$1"/*.o) providers=() folder needed writable
    shift
    for folder in "$@"; do
        providers+=("$folder"/*.o)
    done
    needed=$("$nm" --undefined-only --format=posix "${objects[@]}" | awk 'NF >= 2 { print $1 }' |
        sort -u | comm -23 - <(
            {
                defined_by "${objects[@]}" "${providers[@]}"
                tr ' ' '\n' <<<"$allowed"
            } | sort -u
        ))
    # Every symbol in a section that is neither code nor read-only. Tables of pointers that the
    # loader fills in and seals (.data.rel.ro) are constant to us.
    writable=$("$nm" --format=sysv --defined-only "${objects[@]}" | awk -F'|' '
        NF == 7 && $1 !~ /^Name/ {
            gsub(/ /, "", $1); gsub(/ /, "", $3); gsub(/ /, "", $7)
            if ($3 ~ /^[bBdDcCsSgG]$/ && $7 !~ /^\.(rodata|data\.rel\.ro)/) print $1
        }')
    [ -z "$needed" ] || sed 's/^/  needs /' <<<"$needed"
    [ -z "$writable" ] || sed 's/^/  can write /' <<<"$writable"
    [ -z "$needed$writable" ]
}

# would_notice NAME C: a file like this beside the others is not pure.
would_notice() {
    local broken=$work/broken-$1
    rm -rf "$broken"
    mkdir -p "$broken/src"
    printf '%s\n' "$2" >"$broken/src/broken_$1.c"
    compile "$broken/src" "$broken"
    cp "$work/judged"/*.o "$broken"
    if judge "$broken" "${provider_objects[@]}" >"$broken/said"; then
        echo "pure.sh does not notice $1" >&2
        exit 1
    fi
}

folder=$1
shift
compile "$folder" "$work/judged"
provider_objects=()
for provider in "$@"; do
    compile "$provider" "$work/provider-${#provider_objects[@]}"
    provider_objects+=("$work/provider-${#provider_objects[@]}")
done

would_notice allocation '#include <stdlib.h>
void *leak(unsigned long n); void *leak(unsigned long n) { return malloc(n); }'
would_notice clock '#include <time.h>
long when(void); long when(void) { return (long)time(0); }'
would_notice output '#include <stdio.h>
void say(void); void say(void) { puts("hello"); }'
would_notice global 'int shared = 1;'
would_notice zeroed_global 'int shared;'
would_notice counter 'int next(void); int next(void) { static int n; return ++n; }'
would_notice seeded_counter 'int next(void); int next(void) { static int n = 7; return ++n; }'
would_notice thread_local 'int next(void); int next(void) { static _Thread_local int n; return ++n; }'
would_notice pointer_table 'extern const char *names[]; const char *names[] = {"a", "b"};'

if ! judge "$work/judged" "${provider_objects[@]}" >"$work/said"; then
    echo "$folder is not pure:" >&2
    cat "$work/said" >&2
    exit 1
fi
echo "$folder is pure: nothing but $allowed; no data that can be written"
