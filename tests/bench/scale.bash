# shellcheck shell=bash
# shellcheck disable=SC2154
# The part `scale` of tests/bench/parts, which has what is not defined here: what N links cost, from their
# making to their end, and beside it what Open vSwitch and the kernel alone take for the same.

limit=${LINKFAB_BENCH_LIMIT:-900}  # seconds that one command may take

ask() { timeout "$limit" python3 "$here/ask_agent.py" "$work/run/db.sock" "$@"; }
limited() { timeout "$limit" "$bin/linkfab" "$@" "${instance[@]}"; }
process_of() { cut -d' ' -f1 "$work/run/$1.process"; }

# What a process has used of processors, in seconds.
used() { awk '{ sum += $1 } END { printf "%.3f", sum / 1e9 }' /proc/"$1"/task/*/schedstat; }

# The agent and its servers: NAME PROCESS.
each_process() {
  echo "linkfabd $agent"
  echo "ovsdb-server-linkfab $(process_of db)"
  echo "ovsdb-server-switch $(process_of ovs/ovsdb-server)"
  echo "ovs-vswitchd $(process_of ovs/ovs-vswitchd)"
}

times_of_all() { local name process; each_process | while read -r name process; do echo "$name $(used "$process")"; done; }

# What each used between two such lists, times FACTOR.
differences() {  # MEASURE UNIT FACTOR BEFORE AFTER
  join <(sort <<<"$4") <(sort <<<"$5") |
    awk -v measure="$1" -v unit="$2" -v factor="$3" '{ printf "sample %s %s %s %.4f\n", measure, $1, unit, ($3 - $2) * factor }'
}

# A frame a millisecond over the eighth link while the command runs; the command's time is in $seconds.
under_stream() {  # SECONDS COMMAND...
  local netns=$work/run/netns stream result=0
  "$bin/bench_probe" "$netns/a7" eth0 "$netns/b7" eth0 frames "$(($1 * 1000))" 1000 >"$work/stream" & stream=$!
  sleep 1
  shift
  timed "$@" || result=$?
  wait "$stream" || result=$?
  return "$result"
}

restart_agent() {  # DATAPATH
  kill -KILL "$agent"
  wait "$agent" 2>/dev/null || true
  "$bin/linkfabd" "${instance[@]}" --ovs private --datapath "$1" 2>>"$work/agent.log" &
  agent=$!
  ask settled
}

scale_linkfab() {  # DATAPATH LINKS
  local name process before start i
  start_agent "$1" || return 1
  settle
  before=$(times_of_all)
  timed limited up "$work/lab.json" || return 1
  sample "up-$2" linkfab s "$seconds"
  differences "up-processor-$2" s 1 "$before" "$(times_of_all)"
  settle
  each_process | while read -r name process; do sample "memory-$2" "$name" MB "$(resident "$process")"; done
  for i in {1..5}; do
    ask link "$bin/linkfab" connect "a$i:more" "b$((i + 1)):more" "${instance[@]}" |
      awk -v n="$2" '{ print "sample connect-" n, $1, "ms", $2 }'
  done
  for i in {1..3}; do
    timed limited stats || return 1
    sample "stats-$2" linkfab ms "${microseconds%???}.${microseconds: -3}"
  done
  settle
  before=$(times_of_all)
  start=$EPOCHREALTIME
  sleep 20
  differences "idle-$2" % "$(awk -v since="$start" -v now="$EPOCHREALTIME" 'BEGIN { print 100 / (now - since) }')" "$before" "$(times_of_all)"
  under_stream $((4 + $2 / 250)) true || return 1
  sample "stream-$2" undisturbed frames-lost "$(jq .lost "$work/stream")"
  under_stream $((4 + $2 / 250)) restart_agent "$1" || return 1
  sample "restart-$2" linkfab s "$seconds"
  sample "stream-$2" restart frames-lost "$(jq .lost "$work/stream")"
  grep -E ' (warning|error) ' "$work/agent.log" | head -5 | sed "s/^/note agent at $2 links: /" || true
  timed limited down || return 1
  sample "down-$2" linkfab s "$seconds"
}

scale_floor() {  # DATAPATH LINKS
  local result=0
  start_switch
  settle
  timeout "$limit" "$bin/bench_floor" "$work/switch" "$1" "$2" plain >"$work/floor" || result=$?
  awk -v n="$2" '
    $1 == "up" || $1 == "down" { print "sample", $1 "-" n, "floor", "s", $2 }
    $1 == "up.ports" { print "sample up-" n, "open-vswitch", "s", $2 }
    $1 == "settled" { print "sample settled-" n, "floor", "s", $2 }
    $1 == "one_more" { print "sample connect-" n, "floor", "ms", $2 * 1000 }
    $1 == "one_more.ports" { print "sample connect-" n, "open-vswitch", "ms", $2 * 1000 }' "$work/floor"
  sed "s/^/note floor of $2 links: /" "$work/floor"
  return "$result"
}

# A turn that ends early is told, and the others go on.
scale_turn() {  # floor|linkfab DATAPATH LINKS
  "scale_$1" "$2" "$3" || echo "note $1 of $3 links: not finished; one command may take $limit s"
  if [ "$1" = linkfab ]; then stop_agent; else stop_switch; fi
}

scale() {
  local datapath=$1 links round
  shift
  for links in "$@"; do
    write_lab "$links"
    # The floor is that of flows and ports.
    if [ "${LINKFAB_FORWARDING:-openflow}" = tc ]; then scale_turn linkfab "$datapath" "$links"; continue; fi
    for round in $(seq "$([ "$links" -lt 1000 ] && echo "$rounds" || echo $(((rounds + 3) / 4)))"); do
      if [ $((round % 2)) = 1 ]; then scale_turn floor "$datapath" "$links"; scale_turn linkfab "$datapath" "$links"
      else scale_turn linkfab "$datapath" "$links"; scale_turn floor "$datapath" "$links"; fi
    done
    echo "goal up-$links linkfab floor <= 1.5"
    echo "goal down-$links linkfab floor <= 1.5"
    echo "goal connect-$links agent floor <= 1.5"
    echo "goal stream-$links restart - <= 0"
  done
}

# --- a database that hosts share, as seen from one of them ---

ask_shared() { timeout "$limit" python3 "$here/ask_agent.py" "$work/shared.sock" "$@"; }

# Ten pairs of nodes here; those of another host, whose agent is not there, are written as rows.
write_shared_lab() {
  awk 'BEGIN {
    print "{\"name\": \"shared\", \"nodes\": {"
    for (i = 0; i < 10; i++) for (end = 0; end < 2; end++)
      printf "%s\"%s%d\": {\"place\": {\"host\": \"h0\"}, \"interfaces\": {\"eth0\": \"10.0.%d.%d/24\"}}\n", (i + end > 0 ? "," : ""),
        (end == 1 ? "b" : "a"), i, i, end + 1
    print "}, \"links\": ["
    for (i = 0; i < 10; i++) printf "%s{\"ends\": [\"a%d:eth0\", \"b%d:eth0\"], \"name\": \"l%d\"}\n", (i > 0 ? "," : ""), i, i, i
    print "]}" }' >"$work/lab.json"
}

# A status of each interface of eth0, in one transaction, as many as the agents elsewhere write when as many nodes start.
write_statuses() {  # DATABASE STATE
  ovsdb-client transact "$1" "[\"Linkfab\", {\"op\": \"update\", \"table\": \"Interface\", \"where\": [[\"name\", \"==\", \"eth0\"]], \"row\": {\"state\": \"$2\"}}]" >/dev/null
}

spent() { awk -v a="$1" -v b="$(used "$2")" 'BEGIN { print b - a }'; }  # BEFORE PROCESS

# What twenty agents more cost the server while statuses are written, of hosts that need none of them, or that follow all.
watched_turn() {  # MEASURE DATABASE STATE NAME [HOST]
  local before watcher
  timeout "$limit" python3 "$here/ask_agent.py" "$work/shared.sock" watch 20 "${@:5}" >"$work/watch" & watcher=$!
  until grep -q ready "$work/watch"; do sleep 0.5; done
  before=$(used "${servers[0]}")
  write_statuses "$2" "$3"
  sleep 5
  sample "$1" "$4" s "$(spent "$before" "${servers[0]}")"
  kill "$watcher"
  wait "$watcher" 2>/dev/null || true
  awk -v measure="$1" -v name="$4" '$1 == "bytes" { print "sample", measure, name "-bytes MB", $2 / 1e6 }' "$work/watch"
}

# Nodes that only h1 needs (`needed`), or that do not say so and go to all (`unsaid`).
shared_turn() {  # DATAPATH PAIRS needed|unsaid
  local db=unix:$work/shared.sock before server i nodes=$((2 * $2)) kind=$3 host=()
  local row='{"op": "insert", "table": "Host", "row": {"name": "h1", "version": "absent", "address": "10.255.0.2"}}'
  [ "$kind" = unsaid ] || host=(h1)
  write_shared_lab
  rm -f "$work"/shared.*
  ovsdb-tool create "$work/shared.db" "$here/../../ovsdb/schema/linkfab.ovsschema"
  ovsdb-server --remote="p$db" --unixctl="$work/shared.ctl" -vsyslog:off -vconsole:off "$work/shared.db" & servers=($!)
  while [ ! -S "$work/shared.sock" ]; do sleep 0.02; done
  start_agent "$1" --db "$db" --host h0 --address 10.255.0.1 || return 1
  settle
  sample "$kind-memory-0" linkfabd MB "$(resident "$agent")"
  ovsdb-client transact "$db" "[\"Linkfab\", $row]" >/dev/null
  limited up "$work/lab.json" --db "$db" --no-wait >/dev/null && ask_shared settled >/dev/null || return 1
  before=$(used "$agent") server=$(used "${servers[0]}")
  timed ask_shared fill "$2" "${host[@]}" || return 1
  sample "$kind-write-$nodes" rows s "$seconds"
  ask_shared settled >/dev/null || return 1
  settle
  sample "$kind-processor-$nodes" linkfabd s "$(spent "$before" "$agent")"
  sample "$kind-processor-$nodes" ovsdb-server s "$(spent "$server" "${servers[0]}")"
  sample "$kind-memory-$nodes" linkfabd MB "$(resident "$agent")"
  sample "$kind-memory-$nodes" ovsdb-server MB "$(resident "${servers[0]}")"
  sample "$kind-file-$nodes" ovsdb-server MB "$(stat -c %s "$work/shared.db" | awk '{ print $1 / 1e6 }')"
  ask_shared replica h0 |
    awk -v measure="$kind-replica-$nodes" '$1 == "bytes" { print "sample", measure, "bytes MB", $2 / 1e6 } $1 == "replica" { print "sample", measure, "read ms", $2 }'
  for i in {1..5}; do
    ask_shared link "$bin/linkfab" connect "a$i:more" "b$((i + 1)):more" --no-wait --db "$db" "${instance[@]}" |
      awk -v measure="$kind-connect-$nodes" '{ print "sample", measure, $1, "ms", $2 }'
  done
  before=$(used "$agent") server=$(used "${servers[0]}")
  write_statuses "$db" down
  sleep 3
  sample "$kind-status-$nodes" linkfabd s "$(spent "$before" "$agent")"
  sample "$kind-status-$nodes" ovsdb-server s "$(spent "$server" "${servers[0]}")"
  watched_turn "$kind-watched-$nodes" "$db" up conditions h2
  watched_turn "$kind-watched-$nodes" "$db" down whole
  kill -KILL "$agent"
  wait "$agent" 2>/dev/null || true
  : >"$work/agent.log"
  server=$(used "${servers[0]}")
  timed start_shared "$1" "$db" || return 1
  sample "$kind-restart-$nodes" linkfabd s "$seconds"
  sample "$kind-restart-processor-$nodes" linkfabd s "$(used "$agent")"
  sample "$kind-restart-processor-$nodes" ovsdb-server s "$(spent "$server" "${servers[0]}")"
  before=$(used "$agent")
  sleep 20
  sample "$kind-idle-$nodes" linkfabd % "$(spent "$before" "$agent" | awk '{ print $1 * 5 }')"
  limited down --db "$db" --no-wait >/dev/null && ask_shared settled >/dev/null
}

start_shared() {  # DATAPATH DATABASE
  "$bin/linkfabd" "${instance[@]}" --ovs private --datapath "$1" --db "$2" --host h0 --address 10.255.0.1 2>>"$work/agent.log" &
  agent=$!
  ask_shared settled
}

shared() {  # DATAPATH NODES...
  local datapath=$1 nodes kind process
  shift
  for nodes in "$@"; do
    for kind in needed unsaid; do
      shared_turn "$datapath" $((nodes / 2)) "$kind" || echo "note shared by $nodes nodes, $kind: not finished"
      stop_agent
      for process in "${servers[@]}"; do kill "$process" 2>/dev/null || true; wait "$process" 2>/dev/null || true; done
      servers=()
    done
  done
}

# --- Open vSwitch alone: the same ports on one bridge, on several, and on several ovs-vswitchd ---

layout_turn() {  # DATAPATH PORTS NAME SWITCHES BRIDGES
  # In a mount namespace of its own, so that the next turn finds nothing of this one.
  unshare --net --mount --pid --fork --mount-proc --kill-child bash -c '
      mount -t tmpfs run /run && mkdir /run/netns && ip link set lo up && exec timeout "$@"' - \
    "$limit" python3 "$here/switch_layouts.py" "$1" "$2" "$4" "$5" |
    awk -v ports="$2" -v name="$3" '{ print "sample layout-" $1 "-" ports, name, ($1 == "all" ? "s" : "ms"), $2 }'
}

layouts() {  # DATAPATH PORTS...
  local datapath=$1 ports
  shift
  for ports in "$@"; do
    for _ in $(seq "$rounds"); do
      layout_turn "$datapath" "$ports" one-bridge 1 1
      layout_turn "$datapath" "$ports" ten-bridges 1 10
      layout_turn "$datapath" "$ports" five-switches 5 1
    done
  done
}

# --- one lab over several hosts that are this machine: each an agent, an ovs-vswitchd and a network namespace ---

start_hosts() {  # DATAPATH HOSTS
  local host
  ovsdb-tool create "$work/shared.db" "$here/../../ovsdb/schema/linkfab.ovsschema"
  ovsdb-server --remote="punix:$work/shared.sock" --unixctl="$work/shared.ctl" -vsyslog:off -vconsole:off "$work/shared.db" & servers=($!)
  while [ ! -S "$work/shared.sock" ]; do sleep 0.02; done
  ip link add wire type bridge
  ip link set wire up
  for host in $(seq "$2"); do
    mkdir -p "$work/$host"
    touch "$work/$host/net"
    unshare --net="$work/$host/net" true
    nsenter --net="$work/$host/net" ip link add eth0 mtu 1600 type veth peer name "to-$host" mtu 1600 netns $$
    nsenter --net="$work/$host/net" ip address add "10.99.0.$host/24" dev eth0
    nsenter --net="$work/$host/net" ip link set eth0 up
    nsenter --net="$work/$host/net" ip link set lo up
    ip link set "to-$host" master wire up
    LINKFAB_RUN_DIR=$work/$host/run LINKFAB_STATE_DIR=$work/$host/state nsenter --net="$work/$host/net" "$bin/linkfabd" "${instance[@]}" \
      --ovs private --datapath "$1" --db "unix:$work/shared.sock" --host "s$host" --address "10.99.0.$host" 2>"$work/$host/log" &
    hosts+=($!)
  done
  for host in $(seq "$2"); do
    until grep -q ' on bridge ' "$work/$host/log"; do sleep 0.1; done
  done
}

stop_hosts() {
  local host file process
  for process in "${hosts[@]}" "${servers[@]}"; do kill "$process" 2>/dev/null || true; wait "$process" 2>/dev/null || true; done
  hosts=() servers=()
  for file in "$work"/[0-9]*/run/*.process "$work"/[0-9]*/run/ovs/*.process; do
    [ ! -e "$file" ] || kill "$(cut -d' ' -f1 "$file")" 2>/dev/null || true
  done
  for host in "$work"/[0-9]*; do
    umount -R "$host/run/netns" "$host/net" 2>/dev/null || true
    rm -rf "$host"
  done
  rm -f "$work"/shared.*
  ip link del wire 2>/dev/null || true
}

# Two nodes of one host that no link joins, LINKS times: a link between them is that host's alone.
neighbours() {  # LINKS
  limited ps --db "$db" --json |
    jq -r '[.nodes[] | select(.name | startswith("a"))] | group_by(.host) | .[] | "\(.[0].name) \(.[1].name)"' | head -n "$1"
}

hosts_turn() {  # DATAPATH LINKS HOSTS
  local db=unix:$work/shared.sock a b process
  start_hosts "$1" "$3"
  settle
  timed limited up "$work/lab.json" --db "$db" --timeout 900s || return 1
  sample "split-up-$2" "$3-hosts" s "$seconds"
  settle
  limited hosts --db "$db" | sed "s/^/note $2 links on $3 hosts: /"
  sample "split-memory-$2" "$3-hosts" MB "$(for process in "${hosts[@]}" $(cut -d' ' -f1 -s "$work"/[0-9]*/run/ovs/*.process); do
    resident "$process"; done | awk '{ sum += $1 } END { print sum }')"
  neighbours 5 | while read -r a b; do
    ask_shared link "$bin/linkfab" connect "$a:more" "$b:more" --db "$db" "${instance[@]}" |
      awk -v n="$2" -v hosts="$3" '{ print "sample split-connect-" n, hosts "-hosts-" $1, "ms", $2 }'
  done
  timed limited down --db "$db" --timeout 900s || return 1
  sample "split-down-$2" "$3-hosts" s "$seconds"
}

split() {  # DATAPATH LINKS HOSTS...
  local datapath=$1 links=$2 count
  shift 2
  write_lab "$links"
  hosts=()
  for _ in $(seq "$rounds"); do
    for count in "$@"; do
      hosts_turn "$datapath" "$links" "$count" || echo "note $links links on $count hosts: not finished"
      stop_hosts
    done
  done
}
