#!/usr/bin/env python3
"""Links that tc forwards, without the switch. Needs root; in a network namespace of its own, with a private Open vSwitch in user space.

    forwarding_test.py LINKFABD LINKFAB
"""

import json
import re
import subprocess
import time

from private_agent import PrivateAgentTest, eventually, main

LAB = {
    "nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}}, "b": {"interfaces": {"eth0": "10.1.0.2/24"}},
              "c": {"interfaces": {"eth0": "10.1.0.3/24"}}, "s": {"kind": "switch", "interfaces": {"p1": {}, "p2": {}}}},
    "links": [{"name": "ab", "ends": ["a:eth0", "b:eth0"]}, {"name": "cs", "ends": ["c:eth0", "s:p1"]}],
}


class Forwarding(PrivateAgentTest):
    def setUp(self):
        super().setUp()
        self.forward("tc")
        self.linkfab("up", self.file(LAB))

    def forward(self, forwarding):
        self.start("--forwarding", forwarding)
        self.assertTrue(self.is_ready(), "the agent starts")

    def restart(self, forwarding):
        self.kill()
        self.forward(forwarding)

    def device(self, node):
        [interface] = [node_["interfaces"] for node_ in json.loads(self.linkfab("ps", "--json"))["nodes"] if node_["name"] == node]
        return interface[0]["device"]

    def ports(self):
        return set(self.vsctl("list-ports", "linkfab").split())

    @staticmethod
    def filters(device):
        return subprocess.run(["tc", "filter", "show", "dev", device, "ingress"], check=True, text=True, stdout=subprocess.PIPE).stdout

    def goes_to(self, device):
        found = re.search(r"Redirect to device (\S+)\)", self.filters(device))
        return found.group(1) if found else None

    def test_a_link_has_no_port_and_passes_frames(self):
        a, b = self.device("a"), self.device("b")
        self.assertEqual(self.ports(), set())
        self.assertEqual((self.goes_to(a), self.goes_to(b)), (b, a))
        self.assertTrue(self.passes("a", "10.1.0.2"))
        self.linkfab("cut", "ab")
        self.assertFalse(self.passes("a", "10.1.0.2"))
        self.linkfab("restore", "ab")
        self.assertTrue(eventually(lambda: self.passes("a", "10.1.0.2")))

    def test_a_moved_link_leads_elsewhere(self):
        self.linkfab("disconnect", "cs")
        self.linkfab("move", "b:eth0", "c:eth0")
        self.assertTrue(eventually(lambda: self.passes("a", "10.1.0.3")))
        self.assertIsNone(self.goes_to(self.device("b")))

    def test_a_segment_is_the_switchs(self):
        self.linkfab("disconnect", "ab")
        self.linkfab("disconnect", "cs")
        self.linkfab("up", "--replace", self.file({**LAB, "links": [], "segments": {"lan": {"kind": "hub", "interfaces": ["a:eth0", "b:eth0", "c:eth0"]}}}))
        self.assertTrue(eventually(lambda: self.passes("a", "10.1.0.3")))
        self.assertEqual(self.ports(), {self.device(node) for node in "abc"})
        self.assertEqual(self.filters(self.device("a")), "")

    def test_what_is_deleted_by_hand_comes_back(self):
        device = self.device("a")
        for command in (["tc", "filter", "del", "dev", device, "ingress"], ["tc", "qdisc", "del", "dev", device, "clsact"]):
            subprocess.run(command, check=True)
            self.assertTrue(eventually(lambda: self.goes_to(device) == self.device("b")), command)
        subprocess.run(["ip", "link", "del", self.device("b")], check=True)
        self.assertTrue(eventually(lambda: self.passes("a", "10.1.0.2")))

    def test_a_dark_end_that_keeps_its_carrier_does_not_reach_the_host(self):
        always = {"interfaces": {"eth0": {"addresses": ["10.1.0.1/24"], "carrier": "always"}}}
        self.linkfab("up", "--replace", self.file({"nodes": {"a": always}, "links": []}))
        subprocess.run(["ip", "address", "add", "10.1.0.9/24", "dev", self.device("a")], check=True)
        self.assertTrue(eventually(lambda: "direct-action" in self.filters(self.device("a"))))
        self.assertFalse(self.passes("a", "10.1.0.9"))

    def test_an_agent_that_forwards_otherwise_loses_no_frame(self):
        # In user space OpenFlow means a frame at a time, so the steady stream is a slow one.
        self.assertTrue(self.passes("a", "10.1.0.2"))
        with open(self.directory / "ping", "w", encoding="ascii") as output:
            ping = subprocess.Popen(self.inside("a", "ping", "-i", "0.01", "-W", "1", "10.1.0.2"), stdout=output)
        self.restart("openflow")
        devices = {self.device("a"), self.device("b")}
        self.assertTrue(eventually(lambda: devices <= self.ports() and not any(map(self.filters, devices))))
        time.sleep(1)
        self.restart("tc")
        self.assertTrue(eventually(lambda: self.ports() == set() and all(map(self.goes_to, devices))))
        time.sleep(1)
        ping.send_signal(2)
        ping.wait()
        said = (self.directory / "ping").read_text()
        sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", said).groups())
        self.assertGreater(sent, 100)
        self.assertLessEqual(sent - received, 1, said[-400:])  # the last may be on its way


if __name__ == "__main__":
    main()
