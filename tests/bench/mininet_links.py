"""N pairs of Mininet hosts, each host on a port of one user-space Open vSwitch, as `linkfab up` makes them.

Prints "up SECONDS" and "down SECONDS". Mininet also gives every host a shell; that is its way.
"""
import sys
import time

from mininet.link import Link
from mininet.net import Mininet
from mininet.node import OVSSwitch

count = int(sys.argv[1])
start = time.monotonic()
net = Mininet(controller=None, switch=OVSSwitch, link=Link, build=False)
switch = net.addSwitch("s1", datapath="user", failMode="secure", inNamespace=False)
for i in range(count):
    for end in (1, 2):
        host = net.addHost(f"{'ab'[end - 1]}{i}", ip=f"10.{i // 256}.{i % 256}.{end}/24")
        net.addLink(host, switch)
net.build()
switch.start([])
flows = "".join(f"in_port={port},actions=output:{port + 1}\nin_port={port + 1},actions=output:{port}\n"
                for port in range(1, 2 * count, 2))
with open("/tmp/bench-flows", "w", encoding="ascii") as file:
    file.write(flows)
switch.cmd("ovs-ofctl add-flows s1 /tmp/bench-flows; rm /tmp/bench-flows")
print(f"up {time.monotonic() - start:.6f}", flush=True)
start = time.monotonic()
net.stop()
print(f"down {time.monotonic() - start:.6f}")
