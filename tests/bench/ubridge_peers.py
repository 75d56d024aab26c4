#!/usr/bin/env python3
"""Several programs that speak ubridge's protocol, by turns:   ubridge_peers.py NAME=PROGRAM NAME=PROGRAM [--rounds N]

    sudo unshare -nmpf --mount-proc tests/bench/ubridge_peers.py ubridge=/usr/bin/ubridge linkfab=build/release/bin/ubridge

    a 10.0.0.1 -- veth -- bridge (Linux raw, UDP) -- 127.0.0.1 -- bridge (UDP, Linux raw) -- veth -- b 10.0.0.2

The two bridges are in processes of their own; the pairs are made by their programs. Then 200 processes with a running bridge each. Prints a table of
medians, least and most, and the ratio of the last name's median to the first's. Needs root, iperf3 and ethtool, and namespaces that nobody else uses.
"""
import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import time

ENDS = "ab"
OFFERED = (20_000, 50_000, 100_000)  # 64-byte frames a second
MANY = 200


def output(command, timeout=60):
    return subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=timeout, check=False).stdout


class Hypervisor:
    """A process of the program, and a connection to it."""

    def __init__(self, program, port):
        self.process = subprocess.Popen([program, "-H", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(5000):
            try:
                self.socket = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                time.sleep(0.002)
        self.lines = self.socket.makefile("r")

    def __call__(self, *commands):
        for command in commands:
            self.socket.sendall(command.encode() + b"\n")
            reply = "   "
            while reply[3:4] != "-":
                reply = self.lines.readline()
                if not reply:
                    raise RuntimeError(f"{command}: the connection ended")
            if not reply.startswith("1"):
                raise RuntimeError(f"{command}: {reply}")

    def status(self, name, file="status"):
        with open(f"/proc/{self.process.pid}/{file}", encoding="ascii") as lines:
            return int(re.search(rf"^{name}:\s*(\d+)", lines.read(), re.M).group(1))

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as line:
            fields = line.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self("hypervisor stop")
        self.process.wait(10)


class Namespace:
    def __init__(self):
        self.process = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
        time.sleep(0.2)
        self("ip link set lo up; sysctl -qw net.ipv6.conf.default.disable_ipv6=1")

    def __call__(self, command):
        return output(f"nsenter -t {self.process.pid} -n sh -c '{command}'")

    def serve(self):
        server = subprocess.Popen(["nsenter", "-t", str(self.process.pid), "-n", "iperf3", "-s", "-1"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        return server


class Chain:
    """The two processes and what hangs on them, from construction to `end`."""

    def __init__(self, program, spaces):
        self.processes = [Hypervisor(program, 4300 + i) for i in range(2)]
        for i, (end, process) in enumerate(zip(ENDS, self.processes)):
            process(f"docker create_veth g{end} n{end}", f"docker move_to_ns n{end} {spaces[i].process.pid} eth0",
                    f"bridge create {end}", f"bridge add_nio_linux_raw {end} g{end}",
                    f"bridge add_nio_udp {end} {20000 + i} 127.0.0.1 {20001 - i}", f"bridge start {end}")
            spaces[i](f"ip addr add 10.0.0.{i + 1}/24 dev eth0; ip link set eth0 up")
        self.a, self.b = spaces
        self.a("ping -c 3 -i 0.2 10.0.0.2")

    def processor_seconds(self):
        return sum(process.processor_seconds() for process in self.processes)

    def round_trip(self, count):
        """Mean, in milliseconds."""
        return float(re.search(r"= [\d.]+/([\d.]+)/", self.a(f"ping -q -c {count} -i 0.005 10.0.0.2")).group(1))

    def iperf(self, options):
        server = self.b.serve()
        said = self.a(f"timeout 20 iperf3 -c 10.0.0.2 -J {options}")
        server.kill()
        server.wait()
        try:
            return json.loads(said)["end"]
        except (ValueError, KeyError):
            return None  # nothing came through

    def tcp(self, seconds):
        end = self.iperf(f"-t {seconds}")
        return end["sum_received"]["bits_per_second"] / 1e6 if end else 0.0

    def end(self):
        for end, process in zip(ENDS, self.processes):
            process(f"bridge delete {end}", f"docker delete_veth g{end}")
            process.end()


def measure_chain(chain, note):
    note("round trip, µs", chain.round_trip(500) * 1000)
    before = chain.processor_seconds()
    note("TCP, Mbit/s", chain.tcp(4))
    note("processors that both processes had during it", (chain.processor_seconds() - before) / 4)
    for rate in OFFERED:
        sums = chain.iperf(f"-u -l 18 -t 3 -b {rate * 18 * 8}")
        arrived = sums["sum"]["packets"] - sums["sum"]["lost_packets"] if sums else 0
        note(f"64-byte frames, {rate:,}/s offered: arrived a second", arrived / 3)
        note(f"64-byte frames, {rate:,}/s offered: lost, %", sums["sum"]["lost_percent"] if sums else 100.0)
    for space in (chain.a, chain.b):
        space("ethtool -K eth0 tx on tso on gso on")
    note("TCP, segments and checksums left to the device, Mbit/s", chain.tcp(3))
    for space in (chain.a, chain.b):
        space("ethtool -K eth0 tx off tso off gso off")
    chain.processes[0]("bridge add_packet_filter a slow delay 10")
    note("delay of 10 ms: round trip, ms", chain.round_trip(50))
    note("delay of 10 ms: TCP, Mbit/s", chain.tcp(4))


def measure_many(program, note):
    start = time.monotonic()
    processes = []
    for n in range(MANY):
        process = Hypervisor(program, 10000 + n)
        one, other = 30000 + 2 * n, 30001 + 2 * n
        process("bridge create b", f"bridge add_nio_udp b {one} 127.0.0.1 {other}", f"bridge add_nio_udp b {other} 127.0.0.1 {one}", "bridge start b")
        processes.append(process)
    note(f"{MANY} processes: start, with its bridge, ms each", (time.monotonic() - start) * 1000 / MANY)
    note(f"{MANY} processes: proportional set, KB each", statistics.mean(p.status("Pss", "smaps_rollup") for p in processes))
    note(f"{MANY} processes: resident, KB each", statistics.mean(p.status("Rss", "smaps_rollup") for p in processes))
    start = time.monotonic()
    for process in processes:
        process("hypervisor stop")
    for process in processes:
        process.process.wait(10)
    note(f"{MANY} processes: all stopped, s", time.monotonic() - start)


def table(samples, names):
    print("\n| | " + " | ".join(names) + " | ratio |")
    print("|---" * (len(names) + 2) + "|")
    for what, of in samples.items():
        medians = [statistics.median(of[name]) for name in names]
        digits = 0 if max(medians) >= 100 else 2
        cells = [f"{m:,.{digits}f} ({min(of[n]):,.{digits}f}–{max(of[n]):,.{digits}f})" for n, m in zip(names, medians)]
        print(f"| {what} | " + " | ".join(cells) + f" | {medians[-1] / medians[0]:.2f} |" if medians[0] else
              f"| {what} | " + " | ".join(cells) + " | |")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("peers", nargs="+", metavar="NAME=PROGRAM")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    peers = dict(peer.split("=", 1) for peer in arguments.peers)
    output("ip link set lo up; sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.all.disable_ipv6=1")
    spaces = [Namespace(), Namespace()]
    samples = {}
    try:
        for number in range(arguments.rounds):
            for name in list(peers)[:: 1 if number % 2 == 0 else -1]:
                def note(what, value, name=name):
                    samples.setdefault(what, {}).setdefault(name, []).append(value)
                chain = Chain(peers[name], spaces)
                measure_chain(chain, note)
                chain.end()
                measure_many(peers[name], note)
                print(f"round {number + 1} of {name}: load average {os.getloadavg()[0]:.1f}", flush=True)
    finally:
        for space in spaces:
            space.process.send_signal(signal.SIGKILL)
    table(samples, list(peers))


main()
