#!/usr/bin/env python3
"""Three hosts that share a lab: agents, switches and a database cluster of their own, one a network namespace. Needs root.

    hosts_test.py LINKFABD LINKFAB

$DATAPATH is netdev, or system for the kernel's.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "examples/three-hosts"
RING = {
    "nodes": {f"r{i}": {"place": {"host": f"h{i}"},
                        "interfaces": {"eth0": f"10.{i}.0.1/24", "eth1": f"10.{(i + 1) % 3 or 3}.0.2/24", "lan": f"10.9.0.{i}/24"}}
              for i in (1, 2, 3)},
    "links": [["r1:eth1", "r2:eth0"], ["r2:eth1", "r3:eth0"], ["r3:eth1", "r1:eth0"]],
    "segments": {"lan": {"kind": "switch", "interfaces": ["r1:lan", "r2:lan", "r3:lan"]}},
}


def eventually(holds, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


class ThreeHosts(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="lf-hosts.")
        self.addCleanup(directory.cleanup)
        self.base = pathlib.Path(directory.name) / "hosts"
        os.environ.update(LINKFAB_HOSTS_DIR=str(self.base), LINKFAB_HOSTS_PREFIX=f"lft{os.getpid()}")
        self.file = pathlib.Path(directory.name) / "ring.json"
        self.file.write_text(json.dumps(RING))
        self.addCleanup(self.nothing_is_left)
        self.addCleanup(self.script, "down")
        self.script("up")

    def script(self, *words):
        subprocess.run([SCRIPT, *words], check=True, timeout=60, stdout=subprocess.DEVNULL)

    def nothing_is_left(self):
        for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                self.assertNotIn(str(self.base).encode(), process.read_bytes())

    def on(self, host, *command):
        return subprocess.run([SCRIPT, "on", host, *command], timeout=60, check=False, capture_output=True, text=True)

    def linkfab(self, host, *words):
        return self.on(host, LINKFAB, *words)

    def ok(self, host, *words):
        done = self.linkfab(host, *words)
        self.assertEqual(done.returncode, 0, f"{words} on {host}: {done.stderr}{self.logs()}")
        return done.stdout

    def logs(self):
        return "".join(f"\n--- {host}\n" + (self.base / host / "log").read_text()[-2000:] for host in ("h1", "h2", "h3"))

    def up(self):
        self.ok("h1", "up", str(self.file))

    def passes(self, host, node, address, count=1):
        return self.linkfab(host, "exec", node, "ping", "-q", "-c", str(count), "-i", "0.02", "-W", "1", address).returncode == 0

    def all_pass(self):
        return all(self.passes(host, node, address) for host, node, address in (
            ("h1", "r1", "10.2.0.1"), ("h2", "r2", "10.3.0.1"), ("h3", "r3", "10.1.0.1"),
            ("h1", "r1", "10.9.0.2"), ("h2", "r2", "10.9.0.3"), ("h3", "r3", "10.9.0.1")))

    def states(self, host="h1"):
        return {each["name"]: each["state"] for each in json.loads(self.ok(host, "hosts", "--json"))["hosts"]}

    def carrier(self, host, node, interface):
        return self.linkfab(host, "exec", node, "cat", f"/sys/class/net/{interface}/carrier").stdout.strip()

    def links(self, host="h1"):
        listed = json.loads(self.ok(host, "links", "--no-stats", "--json"))
        return {each["name"]: each["state"] for each in listed["links"]}

    def test_links_and_segments_reach_across(self):
        self.up()
        self.assertTrue(self.all_pass(), self.logs())
        # A cable that is pulled, and one whose other end is dark.
        self.ok("h2", "cut", "r1:eth1")
        self.assertFalse(self.passes("h1", "r1", "10.2.0.1"))
        self.ok("h3", "restore", "r1:eth1")
        self.assertTrue(eventually(lambda: self.passes("h1", "r1", "10.2.0.1"), 5))
        self.linkfab("h2", "exec", "r2", "ip", "link", "set", "eth0", "down")
        self.assertTrue(eventually(lambda: self.carrier("h1", "r1", "eth1") == "0", 5), "the far end is dark")
        self.linkfab("h2", "exec", "r2", "ip", "link", "set", "eth0", "up")
        self.assertTrue(eventually(lambda: self.carrier("h1", "r1", "eth1") == "1", 5))
        self.ok("h1", "stop", "r3")
        self.assertTrue(eventually(lambda: self.links()["r2:eth1--r3:eth0"] == "down", 5))
        self.ok("h1", "start", "r3")
        self.assertTrue(eventually(self.all_pass, 10))
        self.ok("h2", "down")
        for host in ("h1", "h2", "h3"):
            left = self.on(host, "ip", "-o", "link", "show", "type", "vxlan").stdout
            self.assertEqual(left, "", host)

    def test_a_minority_changes_nothing_and_loses_nothing(self):
        self.up()
        stream = subprocess.Popen([SCRIPT, "on", "h1", LINKFAB, "exec", "r1", "ping", "-q", "-c", "800", "-i", "0.02", "10.2.0.1"],
                                  stdout=subprocess.PIPE, text=True)
        self.script("cut", "h3")
        self.assertTrue(eventually(lambda: self.states()["h3"] == "silent", 30), self.logs())
        self.assertEqual(self.states()["h2"], "up")
        self.assertEqual(self.links()["r3:eth1--r1:eth0"], "down")
        self.assertIn("host h3 is silent", self.ok("h1", "links", "--no-stats"))
        self.ok("h1", "cut", "lan")
        begin = time.monotonic()
        refused = self.linkfab("h3", "cut", "r1:eth1")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("majority", refused.stderr)
        self.assertLess(time.monotonic() - begin, 20)
        self.script("mend", "h3")
        self.assertTrue(eventually(lambda: self.states()["h3"] == "up", 30), self.logs())
        self.ok("h3", "restore", "lan")
        self.assertTrue(eventually(self.all_pass, 10), self.logs())
        report = stream.communicate(timeout=60)[0]
        self.assertIn(" 0% packet loss", report, "two hosts that are not cut off lose nothing")

    def test_a_host_that_died_comes_back(self):
        self.up()
        self.script("kill", "h2")
        self.assertTrue(eventually(lambda: self.states()["h2"] == "silent", 30), self.logs())
        self.assertTrue(self.passes("h3", "r3", "10.1.0.1"))
        self.script("start", "h2")
        self.assertTrue(eventually(lambda: self.states()["h2"] == "up", 30), self.logs())
        self.assertTrue(eventually(self.all_pass, 20), self.logs())

    def test_a_majority_that_is_lost_is_told(self):
        self.up()
        for host in ("h1", "h2"):
            self.script("kill", host)
        self.assertTrue(eventually(lambda: not json.loads(self.ok("h3", "hosts", "--json"))["majority"], 40), self.logs())
        told = json.loads(self.ok("h3", "hosts", "--json"))
        self.assertEqual([each["name"] for each in told["hosts"]], ["h1", "h2", "h3"])
        self.assertTrue(told["as_of"])
        self.assertEqual({each["host"]: each["self"] for each in told["members"]}, {"h1": False, "h2": False, "h3": True})
        shown = self.linkfab("h3", "hosts")
        self.assertEqual(shown.returncode, 0)
        self.assertIn("no majority", shown.stderr)
        self.assertIn("as of 20", shown.stderr)
        self.assertIn("this member", shown.stdout)
        nodes = self.linkfab("h3", "ps", "--json")
        self.assertIn("no majority", nodes.stderr)
        self.assertEqual((json.loads(nodes.stdout)["majority"], len(json.loads(nodes.stdout)["nodes"])), (False, 3))
        links = self.ok("h3", "links")
        self.assertIn("lan", links)
        self.assertNotIn("FRAMES", links, "nobody can be asked for counters")
        self.script("start", "h1")
        self.assertTrue(eventually(lambda: self.states("h3")["h1"] == "up", 30), self.logs())

    def test_a_host_without_the_database_has_the_command_line(self):
        self.up()
        self.script("add", "h4")
        self.assertEqual(self.states("h4"), {f"h{i}": "up" for i in (1, 2, 3, 4)})
        lab = json.loads(self.file.read_text())
        lab["nodes"]["r4"] = {"place": {"host": "h4"}, "interfaces": {"lan": "10.9.0.4/24"}}
        lab["segments"]["lan"]["interfaces"].append("r4:lan")
        self.file.write_text(json.dumps(lab))
        self.up()
        self.assertTrue(eventually(lambda: self.passes("h4", "r4", "10.9.0.1"), 10), self.logs())
        for words in (["ps"], ["links"], ["stats", "lan"], ["log"]):
            self.assertIn("r", self.ok("h4", *words), words)
        # It may read and enter what is its own, and change nothing; that is said, and at once.
        begin = time.monotonic()
        for words in (["down"], ["cut", "lan"], ["up", str(self.file)], ["set", "lan", "delay=1ms"], ["host", "add", "h9"]):
            refused = self.linkfab("h4", *words)
            if words[0] != "up":  # nothing of it is to be changed
                self.assertEqual(refused.returncode, 1, words)
                self.assertIn("run this on a host that has the database: h1, h2, h3", refused.stderr)
        self.assertLess(time.monotonic() - begin, 20)
        # With the agent ended it is still there; without the key there is nothing.
        self.assertEqual((self.base / "h4/run/database.json").stat().st_mode & 0o777, 0o640)
        (self.base / "h4/key.pem").rename(self.base / "h4/away.pem")
        refused = self.linkfab("h4", "ps")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("read the private key", refused.stderr)
        (self.base / "h4/away.pem").rename(self.base / "h4/key.pem")
        self.script("cut", "h1")
        self.assertTrue(eventually(lambda: self.states("h4")["h1"] == "silent", 30), self.logs())

    def test_no_command_serves_a_shared_database_by_itself(self):
        self.up()
        self.script("kill", "h1")
        refused = self.linkfab("h1", "up", str(self.file))
        self.assertIn("shares its lab with others", refused.stderr)
        started = self.on("h1", "timeout", "30", LINKFABD, "--until-down")
        self.assertIn("--private-key", started.stderr)
        # An agent that could not start takes no database away that it has not made.
        self.script("start", "h1")
        self.assertTrue(eventually(lambda: self.linkfab("h1", "ps").returncode == 0 and self.states()["h1"] == "up", 30), self.logs())
        self.assertTrue(eventually(self.all_pass, 20), self.logs())

    def wire(self, delay):
        """What the wire between h1 and h2 takes one way; False: this kernel cannot."""
        name = os.environ["LINKFAB_HOSTS_PREFIX"] + "-wire"
        return all(subprocess.run(["ip", "netns", "exec", name, "tc", "qdisc", "replace", "dev", f"to-{host}", "root", "netem", "delay", delay],
                                  check=False, capture_output=True).returncode == 0 for host in ("h1", "h2"))

    def underlay(self, host, other):
        hosts = {each["name"]: each for each in json.loads(self.ok(host, "hosts", "--json"))["hosts"]}
        return hosts[host]["underlay"].get(other, 0)

    def measured(self, least, most):
        return eventually(lambda: all(least < self.underlay(*pair) < most for pair in (("h1", "h2"), ("h2", "h1"))), 40)

    def round_trip(self):
        """Over the first link, in ms: the shortest of 20, for a machine at work only adds."""
        done = self.linkfab("h1", "exec", "r1", "ping", "-c", "21", "-i", "0.1", "10.2.0.1").stdout
        times = [float(line.split("time=")[1].split()[0]) for line in done.splitlines()[2:] if "time=" in line]
        self.assertTrue(times, done)
        return min(times)

    def remaining(self):
        """Is netem at both ends of the first link what its delay of 20 ms leaves?"""
        def delay(host):
            listed = json.loads(self.on(host, "tc", "-j", "qdisc", "show").stdout)
            return max(each["options"].get("delay", {}).get("delay", 0) for each in listed if each["kind"] == "netem")
        return eventually(lambda: all(abs(delay(host) - max(0.02 - self.underlay(host, other), 0)) < 1e-5
                                      for host, other in (("h1", "h2"), ("h2", "h1"))), 5)

    def detail(self, host="h1"):
        listed = json.loads(self.ok(host, "links", "--no-stats", "--json"))["links"]
        return next(each for each in listed if each["name"] == "r1:eth1--r2:eth0")

    def test_the_network_between_hosts_is_measured(self):
        self.up()
        self.assertTrue(self.measured(0, 0.05), self.logs())
        self.assertRegex(self.ok("h3", "hosts"), "UNDERLAY\nh1 .* h2 [0-9.]+[mu]s, h3 [0-9.]+[mu]s\n")
        link = self.detail()
        self.assertEqual(link["underlay"], "add")
        self.assertEqual(link["ends"][0]["underlay"], self.underlay("h1", "h2"))
        self.assertEqual(link["ends"][1]["underlay"], self.underlay("h2", "h1"))
        # Where nothing goes any more nothing is measured.
        self.ok("h2", "down")
        self.assertTrue(eventually(lambda: self.underlay("h1", "h2") == 0, 10))

    def test_the_network_between_hosts_is_subtracted(self):
        if not self.wire("5ms"):
            self.skipTest("this kernel has no netem")
        self.up()
        self.assertTrue(self.measured(0.0045, 0.0075), self.logs())
        self.ok("h3", "set", "r1:eth1--r2:eth0", "delay=20ms")
        figures = {"on top, wire 5ms": self.round_trip()}
        self.ok("h3", "set", "r1:eth1--r2:eth0", "--underlay", "subtract")
        self.assertTrue(self.remaining())
        figures["subtracted, wire 5ms"] = self.round_trip()
        self.assertIn("delay=20ms", self.ok("h1", "links", "--no-stats"))
        for host in ("h1", "h2"):
            self.assertIn("as requested", self.ok(host, "verify", "--passive", "r1:eth1--r2:eth0"))
        self.wire("8ms")
        self.assertTrue(self.measured(0.0076, 0.0105), self.logs())
        self.assertTrue(self.remaining())
        figures["subtracted, wire 8ms"] = self.round_trip()
        self.wire("31ms")
        self.assertTrue(self.measured(0.0305, 0.0345), self.logs())
        self.assertTrue(eventually(lambda: "more than the 20ms asked for" in (self.detail()["ends"][0]["warning"] or ""), 5), self.detail())
        self.assertTrue(self.remaining())
        figures["subtracted, wire 31ms"] = self.round_trip()
        print("round trips of a link of 20ms each way, in ms:", figures)
        for name, about in (("on top, wire 5ms", 50), ("subtracted, wire 5ms", 40), ("subtracted, wire 8ms", 40), ("subtracted, wire 31ms", 62)):
            self.assertAlmostEqual(figures[name], about, delta=4, msg=figures)

    def test_a_host_is_drained_and_removed(self):
        lab = json.loads(self.file.read_text())
        lab["nodes"]["r3"]["place"] = {}
        self.file.write_text(json.dumps(lab))
        self.up()
        done = self.linkfab("h1", "host", "drain", "h2")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("r2", done.stderr)
        del lab["nodes"]["r2"]["place"]
        self.file.write_text(json.dumps(lab))
        self.up()
        self.ok("h1", "host", "drain", "h2")
        self.assertNotIn("h2", self.ok("h1", "host", "remove", "h2"), "it is waited for")
        self.assertEqual(set(self.states()), {"h1", "h3"})
        self.assertTrue(eventually(lambda: set(self.links().values()) == {"up"}, 20), self.logs())
        self.assertTrue(self.passes("h1", "r1", "10.2.0.1"))


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(77)
    LINKFABD, LINKFAB = (os.path.realpath(program) for program in sys.argv[1:3])
    os.environ["LINKFAB_BIN"] = os.path.dirname(LINKFABD)
    unittest.main(argv=sys.argv[:1], verbosity=2)
