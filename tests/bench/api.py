#!/usr/bin/env python3
"""What the HTTP API costs in a lab of many links: listings, one change until it is in force, and many listeners.

    api.py BIN [LINKS]

BIN has linkfabd and linkfab. Needs root; everything is in a network namespace of its own, over Open vSwitch in user space. One
cable is cut and restored: the host's kernel may have no netem.
"""
import json
import os
import pathlib
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "clients" / "python"))
import linkfab  # noqa: E402

CLIENTS = 100
SECONDS = 10


def topology(links):
    nodes = {f"n{i}": {} for i in range(2 * links)}
    return {"name": "api", "nodes": nodes, "links": [[f"n{2 * i}:eth0", f"n{2 * i + 1}:eth0"] for i in range(links)]}


def processor_time(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(times):
    return f"{statistics.median(times):.1f} ms ({min(times):.1f}–{max(times):.1f}, n={len(times)})"


def timed(task, times):
    result = []
    for i in range(times):
        start = time.monotonic()
        task(i)
        result.append((time.monotonic() - start) * 1000)
    return spread(result)


class Listener:
    """A WebSocket that counts the messages it gets and forgets them."""

    def __init__(self, path, query):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.sendall((f"GET /api/v1/events{query} HTTP/1.1\r\nHost: l\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").encode())
        self.head, self.left, self.pending, self.messages, self.bytes = True, 0, b"", 0, 0

    def take(self):
        data = self.socket.recv(1 << 20)
        self.bytes += len(data)
        if self.head:
            self.pending += data
            if b"\r\n\r\n" not in self.pending:
                return
            data, self.pending, self.head = self.pending.split(b"\r\n\r\n", 1)[1], b"", False
        while data:
            if self.left:
                skipped = min(self.left, len(data))
                self.left -= skipped
                data = data[skipped:]
                continue
            self.pending += data
            size = self.pending[1] & 127 if len(self.pending) > 1 else 0
            header = 2 + {126: 2, 127: 8}.get(size, 0)
            if len(self.pending) < header:
                return
            if size > 125:
                size = int.from_bytes(self.pending[2:header], "big")
            data, self.pending, self.left = self.pending[header:], b"", size
            self.messages += 1


def listen(path, query, pid, change):
    """The agent's share of a processor while CLIENTS listen and `change` is called 10 times a second."""
    selector = selectors.DefaultSelector()
    listeners = [Listener(path, query) for _ in range(CLIENTS)]
    for each in listeners:
        selector.register(each.socket, selectors.EVENT_READ, each)

    def run(seconds):
        end, due, number = time.monotonic() + seconds, time.monotonic(), 0
        while time.monotonic() < end:
            for key, _ in selector.select(max(0, min(due, end) - time.monotonic())):
                key.data.take()
            if time.monotonic() >= due:
                change(number)
                number, due = number + 1, due + 0.1

    run(2)
    before, counts = processor_time(pid), [each.messages for each in listeners]
    run(SECONDS)
    used = (processor_time(pid) - before) / SECONDS * 100
    got = [(each.messages - had) / SECONDS for each, had in zip(listeners, counts)]
    size = sum(each.bytes for each in listeners) / max(1, sum(each.messages for each in listeners))
    for each in listeners:
        each.socket.close()
    time.sleep(0.5)
    return f"{used:.0f} % of a core; each gets {min(got):.1f}–{max(got):.1f} messages/s of {size:,.0f} bytes"


def post_without_waiting(path):
    """Sends changes one after another without waiting for the answers of any."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)

    def change(number):
        body = json.dumps({"state": ("down", "up")[number % 2]})
        connection.sendall((f"PATCH /api/v1/links/n2%3Aeth0--n3%3Aeth0?wait=false HTTP/1.1\r\nHost: l\r\nContent-Type: application/json\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
        if number:
            connection.recv(1 << 16)

    return change


def measure(run_dir, pid):
    path = f"{run_dir}/api.sock"
    with linkfab.Linkfab(path, timeout=60) as lab:
        name = "n0:eth0--n1:eth0"
        count = len(lab.links())
        print(f"{count} links", flush=True)
        raw = socket.socket(socket.AF_UNIX)
        raw.connect(path)

        def listing(what):
            def ask(_):
                raw.sendall(f"GET /api/v1/{what} HTTP/1.1\r\nHost: l\r\n\r\n".encode())
                data = raw.recv(1 << 20)
                head, _, body = data.partition(b"\r\n\r\n")
                size = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1])
                left = size - len(body)
                while left > 0:
                    left -= len(raw.recv(1 << 20))
            return ask

        for what in ("links", "nodes", "statistics"):
            print(f"GET /{what}: {timed(listing(what), 20)}", flush=True)
        print(f"GET of one link: {timed(lambda _: lab.link(name), 50)}", flush=True)
        print(f"PATCH until in force: {timed(lambda i: lab.change_link(name, state=('down', 'up')[i % 2]), 100)}", flush=True)
        print(f"PATCH, not waited for: {timed(lambda i: lab.change_link(name, wait=False, state=('down', 'up')[i % 2]), 50)}", flush=True)
    time.sleep(1)
    print(f"{CLIENTS} listeners, 10 changes/s: {listen(path, '', pid, post_without_waiting(path))}", flush=True)
    print(f"no listener, 10 changes/s: {listen_none(path, pid)}", flush=True)


def listen_none(path, pid):
    change = post_without_waiting(path)
    before, end = processor_time(pid), time.monotonic() + 5
    number = 0
    while time.monotonic() < end:
        change(number)
        number += 1
        time.sleep(0.1)
    return f"{(processor_time(pid) - before) / 5 * 100:.0f} % of a core"


def main():
    if os.environ.get("LINKFAB_BENCH_NETNS") is None:
        os.environ["LINKFAB_BENCH_NETNS"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])
    binaries = pathlib.Path(sys.argv[1]).resolve()
    links = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="lf-bench-api.") as directory:
        place = pathlib.Path(directory)
        environment = {**os.environ, "LINKFAB_RUN_DIR": f"{place}/run", "LINKFAB_STATE_DIR": f"{place}/state"}
        (place / "lab.json").write_text(json.dumps(topology(links)))
        with open(place / "log", "w") as log:
            agent = subprocess.Popen([binaries / "linkfabd", "--instance", "bapi", "--ovs", "private", "--datapath", "netdev", "--until-down"],
                                     env=environment, stdout=log, stderr=log)
        command = [binaries / "linkfab", "--instance", "bapi"]
        try:
            end = time.monotonic() + 30
            while not (place / "run" / "api.sock").exists() and time.monotonic() < end:
                time.sleep(0.05)
            subprocess.run([*command, "up", place / "lab.json"], env=environment, check=True, stdout=subprocess.DEVNULL)
            measure(place / "run", agent.pid)
        finally:
            subprocess.run([*command, "down"], env=environment, check=False, stdout=subprocess.DEVNULL)
            try:
                agent.wait(120)
            except subprocess.TimeoutExpired:
                agent.kill()


if __name__ == "__main__":
    main()
