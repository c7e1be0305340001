#!/bin/sh
# Breaks the core on purpose, one patch of tests/mutants/ at a time, and demands that the scenario
# library notices: `backstep run scenarios` must then end with status 1.
#
#   broken_core.sh SOURCE_DIR [PATCH...]      without patches: all of them
set -eu

source_dir=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- "$source_dir"/tests/mutants/*.patch

work=$(mktemp -d "${TMPDIR:-/tmp}/broken_core.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Only what the program is built from. The tree is copied once and built incrementally: a patch
# touches a file or two.
mkdir "$work/tree"
for part in CMakeLists.txt cmake core runtime sim scenarios; do
    cp -R "$source_dir/$part" "$work/tree/$part"
done

# Runs a command; what it says is of interest only when it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}

build() {
    quietly cmake --build "$work/build" --target backstep
    program=$(find "$work/build" -name backstep -type f -perm -u+x)
}

# The exit status of the whole library, played with the program as it was built last.
play() {
    status=0
    (cd "$work/tree" && "$program" run scenarios >"$work/played" 2>&1) || status=$?
}

quietly cmake -S "$work/tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS_RELEASE=-O1 -DBACKSTEP_TESTS=OFF
build
play
if [ $status -ne 0 ]; then
    cat "$work/played"
    echo "broken_core: the library fails without any patch (status $status)"
    exit 1
fi

unnoticed=0
for patch in "$@"; do
    name=$(basename "$patch" .patch)
    patch -d "$work/tree" -p1 -s <"$patch" || { echo "broken_core: $name does not apply"; exit 1; }
    build
    play
    if [ $status -eq 1 ]; then
        echo "noticed: $name"
    else
        echo "NOT noticed: $name (status $status)"
        tail -n 5 "$work/played"
        unnoticed=$((unnoticed + 1))
    fi
    patch -d "$work/tree" -p1 -s -R <"$patch"
done
[ $unnoticed -eq 0 ]
