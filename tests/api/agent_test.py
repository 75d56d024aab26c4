#!/usr/bin/env python3
"""The API of the agent itself, with an Open vSwitch of its own in user space: what a stand-in of it cannot show. Needs root; shapes
nothing, as the kernel may have no netem.

    agent_test.py LINKFABD LINKFAB [unittest's arguments]
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "clients" / "python"))
import linkfab  # noqa: E402

LINK = "r1:eth0--r2:eth0"
TOPOLOGY = {"name": "test", "nodes": {"r1": {}, "r2": {}, "r3": {}}, "links": [["r1:eth0", "r2:eth0"]],
            "segments": {"lan": {"interfaces": ["r1:eth1", "r2:eth1"]}}}


class Agent(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="lf-agent.")
        self.addCleanup(directory.cleanup)
        place = pathlib.Path(directory.name)
        self.environment = {**os.environ, "LINKFAB_RUN_DIR": str(place / "run"), "LINKFAB_STATE_DIR": str(place / "state")}
        self.instance = ["--instance", f"lft{os.getpid()}"]
        self.log = place / "log"
        with open(self.log, "wb") as log:
            self.agent = subprocess.Popen([LINKFABD, *self.instance, "--ovs", "private", "--datapath", "netdev", "--until-down",
                                           "--http", "127.0.0.1:0"], stderr=log, env=self.environment)
        self.addCleanup(self.end_agent)
        self.url, token = self.logged(r"HTTP API at (http:\S+)/api/v1, token in (\S+)").groups()
        self.logged(r"0 links, 0 segments wanted")
        self.lab = linkfab.Linkfab(self.url, token_file=token, timeout=30)
        self.addCleanup(self.lab.close)
        self.assertEqual(self.lab.put_topology(TOPOLOGY)["errors"], [])

    def end_agent(self):
        subprocess.run([LINKFAB, *self.instance, "down"], env=self.environment, timeout=30, check=False, stdout=subprocess.DEVNULL)
        try:
            self.agent.wait(10)
        except subprocess.TimeoutExpired:
            self.agent.kill()
            self.agent.wait()
            self.fail("the agent has not left with its lab:\n" + self.log.read_text())

    def logged(self, pattern):
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if found := re.search(pattern, self.log.read_text()):
                return found
            time.sleep(0.05)
        self.fail(f"the log does not say '{pattern}':\n" + self.log.read_text())

    def becomes(self, state):
        end = time.monotonic() + 10
        while self.lab.link(LINK)["state"] != state and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(self.lab.link(LINK)["state"], state)

    def test_the_port_that_the_system_has_picked_is_the_one_that_counts(self):
        port = int(self.url.rsplit(":", 1)[1])
        self.assertGreater(port, 0)
        for headers, status in (({"Origin": self.url}, 200), ({"Host": f"localhost:{port}"}, 200), ({"Host": "127.0.0.1:0"}, 403),
                                ({"Host": "127.0.0.1"}, 403), ({"Origin": "http://127.0.0.1:0"}, 403)):
            with self.subTest(headers):
                try:
                    answered = self.lab.request("GET", "/fabric", headers=headers).status
                except linkfab.ApiError as error:
                    answered = error.status
                self.assertEqual(answered, status)

    def test_what_is_asked_for_is_in_force(self):
        self.assertEqual([end["state"] for end in self.lab.put_member("lan", "r3:eth1")["ends"]], ["up", "up", "up"])
        self.lab.remove_member("lan", "r2:eth1")
        self.assertEqual([end["interface"] for end in self.lab.segment("lan")["ends"]], ["r1:eth1", "r3:eth1"])
        scenario = {"steps": [{"at": 0, "link": "r1--r2", "cut": True}, {"at": 60, "link": "r1--r2", "restore": True}]}
        self.assertEqual(self.lab.play("night", scenario)["state"], "playing")
        self.becomes("cut")
        self.lab.stop_scenario("night")
        self.becomes("up")
        self.assertTrue(self.lab.roll_back(1)["settled"])
        self.assertEqual([end["interface"] for end in self.lab.segment("lan")["ends"]], ["r1:eth1", "r2:eth1"])
        self.assertEqual(self.lab.diff(1)["changes"], [])


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    LINKFABD, LINKFAB = sys.argv.pop(1), sys.argv.pop(1)
    if os.geteuid() != 0 or shutil.which("ovs-vswitchd", path=os.environ["PATH"] + ":/usr/sbin") is None:
        print("skipped: root and ovs-vswitchd are needed")
        sys.exit(77)
    unittest.main()
