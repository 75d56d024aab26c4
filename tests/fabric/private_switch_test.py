#!/usr/bin/env python3
"""A private Open vSwitch in user space whose last ovs-vswitchd has not let go of its tap device. Needs root; in a network namespace of its own.

    private_switch_test.py LINKFABD LINKFAB
"""

import os
import signal
import subprocess
import sys

from private_agent import PrivateAgentTest, eventually, main

TAP = "ovs-netdev"  # of a datapath in user space, whatever its bridges are called
SERVERS = ("ovs/ovs-vswitchd.process", "ovs/ovsdb-server.process", "db.process")
LAB = {"nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}}, "b": {"interfaces": {"eth0": "10.1.0.2/24"}}},
       "links": [["a:eth0", "b:eth0"]]}


class PrivateSwitch(PrivateAgentTest):
    def setUp(self):
        super().setUp()
        self.start()
        self.assertTrue(self.is_ready(), "the agent starts")
        self.linkfab("up", self.file(LAB))

    def kill_all(self):
        self.kill()
        for file in SERVERS:
            os.kill(int((self.run / file).read_text().split()[0]), signal.SIGKILL)

    def reaches(self):
        return self.passes("a", "10.1.0.2")

    def test_its_bridge_is_asked_for_until_its_tap_is_free(self):
        self.assertTrue(self.reaches())
        self.kill_all()
        vswitchd = self.run / "ovs/ovs-vswitchd.log"
        with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE) as holder:
            self.assertEqual(holder.stdout.readline(), b"held\n")
            self.start()
            refused = eventually(lambda: "tap device failed: Device or resource busy" in vswitchd.read_text(), 10)
            passed = self.reaches()
            holder.kill()
        self.assertTrue(refused, vswitchd.read_text()[-2000:])
        self.assertFalse(passed)
        self.assertTrue(eventually(self.reaches, 5), self.log.read_text())


# Attached to the tap, which outlives ovs-vswitchd, as one that has not ended yet.
HOLD = f"""
import fcntl, struct, time
tap = open("/dev/net/tun", "r+b", buffering=0)
while True:
    try:
        fcntl.ioctl(tap, 0x400454ca, struct.pack("16sH22x", b"{TAP}", 0x1002))  # TUNSETIFF: IFF_TAP | IFF_NO_PI
        break
    except OSError:
        time.sleep(0.01)  # the one that was killed has it still
print("held", flush=True)
time.sleep(1000)
"""

if __name__ == "__main__":
    main()
