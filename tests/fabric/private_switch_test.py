#!/usr/bin/env python3
"""A private Open vSwitch in user space whose last ovs-vswitchd has not let go of its tap device. Needs root; in a network namespace of its own.

    private_switch_test.py LINKFABD LINKFAB
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TAP = "ovs-netdev"  # of a datapath in user space, whatever its bridges are called
SERVERS = ("ovs/ovs-vswitchd.process", "ovs/ovsdb-server.process", "db.process")
LAB = {"nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}}, "b": {"interfaces": {"eth0": "10.1.0.2/24"}}},
       "links": [["a:eth0", "b:eth0"]]}


def eventually(holds, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def quiet(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30, check=False).returncode == 0


class PrivateSwitch(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="lf-switch.")
        self.addCleanup(directory.cleanup)
        self.run = pathlib.Path(directory.name) / "run"
        os.environ.update(LINKFAB_RUN_DIR=str(self.run), LINKFAB_STATE_DIR=directory.name + "/state")
        self.log = pathlib.Path(directory.name) / "log"
        self.start()
        self.addCleanup(self.end)
        file = pathlib.Path(directory.name) / "lab.json"
        file.write_text(json.dumps(LAB))
        self.assertTrue(eventually(lambda: quiet(LINKFAB, "ps"), 20), "the agent starts")
        subprocess.run([LINKFAB, "up", file], check=True, stdout=subprocess.DEVNULL, timeout=30)

    def start(self):
        with open(self.log, "ab") as log:
            self.agent = subprocess.Popen([LINKFABD, "--ovs", "private", "--datapath", "netdev", "--until-down"], stderr=log)

    def end(self):
        eventually(lambda: quiet(LINKFAB, "down"), 20)
        self.agent.wait(20)

    def kill_all(self):
        self.agent.kill()
        self.agent.wait()
        for file in SERVERS:
            os.kill(int((self.run / file).read_text().split()[0]), signal.SIGKILL)

    def passes(self):
        return quiet("nsenter", f"--net={self.run}/netns/a", "ping", "-c1", "-W1", "10.1.0.2")

    def test_its_bridge_is_asked_for_until_its_tap_is_free(self):
        self.assertTrue(self.passes())
        self.kill_all()
        vswitchd = self.run / "ovs/ovs-vswitchd.log"
        with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE) as holder:
            self.assertEqual(holder.stdout.readline(), b"held\n")
            self.start()
            refused = eventually(lambda: "tap device failed: Device or resource busy" in vswitchd.read_text(), 10)
            passed = self.passes()
            holder.kill()
        self.assertTrue(refused, vswitchd.read_text()[-2000:])
        self.assertFalse(passed)
        self.assertTrue(eventually(self.passes, 5), self.log.read_text())


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
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(77)
    if "LINKFAB_OWN_NETWORK" not in os.environ:
        os.environ["LINKFAB_OWN_NETWORK"] = "yes"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    LINKFABD, LINKFAB = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
