"""How long the agents take, as a client of its database sees it; one line each, in milliseconds.

    ask_agent.py DATABASE_SOCKET statistics COUNT     reads the counters of all links and writes them
    ask_agent.py DATABASE_SOCKET settled              until each that ever did has acted on everything that is wanted
    ask_agent.py DATABASE_SOCKET fill PAIRS [HOST]    writes pairs of nodes of a host h1, as `linkfab up` does, a thousand a transaction;
                                                      without HOST they do not say which host needs them, so that all get them
    ask_agent.py DATABASE_SOCKET replica [HOST]       reads what the agent of that host follows, or everything that any does; also "bytes"
    ask_agent.py DATABASE_SOCKET watch COUNT [HOST]   so many that follow that, until a signal ends it; first "ready", at the end "bytes"
    ask_agent.py DATABASE_SOCKET link COMMAND...      COMMAND makes a link: from its row until it is in force ("agent"),
                                                      and with the command itself ("command")
"""
import json
import select
import signal
import socket
import subprocess
import sys
import time

FOLLOWED = {  # fabric/rows.cpp, of a database that hosts share
    "Fabric": ["name", "options", "next_cfg", "next_stats"],
    "Host": ["name", "address", "wanted", "version", "beat", "silent"],
    "Node": ["name", "host", "kind", "image", "command", "environment", "binds", "sysctls", "options", "routes", "switch",
             "wanted", "restart_request", "restart_done", "interfaces", "owner"],
    "Interface": ["name", "mac", "mtu", "addresses", "type", "options", "state", "carrier", "error"],
    "Link": ["name", "a", "b", "a_to_b", "b_to_a", "wanted", "owner", "host"],
    "Segment": ["name", "kind", "interfaces", "impairments", "wanted", "host"],
    "Tunnel": ["vni", "link", "segment", "away", "host"],
}


def requests(tables, host=None):
    """Of a host's agent: fabric/rows.cpp, columns_of_host()."""
    wanted = {table: [{"columns": columns}] for table, columns in tables.items()}
    for table in ("Node", "Interface", "Link", "Segment") if host else ():
        wanted[table][0]["where"] = [["needed_by", "includes", ["set", [host]]], ["needed_by", "==", ["set", []]]]
        if table == "Interface":
            wanted[table][0]["where"].append(["type", "==", "vxlan"])
    return wanted


class Database:
    def __init__(self, path, tables, host=None):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(path)
        self.decoder, self.pending, self.number = json.JSONDecoder(), "", 0
        self.rows = self.ask("monitor_cond" if host else "monitor", ["Linkfab", "m", requests(tables, host)])

    def message(self):
        while True:
            self.pending = self.pending.lstrip()
            try:
                value, end = self.decoder.raw_decode(self.pending)
            except ValueError:
                self.pending += self.more()
                continue
            self.pending = self.pending[end:]
            if value.get("method") == "echo":
                self.send("", value["params"], value["id"])
                continue
            return value

    def more(self):
        """What comes; of a large message as much again as there is, since each look at it is one from its beginning."""
        pieces, size = [], 0
        while not pieces or size < len(self.pending) and select.select([self.connection], [], [], 0.01)[0]:
            pieces.append(self.connection.recv(1 << 20))
            size += len(pieces[-1])
            if not pieces[-1]:
                sys.exit("ask_agent: the database's server has gone")
        return b"".join(pieces).decode()

    def send(self, method, parameters, number):
        message = {"method": method, "params": parameters} if method else {"result": parameters, "error": None}
        self.connection.sendall(json.dumps(message | {"id": number}).encode())

    def ask(self, method, parameters):
        """The reply; updates that come before it are lost, so ask before what is to be seen."""
        self.number += 1
        self.send(method, parameters, self.number)
        while True:
            message = self.message()
            if message.get("id") == self.number:
                return message["result"]

    def bump(self, column):
        self.number += 1
        self.send("transact", ["Linkfab", {"op": "mutate", "table": "Fabric", "where": [], "mutations": [[column, "+=", 1]]}],
                  self.number)

    def update(self):
        while True:
            message = self.message()
            if message.get("method") == "update":
                return message["params"][1]


def newest(tables, table, column):
    values = [row["new"][column] for row in tables.get(table, {}).values() if column in row.get("new", {})]
    return max(values) if values else None


def tell(what, start, end):
    print(f"{what} {(end - start) * 1000:.2f}", flush=True)


def statistics(path, count):
    database = Database(path, {"Host": ["cur_stats"]})
    for _ in range(count):
        time.sleep(0.2)
        start = time.monotonic()
        database.bump("next_stats")
        database.update()
        tell("statistics", start, time.monotonic())


def acted_on(tables):
    """By host, but for those that never act."""
    return {uuid: row["new"]["cur_cfg"] for uuid, row in tables.get("Host", {}).items() if row.get("new", {}).get("cur_cfg")}


def wait_acted(database, wanted, seen=lambda update: None):
    """The moment at which each agent has acted on what is wanted."""
    acted = acted_on(database.rows)
    while wanted is None or not acted or min(acted.values()) < wanted:
        update = database.update()
        seen(update)
        if (bumped := newest(update, "Fabric", "next_cfg")) is not None:
            wanted = bumped
        acted |= acted_on(update)
    return time.monotonic()


def settled(path):
    start = time.monotonic()
    database = Database(path, {"Fabric": ["next_cfg"], "Host": ["cur_cfg"]})
    before = newest(database.rows, "Fabric", "next_cfg")
    database.bump("next_cfg")
    tell("settled", start, wait_acted(database, before + 1))


def link(path, command):
    database = Database(path, {"Fabric": ["next_cfg"], "Host": ["cur_cfg"], "Link": ["name"]})
    written = []
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        end = wait_acted(database, None,
                         lambda update: written.append(time.monotonic()) if "Link" in update and not written else None)
        if process.wait() != 0:
            sys.exit(f"ask_agent: {command[0]} failed")
    tell("command", start, time.monotonic())
    tell("agent", written[0], end)


def pair(i, needed):
    ends, operations = [], []
    for end in (1, 2):
        name = f"{'ab'[end - 1]}{i}"
        ends.append(["named-uuid", f"i{name}"])
        operations += [
            {"op": "insert", "table": "Interface", "uuid-name": f"i{name}",
             "row": {"name": "eth0", "addresses": f"10.{i // 256 % 256}.{i % 256}.{end}/24", **needed}},
            {"op": "insert", "table": "Node", "row": {"name": name, "host": "h1", "kind": "netns", "wanted": "running", "interfaces": ends[-1],
                                                      "place": ["map", [["host", "h1"]]], **needed}}]
    return operations + [{"op": "insert", "table": "Link",
                          "row": {"name": f"l{i}", "a": ends[0], "b": ends[1], "wanted": "up", "host": "h1", **needed}}]


def fill(path, pairs, host=None):
    needed = {"needed_by": host} if host else {}
    database = Database(path, {"Fabric": ["name"]})
    start = time.monotonic()
    for first in range(1000, 1000 + pairs, 1000):
        operations = [step for i in range(first, min(first + 1000, 1000 + pairs)) for step in pair(i, needed)]
        failed = [result for result in database.ask("transact", ["Linkfab", *operations]) if result and "error" in result]
        if failed:
            sys.exit(f"ask_agent: {failed[0]}")
    tell("fill", start, time.monotonic())


def replica(path, host=None):
    start = time.monotonic()
    database = Database(path, FOLLOWED, host)
    tell("replica", start, time.monotonic())
    print(f"bytes {len(json.dumps(database.rows, separators=(',', ':')))}")


def watch(path, count, host=None):
    connections, received = [], 0
    for _ in range(count):
        connections.append(socket.socket(socket.AF_UNIX))
        connections[-1].connect(path)
        zero = "00000000-0000-0000-0000-000000000000"
        connections[-1].sendall(json.dumps({"method": "monitor_cond_since", "id": 1,
                                            "params": ["Linkfab", "m", requests(FOLLOWED, host), zero]}).encode())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(print(f"bytes {received}", flush=True)))
    quiet = False
    while True:
        ready = select.select(connections, [], [], None if quiet else 2)[0]
        if not ready and not quiet:
            quiet, received = True, 0
            print("ready", flush=True)
        for connection in ready:
            piece = connection.recv(1 << 20)
            received += len(piece)
            if b'"method":"echo"' in piece:
                connection.sendall(b'{"id":"echo","result":[],"error":null}')


if sys.argv[2] == "statistics":
    statistics(sys.argv[1], int(sys.argv[3]))
elif sys.argv[2] == "settled":
    settled(sys.argv[1])
elif sys.argv[2] == "fill":
    fill(sys.argv[1], int(sys.argv[3]), *sys.argv[4:])
elif sys.argv[2] == "replica":
    replica(sys.argv[1], *sys.argv[3:])
elif sys.argv[2] == "watch":
    watch(sys.argv[1], int(sys.argv[3]), *sys.argv[4:])
else:
    link(sys.argv[1], sys.argv[3:])
