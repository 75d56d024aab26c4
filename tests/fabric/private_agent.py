"""An agent with a private Open vSwitch in user space, in a network namespace of the test's own.

Its tests are run as `TEST LINKFABD LINKFAB`, which main() reads.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest


def eventually(holds, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def quiet(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30, check=False).returncode == 0


class PrivateAgentTest(unittest.TestCase):
    LINKFABD = LINKFAB = ""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="lf-private.")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.run = self.directory / "run"
        self.log = self.directory / "log"
        os.environ.update(LINKFAB_RUN_DIR=str(self.run), LINKFAB_STATE_DIR=directory.name + "/state")
        self.agent = None
        self.addCleanup(self.end)

    def start(self, *options, datapath="netdev", within=()):
        chosen = ["--datapath", datapath] if datapath else []
        with open(self.log, "ab") as log:
            self.agent = subprocess.Popen([*within, self.LINKFABD, "--ovs", "private", "--until-down", *chosen, *options], stderr=log)

    def kill(self):
        self.agent.kill()
        self.agent.wait()

    def file(self, lab):
        file = self.directory / "lab.json"
        file.write_text(json.dumps(lab))
        return file

    def vsctl(self, *arguments):
        socket = f"unix:{self.run}/ovs/db.sock"
        return subprocess.run(["ovs-vsctl", "--db", socket, *arguments], check=True, text=True, stdout=subprocess.PIPE, timeout=30).stdout

    def is_ready(self):
        return eventually(lambda: quiet(self.LINKFAB, "ps"), 20)

    def end(self):
        if self.agent:
            eventually(lambda: quiet(self.LINKFAB, "down"), 20)
            self.agent.wait(20)

    def linkfab(self, *arguments):
        return subprocess.run([self.LINKFAB, *arguments], check=True, text=True, stdout=subprocess.PIPE, timeout=30).stdout

    def inside(self, node, *command):
        return ["nsenter", f"--net={self.run}/netns/{node}", *command]

    def passes(self, source, address):
        return quiet(*self.inside(source, "ping", "-c1", "-W1", address))


def main():
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(77)
    if "LINKFAB_OWN_NETWORK" not in os.environ:
        os.environ["LINKFAB_OWN_NETWORK"] = "yes"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    PrivateAgentTest.LINKFABD, PrivateAgentTest.LINKFAB = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
