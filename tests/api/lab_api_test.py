#!/usr/bin/env python3
"""The HTTP API through the Python client, over a real database server, and against api/openapi.json both ways.

    lab_api_test.py LAB_SERVER [unittest's arguments]
"""

import base64
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "clients" / "python"))
import linkfab  # noqa: E402

try:
    import jsonschema
except ImportError:  # Debian: python3-jsonschema
    jsonschema = None

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else ""
OPENAPI = json.loads((ROOT / "api" / "openapi.json").read_text(encoding="utf-8"))
LINK = "r1:eth0--r2:eth0"
TOPOLOGY = """{
  "name": "test",
  "nodes": {
    "r1": {"interfaces": {"eth0": "10.0.0.1/24", "eth1": {"mtu": 1400}}},
    "r2": {}, "r3": {}, "h1": {}, "h2": {},
    "out": {"kind": "host", "interfaces": {"tap": {"tap": "tap7"}}}
  },
  "links": [{"ends": ["r1:eth0", "r2:eth0"], "delay": "20ms", "loss": "1%"}, ["r1:eth2", "out:tap"]],
  "segments": {"lan": {"interfaces": ["h1:eth0", {"interface": "h2:eth0", "delay": "1ms"}]}}
}"""

SCENARIO = {"steps": [{"at": 0, "link": LINK, "set": {"delay": "30ms"}},
                      {"at": 1, "link": LINK, "to": "r2", "ramp": {"delay": ["30ms", "80ms"]}, "for": "4s"}]}


def check(value, schema):
    if jsonschema is None:
        return
    jsonschema.Draft202012Validator({**schema, "components": OPENAPI["components"]}).validate(value)


class Console:
    """A WebSocket to a console, by hand: what a browser would send."""

    def __init__(self, port, path, its_token, token=None, origin=None):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                             f"Sec-WebSocket-Protocol: linkfab.v1, bearer.{token or its_token}\r\n"
                             + (f"Origin: {origin}\r\n" if origin else "") + "\r\n").encode())
        self.stream = self.socket.makefile("rb")
        self.head = b"".join(iter(self.stream.readline, b"\r\n")).decode()
        self.text = ""

    def close(self):
        self.stream.close()
        self.socket.close()

    def send(self, opcode, payload):
        mask = os.urandom(4)
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        self.socket.sendall(bytes([0x80 | opcode]) + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def type(self, text):
        self.send(0x2, text.encode())

    def read(self):
        """One message, of the terminal's into self.text; its opcode, 0x8 also for the connection's end."""
        head = self.stream.read(2)
        if len(head) < 2:
            return 0x8
        size = int.from_bytes(self.stream.read(2 if head[1] == 126 else 8), "big") if head[1] > 125 else head[1]
        payload = self.stream.read(size)
        if head[0] & 0xF == 0x2:
            self.text += payload.decode()
        return head[0] & 0xF

    def until(self, pattern):
        """The match, once it is there; what comes before it is forgotten."""
        while not (found := re.search(pattern, self.text)):
            if self.read() == 0x8:
                raise AssertionError(f"closed without {pattern}: {self.text}")
        self.text = self.text[found.end():]
        return found

    def until_closed(self):
        while self.read() != 0x8:
            pass


class Api(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="lf-api.")
        self.addCleanup(self.directory.cleanup)
        place = pathlib.Path(self.directory.name)
        (place / "web").mkdir()
        (place / "web" / "index.html").write_text("<!doctype html>")
        (place / "lab.json").write_text(TOPOLOGY)
        self.server = subprocess.Popen([PROGRAM, str(place), str(place / "lab.json"), str(place / "web")],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end_server)
        self.port = int(self.server.stdout.readline())
        self.socket = str(place / "api.sock")
        self.token_file = str(place / "api.token")
        self.lab = linkfab.Linkfab(self.socket, timeout=20)
        self.addCleanup(self.lab.close)
        end = time.time() + 10
        while not (self.lab.fabric()["settled"] and self.lab.links()) and time.time() < end:
            time.sleep(0.02)
        self.settled("/links")

    def end_server(self):
        self.server.stdin.close()
        self.server.wait(10)
        self.server.stdout.close()

    def tcp(self, **keywords):
        client = linkfab.Linkfab(f"http://127.0.0.1:{self.port}", timeout=20, **keywords)
        self.addCleanup(client.close)
        return client

    def refused(self, status, call, *arguments, **keywords):
        with self.assertRaises(linkfab.ApiError) as caught:
            call(*arguments, **keywords)
        self.assertEqual(caught.exception.status, status, caught.exception.problem)
        check(caught.exception.problem, {"$ref": "#/components/schemas/Problem"})
        return caught.exception.problem

    def raw(self, text):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(self.socket)
            connection.sendall(text.encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    # The description and the implementation.

    def test_the_description_names_every_route_and_no_other(self):
        described = {f"{method.upper()} {path}" for path, item in OPENAPI["paths"].items() for method in item
                     if method in ("get", "put", "post", "patch", "delete")}
        routes = subprocess.run([PROGRAM, "--routes"], check=True, capture_output=True, text=True).stdout
        self.assertEqual(described, set(routes.split("\n")) - {""})
        self.assertEqual(self.lab.request("GET", "/openapi.json").body, OPENAPI)

    def test_every_answer_is_as_described(self):
        values = {"node": "r1", "link": LINK, "segment": "lan", "gateway": "out:tap", "preset": "dsl",
                  "scenario": "night", "action": "restart", "change": "1", "snapshot": "first", "member": "h1:eth0"}
        self.lab.change_link(LINK, delay="1ms")
        self.lab.keep_snapshot("first")
        bodies = {"POST /links": {"ends": ["r2:eth7", "r3:eth7"]}, "PUT /topology": TOPOLOGY, "POST /plan": TOPOLOGY,
                  "PUT /scenarios/{scenario}": {"steps": [{"at": 1, "link": "lan", "set": {"loss": "1%"}}]}}
        queries = {"/diff": "?from=first"}
        self.lab.play("night", SCENARIO)
        for method in ("get", "post", "patch", "delete", "put"):
            for path, item in OPENAPI["paths"].items():
                if method not in item or path.endswith(("/events", "/console", "/capture")):
                    continue
                short = path[len("/api/v1"):]
                filled = re.sub(r"\{(\w+)\}", lambda m: linkfab._name(values[m[1]]), short) + queries.get(short, "")
                name = f"{method.upper()} {short}"
                body = bodies.get(name, {} if method == "patch" else None)
                with self.subTest(name):
                    response = self.lab.request(method.upper(), filled, body)
                    described = item[method]["responses"][str(response.status)]
                    if "content" in described:
                        check(response.body, described["content"]["application/json"]["schema"])
                    if "ETag" in described.get("headers", {}):
                        self.assertRegex(response.etag, r'^"[0-9a-f-]+"$')

    @unittest.skipIf(jsonschema is None, "python3-jsonschema is not installed")
    def test_the_schemas_can_fail(self):
        link = self.lab.link(LINK)
        check(link, {"$ref": "#/components/schemas/Link"})
        with self.assertRaises(jsonschema.ValidationError):
            check({**link, "state": "unheard of"}, {"$ref": "#/components/schemas/Link"})
        with self.assertRaises(jsonschema.ValidationError):
            check({**link, "other": 1}, {"$ref": "#/components/schemas/Link"})

    # Reading.

    def test_shows_the_lab(self):
        link = self.lab.link(LINK)
        self.assertEqual(link["a_to_b"], {"delay": "20ms", "loss": "1%"})
        self.assertEqual([end["interface"] for end in link["ends"]], ["r1:eth0", "r2:eth0"])
        self.assertEqual(self.lab.segment("lan")["ends"][1]["impairment"], {"delay": "1ms"})
        self.assertEqual([gateway["name"] for gateway in self.lab.gateways()], ["out:tap"])
        self.assertEqual(self.lab.fabric()["lab"], "test")
        self.assertEqual(self.lab.statistics(LINK)["directions"][0]["to"], "r2:eth0")
        self.assertEqual(self.lab.plan(self.lab.topology())["changes"], [])

    def settled(self, path):
        """The answer once it stays the same: states come in after the start and after changes."""
        same, last = 0, self.lab.request("GET", path)
        deadline = time.monotonic() + 10
        while same < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
            now = self.lab.request("GET", path)
            same, last = (same + 1 if now.etag == last.etag else 0), now
        return last

    def test_knows_what_a_client_has_already(self):
        response = self.lab.request("GET", "/links")
        again = self.lab.request("GET", "/links", headers={"If-None-Match": response.etag})
        self.assertEqual((again.status, again.body), (304, None))
        self.lab.change_link(LINK, delay="21ms")
        self.assertEqual(self.lab.request("GET", "/links", headers={"If-None-Match": response.etag}).status, 200)

    # Changing.

    def test_impairs_both_directions_or_one_and_keeps_the_rest(self):
        link = self.lab.change_link(LINK, delay="5ms", b_to_a={"rate": "10mbit", "loss": None})
        self.assertEqual(link["a_to_b"], {"delay": "5ms", "loss": "1%"})
        self.assertEqual(link["b_to_a"], {"delay": "5ms", "rate": "10mbit"})
        link = self.lab.change_link(LINK, a_to_b=None)
        self.assertEqual((link["a_to_b"], link["b_to_a"]), ({}, {"delay": "5ms", "rate": "10mbit"}))
        link = self.lab.change_link(LINK, preset="dsl", delay_correlation="25%", jitter="1ms")
        self.assertIn("rate", link["a_to_b"])
        self.assertNotEqual(link["a_to_b"]["rate"], link["b_to_a"]["rate"])
        self.assertEqual(link["a_to_b"]["delay-correlation"], "25%")

    def test_takes_a_link_by_its_nodes_or_an_interface(self):
        self.assertEqual(self.lab.link("r1--r2")["name"], LINK)
        self.assertEqual(self.lab.link("r2:eth0")["name"], LINK)
        changed = self.lab.change_link("r1--r2", a_to_b={"delay": "7ms"})
        self.assertEqual((changed["name"], changed["a_to_b"]["delay"]), (LINK, "7ms"))
        self.assertIn(f"the other way round: {LINK}", self.refused(404, self.lab.link, "r2--r1")["detail"])
        self.assertIn("did you mean", self.refused(404, self.lab.link, "r1:eth0--r2:eth9")["detail"])
        self.refused(404, self.lab.link, "h1:eth0")  # a segment's
        self.lab.connect("r3:eth0", "r3:eth1")
        self.assertIn("the other way round", self.refused(404, self.lab.link, "r3:eth1--r3:eth0")["detail"])
        self.lab.connect("r1:eth5", "r2:eth5")
        self.assertIn(f"there are 2: {LINK}, r1:eth5--r2:eth5; name one of them",
                      self.refused(404, self.lab.change_link, "r1--r2", loss="1%")["detail"])
        self.lab.disconnect("r1:eth5")
        self.assertEqual(self.lab.link("r1--r2")["name"], LINK)

    def test_cuts_restores_and_moves(self):
        self.assertEqual(self.lab.change_link(LINK, state="down")["state"], "cut")
        self.assertEqual(self.lab.change_link(LINK, state="up")["state"], "up")
        moved = self.lab.change_link(LINK, ends=["r1:eth0", "r3:eth0"], delay="7ms")
        self.assertEqual(moved["name"], "r1:eth0--r3:eth0")
        self.assertEqual((moved["a_to_b"]["delay"], moved["a_to_b"]["loss"]), ("7ms", "1%"))
        self.refused(404, self.lab.link, LINK)

    def test_sets_whether_the_underlay_is_subtracted(self):
        self.assertEqual(self.lab.link(LINK)["underlay"], "add")
        link = self.lab.change_link(LINK, underlay="subtract")
        self.assertEqual((link["underlay"], link["ends"][0]["underlay"], link["a_to_b"]["loss"]), ("subtract", None, "1%"))
        self.assertEqual(self.lab.change_link(LINK, delay="9ms")["underlay"], "subtract")
        self.assertIn("underlay", self.refused(422, self.lab.change_link, LINK, underlay="no")["errors"][0]["path"])
        self.assertEqual(self.lab.change_link(LINK, underlay="add")["underlay"], "add")
        self.assertEqual(self.lab.connect("r1:eth8", "r3:eth8", underlay="subtract")["underlay"], "subtract")

    def test_changes_members_of_segments(self):
        segment = self.lab.change_segment("lan", loss="2%", members={"h2:eth0": None})
        self.assertEqual([end["impairment"] for end in segment["ends"]], [{"loss": "2%"}, {}])
        self.assertEqual(self.lab.change_segment("lan", state="down")["state"], "cut")
        problem = self.refused(422, self.lab.change_segment, "lan", members={"r1:eth0": {}})
        self.assertEqual(problem["errors"][0]["path"], 'members["r1:eth0"]')

    def test_plugs_members_into_segments_and_takes_them_out(self):
        def members():
            return {end["interface"]: end["impairment"] for end in self.lab.segment("lan")["ends"]}

        before = members()
        segment = self.lab.put_member("lan", "r1:eth7", delay="5ms", loss="1%")
        self.assertEqual((segment["name"], segment["state"]), ("lan", "up"))
        self.assertEqual(members(), {**before, "r1:eth7": {"delay": "5ms", "loss": "1%"}})
        self.lab.put_member("lan", "r1:eth7")
        self.assertEqual(members()["r1:eth7"], {"delay": "5ms", "loss": "1%"})
        self.lab.put_member("lan", "r1:eth7", loss="2%")
        self.assertEqual(members()["r1:eth7"], {"loss": "2%"})
        self.lab.request("PUT", "/segments/lan/members/r1%3Aeth7", {})
        self.assertEqual(members()["r1:eth7"], {})
        self.lab.remove_member("lan", "r1:eth7")
        self.assertEqual(members(), before)
        self.lab.put_member("lan", "r1:eth7")
        self.assertEqual(members(), {**before, "r1:eth7": {}})
        summaries = [change["summary"] for change in self.lab.changes()]
        self.assertEqual((summaries[0], summaries[1]), ("connect r1:eth7 to lan", "disconnect r1:eth7 from lan"))
        self.lab.undo(len(summaries))
        self.assertEqual(members(), before)

    def test_refuses_members_that_make_no_sense(self):
        etag = self.lab.request("GET", "/segments/lan").etag
        self.assertIn("link " + LINK, self.refused(409, self.lab.put_member, "lan", "r1:eth0")["detail"])
        self.refused(404, self.lab.put_member, "lan", "nowhere:eth0")
        self.refused(404, self.lab.put_member, "none", "r1:eth7")
        self.refused(404, self.lab.put_member, LINK, "r1:eth7")
        self.refused(404, self.lab.remove_member, "lan", "r1:eth0")
        self.refused(404, self.lab.remove_member, "none", "h1:eth0")
        self.refused(422, self.lab.put_member, "lan", "r1")
        self.assertEqual(self.refused(422, self.lab.put_member, "lan", "r1:eth7", dealy="5ms")["errors"][0]["path"], "dealy")
        self.refused(400, self.lab.request, "PUT", "/segments/lan/members/r1%3Aeth7", "{")
        self.refused(415, self.lab.request, "PUT", "/segments/lan/members/r1%3Aeth7", "{}", {"Content-Type": "text/plain"})
        self.assertEqual(self.lab.request("GET", "/segments/lan").etag, etag)
        self.lab.put_member("lan", "r1:eth7", if_match=etag)
        self.refused(412, self.lab.remove_member, "lan", "r1:eth7", if_match=etag)

    def test_connects_and_disconnects(self):
        link = self.lab.connect("r1:eth5", "r3:eth5", delay="3ms", name="up link".replace(" ", "-"))
        self.assertEqual((link["name"], link["state"]), ("up-link", "up"))
        self.refused(409, self.lab.connect, "r1:eth5", "r2:eth9")
        self.refused(409, self.lab.connect, "r1:eth6", "r2:eth9", name="up-link")
        self.refused(422, self.lab.connect, "nowhere:eth0", "r2:eth9")
        self.lab.disconnect("up-link")
        self.refused(404, self.lab.link, "up-link")
        self.refused(404, self.lab.disconnect, "up-link")

    def test_tells_what_is_not_in_force(self):
        with self.assertRaises(linkfab.NotInForce) as caught:
            self.lab.connect("r1:eth8", "r3:eth8", name="bad")
        self.assertEqual(str(caught.exception), "bad: join it: no")
        response = self.lab.request("PATCH", "/links/bad?wait=false", {"delay": "1ms"})
        self.assertEqual(response.status, 202)

    def test_starts_and_stops_nodes(self):
        self.assertEqual(self.lab.stop("r1")["state"], "stopped")
        self.assertEqual(self.lab.start("r1")["state"], "running")
        self.assertEqual(self.lab.suspend("r1")["state"], "paused")
        self.assertEqual(self.lab.resume("r1")["state"], "running")
        self.assertEqual(self.lab.restart("r1")["state"], "running")
        self.refused(409, self.lab.stop, "out")
        self.refused(404, self.lab.request, "POST", "/nodes/r1/explode")

    def test_converges_to_a_topology(self):
        wanted = self.lab.topology()
        wanted["nodes"]["r9"] = {}
        wanted["links"].append(["r9:eth0", "r3:eth9"])
        self.assertIn(("add", "node", "r9"),
                      [(change["action"], change["kind"], change["name"]) for change in self.lab.plan(wanted)["changes"]])
        self.assertEqual(self.lab.put_topology(wanted)["nodes"], 7)
        self.assertEqual(self.lab.node("r9")["state"], "running")
        self.refused(409, self.lab.put_topology, {"name": "other"})
        self.assertEqual(self.lab.put_topology({"name": "other"}, replace=True)["nodes"], 0)

    def test_refuses_stale_changes(self):
        etag = self.lab.request("GET", f"/links/{linkfab._name(LINK)}").etag
        self.lab.change_link(LINK, delay="1ms", if_match=etag)
        self.refused(412, self.lab.change_link, LINK, delay="2ms", if_match=etag)
        self.assertEqual(self.lab.link(LINK)["a_to_b"]["delay"], "1ms")
        etag = self.lab.request("GET", "/topology").etag
        self.lab.disconnect(LINK)
        self.refused(412, self.lab.put_topology, TOPOLOGY, if_match=etag)

    def test_applies_nothing_of_what_is_wrong(self):
        def wanted():
            link = self.lab.link(LINK)
            return [link["wanted"], link["a_to_b"], link["b_to_a"], [end["interface"] for end in link["ends"]]]

        before = wanted()
        for body, path in [({"delay": "1ms", "dealy": "2ms"}, "dealy"), ({"delay": "1ms", "loss": "200%"}, "loss"),
                           ({"delay": "1ms", "state": "sideways"}, "state"), ({"a_to_b": {"delay": 5}}, "a_to_b.delay"),
                           ({"delay": "1ms", "ends": ["r1:eth0"]}, "ends"), ({"a_to_b": 3}, "a_to_b"),
                           ({"classes": [{"delay": "1ms"}]}, "classes[0]"), ({"limit": ["x"]}, "limit")]:
            problem = self.refused(422, self.lab.request, "PATCH", f"/links/{linkfab._name(LINK)}", body)
            self.assertEqual(problem["errors"][0]["path"], path)
        self.refused(422, self.lab.request, "PATCH", f"/links/{linkfab._name(LINK)}",
                     {"delay": "1ms", "ends": ["r1:eth0", "h1:eth99999999999999"]})
        self.refused(409, self.lab.request, "PATCH", f"/links/{linkfab._name(LINK)}",
                     {"delay": "1ms", "ends": ["r1:eth0", "h1:eth0"]})
        self.assertEqual(wanted(), before)
        problem = self.refused(422, self.lab.put_topology, '{"name": "test",\n "nodes": {"r1": {"imge": "x"}}}')
        self.assertEqual((problem["errors"][0]["path"], problem["errors"][0]["line"]), ("nodes.r1.imge", 2))

    def test_refuses_wrong_requests(self):
        request = self.lab.request
        self.refused(404, request, "GET", "/nothing")
        self.refused(404, request, "GET", "/nodes/nobody")
        self.refused(405, request, "DELETE", "/nodes/r1")
        self.refused(406, request, "GET", "/nodes", headers={"Accept": "text/html"})
        self.refused(415, request, "POST", "/links", "{}", headers={"Content-Type": "text/plain"})
        self.refused(400, request, "POST", "/links", "{")
        self.refused(400, request, "GET", "/nodes?colour=red")
        self.refused(400, request, "POST", "/nodes/r1/stop?wait=perhaps")
        self.refused(400, request, "GET", "/events?statistics=1ms")
        self.refused(413, request, "POST", "/plan", " " * (1024 * 1024 + 1))
        self.refused(431, request, "GET", "/nodes", headers={"X-Long": "x" * 20000})
        self.assertIn("\r\nAllow: GET, HEAD, POST\r\n",
                      self.raw("DELETE /api/v1/links HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))

    # Scenarios.

    def test_plays_a_scenario_until_it_is_stopped(self):
        playing = self.lab.play("night", SCENARIO, speed=2, loop=True, seed=7, at_end="keep")
        self.assertEqual([playing[key] for key in ("name", "state", "speed", "loop", "seed", "at_end")],
                         ["night", "playing", 2, True, 7, "keep"])
        self.assertEqual(playing["targets"], {f"{LINK} r1:eth0": "delay", f"{LINK} r2:eth0": "delay"})
        self.assertEqual(self.lab.scenario("night"), playing)
        response = self.lab.request("PUT", "/scenarios/other?wait=false",
                                    {"name": "inner", "steps": [{"at": 1, "link": "lan", "to": "h1", "set": {"loss": "1%"}}]})
        self.assertEqual(response.status, 202)
        self.assertEqual([scenario["name"] for scenario in self.lab.scenarios()], ["night", "other"])
        self.assertEqual([change["summary"] for change in self.lab.changes()], ["play other", "play night"])
        self.lab.stop_scenario("night")
        self.refused(404, self.lab.scenario, "night")
        self.lab.undo(3)
        self.assertEqual(self.lab.scenario("night")["speed"], 2)

    def test_refuses_a_scenario_beside_one_that_sets_the_same(self):
        self.lab.play("night", SCENARIO)
        self.assertIn("a scenario of that name plays", self.refused(409, self.lab.play, "night", SCENARIO)["detail"])
        self.assertIn("scenario night sets delay of " + LINK, self.refused(409, self.lab.play, "day", SCENARIO)["detail"])
        self.lab.play("loss", "time,loss\n0,1%\n5,\n", kind="csv", link="r2--r1", to="r2")
        self.assertEqual(self.lab.scenario("loss")["targets"], {f"{LINK} r2:eth0": "loss"})

    def test_plays_tables_and_traces_that_are_sent(self):
        table = self.lab.play("table", "time,from,delay\n0,,30ms\n5,r1,80ms\n9,,\n", kind="csv", link="r1:eth0")
        self.assertEqual((table["speed"], table["loop"]), (1, False))
        self.lab.stop_scenario("table")
        trace = self.lab.play("trace", "10\n20\n30\n", kind="trace", link=LINK, to="r2", bin="10ms")
        self.assertTrue(trace["loop"])
        self.assertEqual(trace["targets"], {f"{LINK} r2:eth0": "extra-delay,packet-overhead,rate"})
        self.lab.stop_scenario("trace")
        self.assertFalse(self.lab.play("trace", "10\n20\n", kind="trace", link=LINK, to="r2", loop=False)["loop"])

    def test_says_of_a_scenario_what_is_wrong_and_where(self):
        def path(*steps, **more):
            problem = self.refused(422, self.lab.play, "night", {"steps": steps, **more})
            return problem["errors"][0]["path"]

        good = {"at": 1, "link": LINK, "set": {"delay": "30ms"}}
        self.assertEqual(path(good, {**good, "set": {"dealy": "1ms"}}), "steps[1].set.dealy")
        self.assertEqual(path({**good, "link": "r1--r9"}), "steps[0]")
        self.assertEqual(path({**good, "to": "r3"}), "steps[0]")
        self.assertEqual(path(good, speed=1000), "speed")
        self.assertEqual(path(good, trace="/etc/passwd"), "trace")
        problem = self.refused(422, self.lab.play, "night", {"steps": [{**good, "link": "r2--r33"}]})
        self.assertIn("find link 'r2--r33'", problem["detail"])
        problem = self.refused(422, self.lab.play, "night", "time,delay\n0,20\n1,\n", kind="csv", link=LINK)
        self.assertEqual((problem["errors"][0]["line"], problem["errors"][0]["column"]), (2, 3))
        self.refused(400, self.lab.play, "night", "{")
        self.refused(415, self.lab.request, "PUT", "/scenarios/night", "{}", {"Content-Type": "text/html"})
        self.refused(422, self.lab.play, "a b", SCENARIO)
        for query in ("speed=0", "loop=perhaps", "seed=-1", "at_end=stay", "bin=1us", "from=r1", "colour=red", "timeout=x"):
            self.refused(400, self.lab.request, "PUT", "/scenarios/night?" + query, SCENARIO)
        self.assertEqual(self.lab.scenarios(), [])

    def test_opens_no_file_that_a_scenario_names(self):
        file = pathlib.Path(self.directory.name) / "trace"
        file.write_text("10\n20\n")
        for kind in ("json", "csv", "trace"):
            for text in (str(file), json.dumps(str(file)), json.dumps({"steps": str(file)}), "@" + str(file), "file://" + str(file)):
                status = 400 if kind == "json" and not text.startswith("{") else 422
                self.refused(status, self.lab.play, "night", text, kind=kind, link=LINK)
        self.assertEqual(self.lab.scenarios(), [])

    # Access.

    def test_needs_the_token_on_tcp_and_refuses_other_sites(self):
        self.refused(401, self.tcp().nodes)
        self.refused(401, self.tcp(token="0" * 64).nodes)
        client = self.tcp(token_file=self.token_file)
        self.assertEqual(len(client.nodes()), 6)
        self.refused(403, client.request, "GET", "/nodes", headers={"Origin": "http://evil.example"})
        self.refused(403, client.request, "GET", "/nodes", headers={"Host": "evil.example"})
        self.assertEqual(os.stat(self.token_file).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(self.socket).st_mode & 0o777, 0o660)

    def test_serves_pages(self):
        answer = self.raw("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertIn("Content-Security-Policy: default-src 'self'", answer)
        self.assertTrue(answer.endswith("<!doctype html>"))
        self.assertTrue(self.raw("GET /../lab.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                        .startswith("HTTP/1.1 404 "))

    # History.

    def test_keeps_who_changed_what_and_undoes_it(self):
        before = self.lab.link(LINK)["a_to_b"]
        self.lab.change_link(LINK, delay="77ms")
        change = self.lab.changes()[0]
        self.assertEqual((change["number"], change["uid"]), (1, os.getuid()))
        self.assertTrue(change["how"].startswith("PATCH /api/v1/links/"), change)
        self.assertIn("77ms", change["summary"])
        self.assertEqual(self.lab.recorded_change(1)["changes"][0]["after"]["a_to_b"]["delay"], "77ms")
        undone = self.lab.undo(1)
        self.assertEqual(undone["number"], 2)
        self.assertEqual(self.lab.link(LINK)["a_to_b"], before)
        problem = self.refused(409, self.lab.undo, 1)
        self.assertIn("change 2 has changed it since", problem["detail"])
        self.refused(404, self.lab.undo, 9)
        self.refused(404, self.lab.request, "POST", "/changes/x/undo")
        self.tcp(token_file=self.token_file).stop("r1")
        self.assertEqual((self.lab.changes()[0]["user"], self.lab.changes()[0]["uid"]), ("token", None))

    def test_every_change_is_recorded(self):
        self.lab.stop("r1")
        self.lab.start("r1")
        self.lab.connect("r2:eth7", "r3:eth7", name="new")
        self.lab.change_link("new", state="down")
        self.lab.disconnect("new")
        self.lab.put_topology(TOPOLOGY)
        summaries = [change["summary"] for change in reversed(self.lab.changes())]
        self.assertEqual(summaries[:5], ["stop r1", "start r1", "connect new", "cut new", "disconnect new"])
        self.assertTrue(summaries[5].startswith("up "), summaries)

    def test_keeps_snapshots_and_goes_back_to_them(self):
        before = self.lab.topology()
        kept = self.lab.keep_snapshot("before")
        self.assertEqual(kept["topology"], before)
        self.refused(409, self.lab.keep_snapshot, "before")
        for name in ("a/b", "12", "running", "a\nb"):
            self.refused(422, self.lab.keep_snapshot, name)
        self.lab.change_link(LINK, delay="77ms")
        self.lab.roll_back("before")
        self.assertEqual(self.lab.topology(), before)
        self.assertEqual([snapshot["name"] for snapshot in self.lab.snapshots()], ["before"])
        self.lab.delete_snapshot("before")
        self.refused(404, self.lab.snapshot, "before")
        self.refused(404, self.lab.roll_back, "before")
        self.refused(404, self.lab.delete_snapshot, "before")

    def test_goes_back_to_the_state_after_a_change(self):
        states = [self.lab.topology()]
        for delay in ("11ms", "22ms", "33ms"):
            self.lab.change_link(LINK, delay=delay)
            states.append(self.lab.topology())
        for number in (1, 0, 3, 2):
            self.assertTrue(self.lab.roll_back(number)["settled"])
            self.assertEqual(self.lab.topology(), states[number])
        self.assertEqual([change["summary"].split(" r1")[0] for change in self.lab.changes()[:2]], ["rollback 2", "rollback 3"])
        self.assertIn("the newest change is 7", self.refused(404, self.lab.roll_back, 99)["detail"])
        for number in ("x", "-1", "running", "1.5"):
            self.refused(404, self.lab.request, "POST", f"/changes/{number}/rollback")

    def test_compares_states(self):
        self.lab.keep_snapshot("before")
        self.lab.change_link(LINK, delay="11ms")
        self.lab.stop("r1")
        names = [(change["action"], change["name"]) for change in self.lab.diff("before")["changes"]]
        self.assertEqual(names, [("change", "r1"), ("change", LINK)])
        self.assertEqual([change["name"] for change in self.lab.diff(0, 1)["changes"]], [LINK])
        self.assertEqual([change["name"] for change in self.lab.diff("running", 1)["changes"]], ["r1"])
        self.assertEqual(self.lab.diff("before", 0)["changes"], [])
        self.assertIn("did you mean 'before'?", self.refused(404, self.lab.diff, "befor")["detail"])
        self.refused(404, self.lab.diff, 0, 99)
        self.refused(404, self.lab.diff, self.directory.name + "/lab.json")
        self.refused(400, self.lab.request, "GET", "/diff?to=1")
        response = self.lab.request("GET", "/diff?from=0")
        self.assertEqual(self.lab.request("GET", "/diff?from=0", headers={"If-None-Match": response.etag}).status, 304)

    def test_tells_of_a_change(self):
        events = self.lab.events()
        self.next_event(events, "hello")
        timer = threading.Timer(0.2, lambda: linkfab.Linkfab(self.socket).stop("r1"))
        timer.start()
        self.assertEqual(self.next_event(events, "change")["summary"], "stop r1")
        timer.join()

    # Events.

    def next_event(self, events, kind, name=None):
        for event in events:
            check(event, {"$ref": "#/components/schemas/Event"})
            if event["event"] == kind and name in (None, event["name"]):
                return event["data"]
        self.fail("the stream has ended")

    def test_tells_what_changes(self):
        events = self.lab.events()
        self.assertEqual(self.next_event(events, "hello"), {"version": "0"})
        timer = threading.Timer(0.2, lambda: linkfab.Linkfab(self.socket).change_link(LINK, delay="9ms"))
        timer.start()
        link = self.next_event(events, "link", LINK)
        timer.join()
        self.assertEqual(link, self.lab.link(LINK))
        self.lab.stop("r1")
        self.assertEqual(self.next_event(events, "node", "r1")["state"], "stopped")
        self.lab.disconnect(LINK)
        self.assertIsNone(self.next_event(events, "link", LINK))
        events.close()

    def test_tells_statistics_where_asked(self):
        events = self.lab.events(statistics="100ms")
        first = self.next_event(events, "statistics")
        second = self.next_event(events, "statistics")
        check(second, {"$ref": "#/components/schemas/Statistics"})
        self.assertIsNone(first["directions"][0]["rates"])
        rates = [direction["rates"] for direction in second["directions"] if direction["to"] == "r2:eth0"]
        self.assertGreater(rates[0]["received_frames"], 0)
        events.close()

    def test_tells_the_same_over_a_websocket(self):
        with open(self.token_file, encoding="ascii") as file:
            token = file.read().strip()
        key = base64.b64encode(os.urandom(16)).decode()
        connection = socket.create_connection(("127.0.0.1", self.port), 10)
        self.addCleanup(connection.close)
        connection.sendall((f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
                            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                            f"Sec-WebSocket-Protocol: linkfab.v1, bearer.{token}\r\n\r\n").encode())
        stream = connection.makefile("rb")
        head = b"".join(iter(stream.readline, b"\r\n")).decode()
        self.assertTrue(head.startswith("HTTP/1.1 101 "), head)
        self.assertIn("Sec-WebSocket-Protocol: linkfab.v1\r\n", head)
        self.assertEqual(self.message(stream)["event"], "hello")
        self.lab.change_link(LINK, state="down")
        while True:
            event = self.message(stream)
            if event["event"] == "link" and event["data"]["state"] == "cut":
                break
        self.assertEqual(event["name"], LINK)

    # Consoles: over a stand-in of `linkfab`, which is a shell.

    def console(self, node="r1", **headers):
        with open(self.token_file, encoding="ascii") as file:
            return Console(self.port, f"/api/v1/nodes/{node}/console", file.read().strip(), **headers)

    def open_console(self):
        end = time.time() + 10
        while self.lab.node("r1")["state"] != "running" and time.time() < end:
            time.sleep(0.02)
        console = self.console()
        self.addCleanup(console.close)
        self.assertTrue(console.head.startswith("HTTP/1.1 101 "), console.head)
        console.until("called: shell -- r1")
        return console

    def shell_of(self, console):
        console.type("echo pid=$$.\n")
        return int(console.until(r"pid=(\d+)\.")[1])

    def gone(self, pid):
        end = time.time() + 10
        while pathlib.Path(f"/proc/{pid}").exists() and time.time() < end:
            time.sleep(0.02)
        return not pathlib.Path(f"/proc/{pid}").exists()

    def test_a_console_is_a_terminal_of_the_size_of_its_window(self):
        console = self.open_console()
        console.type("stty size; tty; ps -o stat= -p $$\n")
        console.until("24 80\r\n/dev/pts/")
        console.send(0x1, b'{"resize": {"columns": 132, "rows": 43}}')
        console.type("stty size\n")
        console.until("43 132")
        console.type("echo $TERM; cat\n")
        console.until("xterm-256color")
        console.type("still here\n")
        console.until("here\r\nstill here")
        console.type("\x03")  # Ctrl-C ends cat
        console.until("[#$] ")
        console.type("echo $((6 * 7))\n")
        console.until("\n42\r")

    def test_a_console_ends_with_its_shell(self):
        console = self.open_console()
        pid = self.shell_of(console)
        console.type("exit\n")
        console.until_closed()
        self.assertTrue(self.gone(pid))

    def test_nothing_is_left_of_a_console_whose_client_vanishes(self):
        console = self.open_console()
        pid = self.shell_of(console)
        console.type("sleep 1000 & echo child=$!.\n")
        child = int(console.until(r"child=(\d+)\.")[1])
        console.type("sleep 2000\n")
        console.close()
        self.assertTrue(self.gone(pid))
        self.assertTrue(self.gone(child))

    def test_a_client_that_makes_no_sense_is_hung_up_on(self):
        for nonsense in (b"hello", b'{"resize": {"columns": 0, "rows": 24}}', b'{"resize": {"columns": 80}}'):
            console = self.open_console()
            console.send(0x1, nonsense)
            console.until_closed()

    def test_a_shell_waits_for_a_slow_client_and_nobody_else_does(self):
        console = self.open_console()
        console.type("yes & echo child=$!.\n")
        child = int(console.until(r"child=(\d+)\.")[1])

        def written():
            for line in pathlib.Path(f"/proc/{child}/io").read_text(encoding="ascii").splitlines():
                if line.startswith("wchar: "):
                    return int(line[7:])
            return 0

        end = time.time() + 15  # until the kernel's buffers on the way are full
        before = -1
        while written() != before and time.time() < end:
            before = written()
            time.sleep(1)
        self.assertEqual(written(), before)
        self.assertLess(before, 64 << 20)
        self.assertEqual(self.lab.node("r1")["name"], "r1")
        console.until("y\r\ny\r\n")
        end = time.time() + 5
        while written() == before and time.time() < end:
            console.read()
            console.text = ""
        self.assertGreater(written(), before)

    def test_a_console_needs_a_running_node_a_websocket_the_token_and_the_same_site(self):
        self.assertIn(" 404 ", self.console("none").head)
        self.assertIn(" 422 ", self.console("out").head)
        self.assertIn(" 401 ", self.console(token="wrong").head)
        self.assertIn(" 403 ", self.console(origin="http://other.example").head)
        self.assertIn(" 101 ", self.console(origin=f"http://127.0.0.1:{self.port}").head)
        self.refused(426, self.lab.request, "GET", "/nodes/r1/console")
        self.lab.stop("r1")
        self.assertIn(" 409 ", self.console().head)

    def capture(self, query):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(connection.close)
        with open(self.token_file, encoding="ascii") as file:
            connection.request("GET", f"/api/v1/links/{linkfab._name(LINK)}/capture{query}",
                               headers={"Authorization": f"Bearer {file.read().strip()}"})
        return connection, connection.getresponse()

    def test_a_capture_goes_on_until_its_client_hangs_up(self):
        connection, response = self.capture("?at=both&filter=tcp%20port%2080&snaplen=96")
        self.assertEqual(response.status, 200)
        self.assertEqual(response.headers["Content-Type"], "application/x-pcapng")
        line = response.readline().decode()
        called = re.match(r"called: (.*); process (\d+)\.", line)
        self.assertEqual(called[1], f"capture --write - --at both --filter tcp port 80 --snaplen 96 -- {LINK}")
        self.assertTrue(pathlib.Path(f"/proc/{called[2]}").exists())
        response.close()
        connection.close()
        self.assertTrue(self.gone(called[2]))

    def test_a_capture_that_cannot_be_made_says_why(self):
        _, response = self.capture("?filter=nonsense")
        self.assertEqual(response.status, 422)
        self.assertEqual(json.load(response)["detail"], "linkfab: no filter")
        for query in ("?at=behind", "?snaplen=0", "?snaplen=x", "?count=1"):
            self.assertEqual(self.capture(query)[1].status, 400, query)
        self.refused(404, self.lab.request, "GET", "/links/none/capture")
        self.refused(404, self.lab.request, "GET", f"/segments/{linkfab._name(LINK)}/capture")

    def message(self, stream):
        while True:
            first, size = stream.read(2)
            size = int.from_bytes(stream.read(2 if size == 126 else 8), "big") if size > 125 else size
            payload = stream.read(size)
            if first == 0x81:
                return json.loads(payload)


if __name__ == "__main__":
    if not PROGRAM:
        sys.exit(__doc__)
    unittest.main()
