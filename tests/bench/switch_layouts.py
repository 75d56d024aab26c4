"""What a port more costs Open vSwitch, by how the ports that are there are laid out: nothing of linkfab is in it.

    switch_layouts.py DATAPATH PORTS SWITCHES BRIDGES

PORTS veth devices, in batches of up to 500, on SWITCHES ovs-vswitchd, each with a database and a network namespace of its own, and BRIDGES
bridges on each; DATAPATH is "netdev" or "system". The devices' other ends are together in one namespace for each switch, so that the kernel's
own costs of many namespaces do not hide Open vSwitch's. Prints "all SECONDS", the switches' time for all batches; five times
"more MILLISECONDS", for one port more, each time on the next switch; and three times "nothing MILLISECONDS", for a change of its database
that changes nothing. Run it in namespaces of its own, network, mounts and processes: it leaves all it has made.
"""
import os
import subprocess
import sys
import tempfile
import time

datapath, ports, count, bridges = sys.argv[1], *map(int, sys.argv[2:])
work = tempfile.mkdtemp(prefix="layouts", dir="/run")


def run(*command, **more):
    subprocess.run(command, check=True, **more)


def seconds(function, *arguments):
    start = time.monotonic()
    function(*arguments)
    return time.monotonic() - start


class Switch:
    def __init__(self, number):
        self.netns, self.peers, self.devices = f"s{number}", f"p{number}", 0
        directory = f"{work}/{number}"
        os.mkdir(directory)
        run("ip", "netns", "add", self.netns)
        run("ip", "netns", "add", self.peers)
        self.environment = dict(os.environ, OVS_RUNDIR=directory, OVS_DBDIR=directory, OVS_LOGDIR=directory)
        self.database = f"unix:{directory}/db.sock"
        run("ovsdb-tool", "create", directory + "/conf.db", "/usr/share/openvswitch/vswitch.ovsschema")
        self.processes = [self.start("ovsdb-server", "--remote=p" + self.database, f"--unixctl={directory}/db.ctl", directory + "/conf.db")]
        while not os.path.exists(directory + "/db.sock"):
            time.sleep(0.02)
        self.configure("--no-wait", "init")
        self.processes.append(self.start("ovs-vswitchd", self.database, f"--unixctl={directory}/ovs.ctl"))
        for bridge in range(bridges):
            self.configure("add-br", f"b{bridge}", "--", "set", "bridge", f"b{bridge}", "datapath_type=" + datapath, "fail_mode=secure")

    def start(self, *command):
        return subprocess.Popen(["ip", "netns", "exec", self.netns, *command, "-vsyslog:off", "-vconsole:off"], env=self.environment)

    def configure(self, *words):
        run("ovs-vsctl", "--db=" + self.database, "-t", "600", *words, env=self.environment)

    def make_devices(self, number):
        names = [f"v{self.devices + i}" for i in range(number)]
        self.devices += number
        lines = [f"link add {name} type veth peer name e{name} netns {self.peers}\nlink set {name} up\n" for name in names]
        run("ip", "-n", self.netns, "-batch", "-", input="".join(lines), text=True)
        return names

    def add_ports(self, names):
        words = []
        for i, name in enumerate(names):
            words += ["--", "add-port", f"b{i % bridges}", name]
        self.configure(*words)


switches = [Switch(number) for number in range(count)]
total = 0.0
left = ports
while left > 0:
    for switch in switches:
        batch = min(500, ports // count, left)
        left -= batch
        names = switch.make_devices(batch)
        total += seconds(switch.add_ports, names)
print(f"all {total:.3f}", flush=True)
time.sleep(2)
for turn in range(5):
    switch = switches[turn % count]
    names = switch.make_devices(1)
    print(f"more {seconds(switch.add_ports, names) * 1000:.1f}", flush=True)
for turn in range(3):
    print(f"nothing {seconds(switches[0].configure, 'set', 'open_vswitch', '.', f'external_ids:turn={turn}') * 1000:.1f}", flush=True)
for switch in switches:
    for process in reversed(switch.processes):
        process.kill()
        process.wait()
