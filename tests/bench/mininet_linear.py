"""A row of N switches with a host on each in Mininet, on an Open vSwitch that runs: `mn --topo linear,N --controller none`.

    mininet_linear.py N DATAPATH [SECONDS]

DATAPATH is "user" or "kernel". Prints "up SECONDS", until all switches are configured and all links are up; "reach SECONDS", until the
first host has an answer of the last, too; with SECONDS of iperf3 from the
first to the last, if any, "tcp GBIT_A_SECOND"; and "down SECONDS".
"""
import json
import sys
import time

from mininet.net import Mininet
from mininet.node import OVSSwitch
from mininet.topo import LinearTopo


class Learning(OVSSwitch):
    """Learns by itself: without a controller nothing else would let a frame pass."""

    def __init__(self, name, **parameters):
        super().__init__(name, **{**parameters, "failMode": "standalone", "datapath": sys.argv[2], "inNamespace": False})


count = int(sys.argv[1])
start = time.monotonic()
net = Mininet(topo=LinearTopo(k=count), switch=Learning, controller=None, waitConnected=False)
net.start()
print(f"up {time.monotonic() - start:.6f}", flush=True)
first, last = net.get("h1"), net.get(f"h{count}")
while " 0% packet loss" not in first.cmd(f"ping -c 1 -W 1 {last.IP()}"):
    if time.monotonic() - start > 600:
        sys.exit("the first host never reached the last")
print(f"reach {time.monotonic() - start:.6f}", flush=True)
seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 0
if seconds:
    # A datapath in user space passes frames on without the checksum that a device was to add; Mininet leaves that to its users.
    for host in (first, last) if sys.argv[2] == "user" else ():
        host.cmd(f"ethtool -K {host.defaultIntf()} tx off")
    server = last.popen("iperf3", "-s", "-1")
    time.sleep(0.5)
    report = json.loads(first.cmd(f"iperf3 -c {last.IP()} -t {sys.argv[3]} -O 1 -J"))
    server.wait()
    print(f"tcp {report['end']['sum_received']['bits_per_second'] / 1e9:.6f}", flush=True)
start = time.monotonic()
net.stop()
print(f"down {time.monotonic() - start:.6f}")
