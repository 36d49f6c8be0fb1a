#!/bin/sh
# Two nodes as on two hosts: each in a network namespace of its own, with a cable (veth) between them, and scale tests over both: VMs that are whole on a host, and VMs whose guest is on one
# host and whose device model is on the other. Needs root and iproute2.
#
#   deploy/namespaces.sh [ACTORS]      ACTORS: the program. Default: actors, from the PATH
#
# Nothing stays behind: processes, namespaces and the cable go when the script ends, however it ends but by kill -9.
# Status: that of the scale tests; 77 where the machine doesn't allow it.
set -u

actors=${1:-actors}
one=actors-one-$$
two=actors-two-$$
port=4053
pids=
logs=$(mktemp -d)

finish() {
    for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
    ip netns delete "$one" 2>/dev/null
    ip netns delete "$two" 2>/dev/null
    rm -rf "$logs"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

if ! command -v ip >/dev/null; then
    echo "namespaces.sh: there is no ip (iproute2)" >&2
    exit 77
fi
if ! ip netns add "$one" 2>"$logs/ip" || ! ip netns add "$two" 2>"$logs/ip" \
    || ! ip link add "a$$" netns "$one" type veth peer name "b$$" netns "$two" 2>"$logs/ip"; then
    echo "namespaces.sh: no network namespaces here: $(cat "$logs/ip")" >&2
    exit 77
fi

# The scale test keeps its sockets in the file system, which both hosts share; its word with the nodes goes over the cable.
ip -n "$one" address add 10.77.0.1/24 dev "a$$"
ip -n "$two" address add 10.77.0.2/24 dev "b$$"
for each in "$one lo" "$one a$$" "$two lo" "$two b$$"; do
    # shellcheck disable=SC2086
    set -- $each
    ip -n "$1" link set "$2" up
done

start() {
    ip netns exec "$1" "$actors" node --host "$2" --port $port --http off --allow-remote --join 10.77.0.1:$port 10.77.0.2:$port \
        </dev/null >"$logs/$1" 2>"$logs/$1.err" &
    pids="$pids $!"
}

ready() {
    tries=0
    until grep -q ready "$logs/$1" 2>/dev/null; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ] || ! kill -0 "$2" 2>/dev/null; then
            echo "namespaces.sh: the node in $1 didn't come up:" >&2
            cat "$logs/$1.err" >&2
            exit 1
        fi
        sleep 1
    done
    sed "s/^/$1: /" "$logs/$1"
}

start "$one" 10.77.0.1
first=$!
start "$two" 10.77.0.2
ready "$one" $first
ready "$two" $!

# Bytes are what this is about: how long an exit takes is for a machine that does nothing else.
cat >"$logs/two-hosts.scale.yaml" <<'PLAN'
name: two-hosts
guest: echo
vms: 20
traffic: { lineBytes: 64, linesPerSecond: 2 }
objectives: { lost: 0, doubled: 0 }
PLAN
for placement in colocated split; do
    ip netns exec "$one" "$actors" scale --join 10.77.0.1:$port 10.77.0.2:$port --host 10.77.0.1 --duration 10s --workload "$logs/two-hosts.scale.yaml" --placement $placement </dev/null
    status=$?
    if [ $status -ne 0 ]; then
        for each in "$one" "$two"; do sed "s/^actors: /$each: /" "$logs/$each.err" >&2; done
        exit $status
    fi
done
echo "two hosts: scale tests over both, and no byte lost or doubled"
