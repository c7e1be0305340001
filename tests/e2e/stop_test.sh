#!/usr/bin/env bash
# Signals and terminals.
. "$(dirname "$0")/lib.sh"

scenario s/many.yaml 'scenario: a lossy network' 'runs: 10' 'network: {lose: 5%}'
s=$tmp/s

# interrupted SIGNAL STATUS: ends a long run early, in good order.
interrupted() {
    testing "SIG$1"
    env --default-signal=INT,TERM "$backstep" run "$s" --time 10m --jobs 2 --json "$tmp/json" \
        >"$tmp/out" 2>"$tmp/err" &
    local pid=$! status=0
    sleep 1
    kill -"$1" $pid
    wait $pid || status=$?
    is $status "$2"
    says out "interrupted (SIG$1)"
    says out "1 scenario passed"
    is "$(json json 'it["interrupted"], it["failed"], it["passed"] == len(it["scenarios"]) > 0')" \
        "(True, 0, True)"
}
interrupted INT 130
interrupted TERM 143

testing "an ignored signal stays ignored"
env --ignore-signal=INT "$backstep" run "$s" --time 2s >"$tmp/out" 2>&1 &
pid=$!
sleep 1
kill -INT $pid
status=0
wait $pid || status=$?
is $status 0

# Orders that nobody cancels for a year: to play that takes a while.
scenario years.yaml 'scenario: a year of trying' 'checkouts: 50' 'heal: 360d' 'until: 365d' 'faults:' \
    '  - {on: authorize_payment, reply: declined}' '  - {on: cancel_order, reply: unavailable}' \
    'expect: {status: COMPLETED}'
mkdir "$tmp/made"

# ended SIGNAL STATUS ARGUMENTS...: ends it at once while it has a file in the making.
ended() {
    testing "$3 is ended by SIG$1 and leaves no half of a file"
    env --default-signal=HUP,INT,TERM "$backstep" "${@:3}" >"$tmp/out" 2>"$tmp/err" &
    local pid=$! status=0 tries=0
    until [ -n "$(ls "$tmp/made")" ] || [ $((tries += 1)) -gt 100 ]; do
        sleep 0.1
    done
    [ $tries -le 100 ] || complain "nothing was begun"
    sleep 0.2
    kill -"$1" $pid
    wait $pid || status=$?
    is $status "$2"
    is "$(ls "$tmp/made")" ""
}
ended INT 130 shrink "$tmp/years.yaml" -o "$tmp/made/smallest.yaml"
ended TERM 143 shrink "$tmp/years.yaml" -o "$tmp/made/smallest.yaml"
ended HUP 129 run "$s" --time 10m --json "$tmp/made/json" --junit "$tmp/made/junit"

# terminal ENVIRONMENT... -- ARGUMENTS...: runs on a terminal of 100 columns; its text is in $tmp/out.
terminal() {
    python3 - "$tmp/out" "$backstep" "$@" <<'END'
import fcntl, os, pty, struct, sys, termios
out, program, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
at = rest.index("--")
ready, go = os.pipe()
pid, fd = pty.fork()
if pid == 0:
    os.read(ready, 1)
    os.environ.pop("NO_COLOR", None)
    os.environ["TERM"] = "xterm"
    os.environ.update(pair.split("=", 1) for pair in rest[:at])
    os.execv(program, [program] + rest[at + 1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
os.write(go, b"x")
text = b""
while True:
    try:
        piece = os.read(fd, 65536)
    except OSError:
        break
    if not piece:
        break
    text += piece
open(out, "wb").write(text)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
    is "$?" 0
}
green=$'\033[32m'

testing "a terminal has colour and a width"
terminal -- run scenarios/table
grep -qF "$green" "$tmp/out" || complain "no colour"
sed 's/\x1b\[[0-9;]*m//g; s/\r//' "$tmp/out" >"$tmp/plain"
[ "$(wc -L <"$tmp/plain")" -le 100 ] || complain "wider than the terminal"
says plain "  pass  "
testing "NO_COLOR, when it is not empty, and a dumb terminal"
terminal NO_COLOR=1 -- run scenarios/table
! grep -q $'\033' "$tmp/out" || complain "colour in spite of NO_COLOR"
terminal NO_COLOR= -- run scenarios/table
grep -qF "$green" "$tmp/out" || complain "no colour with an empty NO_COLOR"
terminal TERM=dumb -- run scenarios/table
! grep -q $'\033' "$tmp/out" || complain "colour on a dumb terminal"

testing "progress, when a run lasts"
terminal -- run "$s" --time 1800ms
grep -q $'\r\033\[K[0-9,]* runs, 0 failed' "$tmp/out" || complain "no progress"
terminal -- run "$s" --runs 1
! grep -q $'\r\033\[K' "$tmp/out" || complain "progress of what does not last"

conclude
