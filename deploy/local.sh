#!/usr/bin/env bash
# Three nodes on this machine, until Ctrl-C: deploy/local.sh
# Or for the time of one command, which finds the nodes in ACTORS_NODES: deploy/local.sh COMMAND ARGUMENTS...
# What it starts is gone when it ends, its files too, also when it is killed. Variables: ACTORS (the program), PORT (of the first node, the others follow; 0: any free ones),
# HTTP (the same for metrics and health), TLS (a folder of actors certificates), PATIENCE (seconds that a node may take to be ready).
set -euo pipefail

nodes=3
port="${PORT:-4053}"
http="${HTTP:-9101}"
tls="${TLS:-}"
patience="${PATIENCE:-60}"

here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
program="${ACTORS:-$here/src/Actors.Cli/bin/Release/net10.0/actors}"
if [ ! -x "$program" ]; then
  [ -z "${ACTORS:-}" ] || { echo "local.sh: there is no program '$program', name one in ACTORS" >&2; exit 2; }
  echo "building the program" >&2
  dotnet build "$here/src/Actors.Cli" -c Release --nologo -v quiet >&2
fi

work="$(mktemp -d "${TMPDIR:-/tmp}/actors-local.XXXXXX")"
pids=()

# The other end of the nodes' standard input: when this script is gone, however it ended, so is this end, and then they go too.
mkfifo "$work/leash"
exec {leash}<>"$work/leash"

# A node that is asked to go lets its machines move first; there is nowhere to go when all go, so no one waits for long.
teardown() {
  trap '' INT TERM HUP
  trap - EXIT
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  local left=$((SECONDS + 10))
  for pid in "${pids[@]}"; do
    while kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$left" ]; do sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    # What the runtime of a node that was killed leaves.
    rm -f "${TMPDIR:-/tmp}"/{dotnet-diagnostic,clr-debug-pipe}-"$pid"-*
  done
  rm -rf "$work"
}
trap teardown EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# at BASE N: a port behind the base, or 0 where any will do.
at() { if [ "$1" -eq 0 ]; then echo 0; else echo $(($1 + $2)); fi; }

# said N WORD: what the line of a node that is ready says of address or http.
said() { sed -n "s/^ready .*\b$2=\([^ ]*\).*/\1/p" "$work/node-$1.out" 2>/dev/null; }

start() {
  local number="$1"; shift
  "$program" node --host 127.0.0.1 --port "$(at "$port" $((number - 1)))" --http "$(at "$http" $((number - 1)))" ${tls:+--tls "$tls"} "$@" --leash "$work" \
    < "$work/leash" {leash}>&- > "$work/node-$number.out" 2> "$work/node-$number.err" &
  pids+=($!)
}

await() {
  local number="$1" pid="${pids[$(($1 - 1))]}" until=$((SECONDS + patience))
  while [ -z "$(said "$number" address)" ]; do
    if ! kill -0 "$pid" 2>/dev/null; then
      echo "local.sh: node $number ended:" >&2
      cat "$work/node-$number.err" >&2
      exit 1
    fi
    if [ "$SECONDS" -ge "$until" ]; then
      echo "local.sh: node $number isn't ready after $patience s:" >&2
      cat "$work/node-$number.err" >&2
      exit 1
    fi
    sleep 0.1
  done
}

start 1
await 1
for ((number = 2; number <= nodes; number++)); do start "$number" --join "$(said 1 address)"; done
for ((number = 2; number <= nodes; number++)); do await "$number"; done

addresses=()
for ((number = 1; number <= nodes; number++)); do
  addresses+=("$(said "$number" address)")
  echo "node $number: $(said "$number" address), metrics and health at http://127.0.0.1:$(said "$number" http), process ${pids[$((number - 1))]}" >&2
done
ACTORS_NODES="$(IFS=,; echo "${addresses[*]}")"
export ACTORS_NODES

# Beside the script, so that a signal to it is not kept waiting by the command.
if [ $# -gt 0 ]; then
  "$@" <&0 {leash}>&- &
  pids+=($!)
  status=0
  wait "$!" || status=$?
  exit "$status"
fi

cat >&2 <<TEXT

Three nodes are up. Try, in another terminal:
  $program scale --join ${addresses[0]} --vms 100 --workload echo --expect-loss
  curl -s http://127.0.0.1:$(said 1 http)/metrics | grep actors_vms
  kill -KILL ${pids[2]}       its machines are started on the others
  kill -STOP ${pids[1]}       ... a node that stalls, until kill -CONT
Ctrl-C ends them all.
TEXT

# Until all of them are gone, whoever ended them.
for pid in "${pids[@]}"; do wait "$pid" || true; done
