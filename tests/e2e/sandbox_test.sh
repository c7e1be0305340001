#!/usr/bin/env bash
# backstep sandbox: usage, what it serves, journals, signals.
. "$(dirname "$0")/lib.sh"

pid=
url=
trap '[ -z "$pid" ] || kill -KILL $pid 2>/dev/null; rm -rf "$tmp"' EXIT

# serves ARGUMENTS...: starts it on any port, and waits for its line.
serves() {
    local tries=0
    : >"$tmp/out"
    env --default-signal=INT,TERM "$backstep" sandbox "$@" --listen 127.0.0.1:0 >"$tmp/out" \
        2>"$tmp/err" &
    pid=$!
    until grep -q "^sandbox: serving" "$tmp/out"; do
        if [ $((tries += 1)) -gt 300 ] || ! kill -0 $pid 2>/dev/null; then
            complain "it does not serve"
            cat "$tmp/err" >&2
            conclude
        fi
        sleep 0.1
    done
    url=$(sed 's/.* on //' "$tmp/out")
}

# ends SIGNAL STATUS
ends() {
    local status=0
    kill -"$1" $pid
    wait $pid || status=$?
    pid=
    is $status "$2"
}

# calls STATUS SERVICE CALL [ID [ATTEMPT]]: its answer is in $tmp/answer.
calls() {
    local id=${4:-checkout-1} attempt=${5:-1} status
    status=$(curl -s -m 30 -o "$tmp/answer" -w '%{http_code}' "$url/$2/$3" \
        -H 'Content-Type: application/json' -H "Idempotency-Key: $id:$3:0" \
        -H "Backstep-Attempt: $attempt" -H "Backstep-Checkout: $id" \
        -d "{\"checkout\":\"$id\",\"call\":\"$3\",\"attempt\":$attempt,\"cart\":\"c\",\"flags\":[],\"context\":{}}")
    is "$status" "$1"
}

ledger() {
    curl -s -m 30 "$url/ledger" >"$tmp/ledger"
}

testing "the built-in plan"
serves
grep -qxE 'sandbox: serving cart, order, coupon, inventory, payment, shipping on http://127\.0\.0\.1:[0-9]+' \
    "$tmp/out" || complain "another line: $(cat "$tmp/out")"
lines err 0
calls 200 cart validate_cart
calls 200 inventory reserve_inventory
calls 200 inventory reserve_inventory checkout-1 2
calls 422 payment capture_payment
says answer '"code":"not_authorized"'
calls 404 payment pay
ledger
is "$(json ledger 'it["plan"], it["pools"]["inventory"]["held"], it["pools"]["inventory"]["initial"]')" \
    "('checkout', 1, 100000)"
is "$(curl -s -o /dev/null -w '%{http_code}' "$url/ledger/check")" 200
ends TERM 0

testing "a scenario: its faults, and those that it cannot have"
scenario s.yaml 'scenario: one of everything' 'checkouts: 2' 'nodes: 2' 'faults:' \
    '  - {on: authorize_payment, checkout: 2, reply: declined}' '  - {at: 1m, crash: node-1, for: 1s}' \
    '  - {on: reserve_inventory, cancel: 1}'
serves "$tmp/s.yaml" --checkouts 7
lines err 1
says err 'only the simulator does, and is left out here: `nodes`, {at: 1m, crash: '
says_not err declined
calls 200 payment authorize_payment checkout-1
calls 422 payment authorize_payment checkout-2
says answer '"code":"declined"'
ledger
is "$(json ledger 'it["scenario"], it["pools"]["inventory"]["initial"]')" "('one of everything', 7)"
ends INT 0

testing "a plan of one's own"
serves scenarios/travel/trip.yaml
says out "on http://"
ledger
is "$(json ledger 'it["plan"]')" trip
ends TERM 0

testing "a journal is gone on with after a kill"
serves --journal "$tmp/journal"
calls 200 inventory reserve_inventory
calls 200 inventory release_inventory checkout-2
ledger
cp "$tmp/ledger" "$tmp/before"
"$backstep" sandbox --journal "$tmp/journal" --listen 127.0.0.1:0 >"$tmp/out2" 2>"$tmp/err2"
is $? 3
says err2 "in use by another sandbox"
kill -KILL $pid
wait $pid 2>/dev/null
printf 'half a record' >>"$tmp/journal"
serves --journal "$tmp/journal" --sync
says err "its last 13 bytes were cut off"
ledger
same ledger before
calls 422 inventory reserve_inventory checkout-2
ends TERM 0
runs 3 sandbox --checkouts 5 --journal "$tmp/journal" --listen 127.0.0.1:0
says err "was written for another scenario, plan or number of checkouts"
echo "something else entirely, and long enough" >"$tmp/other"
runs 3 sandbox --journal "$tmp/other" --listen 127.0.0.1:0
says err "is no journal of a sandbox"

testing "what it cannot begin with"
runs 3 sandbox --listen nowhere
runs 2 sandbox --later payment
says err "--later needs --replies-to"
runs 2 sandbox --later bank --replies-to http://127.0.0.1:1
says err '--later is one of `cart`, `order`, `coupon`, `inventory`, `payment`, `shipping`, not `bank`'
runs 2 sandbox --checkouts 0
runs 2 sandbox --token-file "$tmp/nothing" --later payment --replies-to http://127.0.0.1:1
says err "$tmp/nothing"
: >"$tmp/empty"
runs 2 sandbox --secret-file "$tmp/empty"
says err "it holds one line"
runs 2 sandbox "$tmp/nothing.yaml"
runs 2 sandbox one two

conclude
