#!/usr/bin/env bash
# pan.sh DIR FAULTS [-DNAME[=VALUE]...]: makes the verifier of checkout.pml in DIR, and prints the
# command that runs it. -DTOMBSTONES=0 is the model's; any other definition is the verifier's.
set -euo pipefail
[ $# -ge 2 ] || {
    echo "usage: $0 DIR FAULTS [-DNAME[=VALUE]...]" >&2
    exit 2
}
model=$(dirname "$(readlink -f "$0")")/checkout.pml
dir=$(readlink -f "$1")
faults=$2
shift 2
of_model=()
of_pan=()
for define in "$@"; do
    case $define in
    -DTOMBSTONES=*) of_model+=("$define") ;;
    *) of_pan+=("$define") ;;
    esac
done
cd "$dir"
spin -DFAULTS="$faults" "${of_model[@]}" -a "$model"
gcc -O2 -DNOFAIR -DSAFETY "${of_pan[@]}" -o pan pan.c
# -b: a path that is too long is an error; -n: no list of what was not reached. The hash table has
# about twice as many slots as there are states.
echo "$dir/pan -b -n -m20000 -w$((faults < 4 ? 16 + 3 * faults : 28))"
