#!/usr/bin/env python3
"""What an agent begins with: the datapath that it finds or is told, or a word on what is missing. Needs root; in a network namespace of its
own, with a private Open vSwitch.

    agent_start_test.py LINKFABD LINKFAB
"""

import subprocess
import time
import unittest

from private_agent import PrivateAgentTest, eventually, main, quiet

LAB = {"nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}}, "b": {"interfaces": {"eth0": "10.1.0.2/24"}}}, "links": [["a:eth0", "b:eth0"]]}
KERNEL = quiet("ovs-dpctl", "dump-dps")
WITHOUT_TAPS = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /dev/net && exec "$@"', "sh"]


class AgentStart(PrivateAgentTest):
    def begin(self, datapath):
        self.start(datapath=datapath)
        self.assertTrue(self.is_ready(), self.log.read_text())

    def lab(self, datapath):
        self.begin(datapath)
        self.linkfab("up", self.file(LAB))
        self.assertTrue(self.reaches())

    def reaches(self):
        return self.passes("a", "10.1.0.2")

    def datapath(self):
        return self.vsctl("get", "Bridge", "linkfab", "datapath_type").strip().strip('"')

    def refused(self, *command):
        done = subprocess.run(command, check=False, text=True, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 1)
        return done.stderr

    def test_a_new_one_is_the_kernels_where_it_has_one(self):
        self.lab(None)
        self.assertEqual(self.datapath(), "system" if KERNEL else "netdev")
        self.assertEqual("this kernel has no openvswitch" in self.log.read_text(), not KERNEL)

    def test_one_that_was_chosen_stays(self):
        self.lab("netdev")
        self.kill()
        self.begin(None)
        self.assertEqual(self.datapath(), "netdev")
        self.linkfab("cut", "a--b")
        self.assertFalse(self.reaches())
        self.linkfab("restore", "a--b")
        # The ping before has left a neighbour that is asked for once a second only.
        self.assertTrue(eventually(self.reaches))

    @unittest.skipUnless(KERNEL, "this kernel has no openvswitch")
    def test_an_agent_that_is_told_another_one_changes_it(self):
        for before, after in (("netdev", "system"), ("system", "netdev")):
            self.lab(before)
            self.kill()
            self.begin(after)
            self.assertTrue(eventually(lambda: self.datapath() == after))
            self.assertTrue(eventually(self.reaches), self.log.read_text())
            self.end()

    @unittest.skipIf(KERNEL, "this kernel has openvswitch")
    def test_the_kernels_is_refused_where_it_has_none(self):
        self.lab("netdev")
        self.kill()
        self.start(datapath="system")
        self.assertEqual(self.agent.wait(20), 1)
        self.assertIn("this kernel has no openvswitch", self.log.read_text())
        self.assertTrue(self.reaches())
        self.begin(None)

    def test_a_bridge_that_cannot_be_made_is_told(self):
        self.start(within=WITHOUT_TAPS)
        self.assertTrue(self.is_ready(), self.log.read_text())
        begin = time.monotonic()
        self.assertIn("ovs-vswitchd.log", self.refused(self.LINKFAB, "up", self.file(LAB)))
        self.assertLess(time.monotonic() - begin, 30)
        self.linkfab("down")
        self.assertEqual(self.agent.wait(20), 0)
        self.assertFalse(self.run.exists())

    def test_root_without_capabilities_is_told(self):
        for capability in ("net_admin", "sys_admin"):
            without = ["setpriv", f"--bounding-set=-{capability}", f"--inh-caps=-{capability}"]
            self.assertIn("needs CAP_NET_ADMIN and CAP_SYS_ADMIN", self.refused(*without, self.LINKFAB, "up", self.file(LAB)))
        self.assertFalse(self.run.exists())


if __name__ == "__main__":
    main()
