#!/usr/bin/env bash
# A client of `ibdoc worker` in bash alone: one command after the other.
#
#     worker.sh PORT [IBDOC [ARGUMENT…]]        PORT 0 takes the Gateway of `--sim`
set -euo pipefail

port=$1
shift
program=${1:-ibdoc}
shift || true

coproc worker { exec "$program" worker --supervise "$@"; }
# bash forgets both when the worker ends.
pid=$worker_PID from=${worker[0]} to=${worker[1]}
number=0

# call COMMAND [PARAMS]: its answer in $answer; fails where that is an error, or the worker has ended.
call() {
    number=$((number + 1))
    printf '{"id":%d,"command":"%s","params":%s}\n' "$number" "$1" "${2:-"{}"}" >&"$to"
    while IFS= read -r -u "$from" answer; do
        # The id is the first field of every answer; events have none.
        case $answer in
        "{\"id\":$number,\"status\":\"success\""*) return 0 ;;
        "{\"id\":$number,"*) return 1 ;;
        esac
    done
    answer='the worker has ended'
    return 1
}

# field NAME: the number or text of that name in $answer.
field() {
    local rest=${answer#*"\"$1\":"}
    rest=${rest%%[,\}\]]*}
    printf '%s\n' "${rest//\"/}"
}

params='{}'
((port == 0)) || params="{\"port\":$port}"
if ! call connect "$params"; then
    echo "not connected: $(field code): $(field message)"
    exit 1
fi
echo "connected, version $(field server_version)"
call account_summary '{"tags":["NetLiquidation"]}' && echo "net liquidation: $(field value)"
call ping && echo "round trip: $(field rtt_ms) ms"
call disconnect && echo "connected: $(field connected)"

# Its stdin ends, and with it the worker, which reports before: a reader that leaves earlier is told by the status.
exec {to}>&-
while IFS= read -r -u "$from" _; do :; done 2>/dev/null
wait "$pid"
