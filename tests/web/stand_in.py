#!/usr/bin/env python3
"""A stand-in of linkfabd for the tests of the web view: the HTTP API over a lab that is made up.

It serves the pages of DIRECTORY and what they use of /api/v1: ETags, If-Match, problem details and the
stream of events. It shapes nothing. `POST /stand-in/…`, which linkfabd does not have, is what a
test does behind the page's back: set a link, drop the streams, refuse connections for a while.
"""
import argparse
import base64
import copy
import hashlib
import http.server
import itertools
import json
import math
import mimetypes
import os
import queue
import random
import re
import struct
import threading
import time
import urllib.parse

API = "/api/v1/"
TIME = re.compile(r"^\d+(\.\d+)?(us|ms|s)$")
PERCENT = re.compile(r"^\d+(\.\d+)?%?$")
RATE = re.compile(r"^\d+(\.\d+)?[kmgt]?(bit|bps)$")
FORMS = {"delay": (TIME, "a time with a unit, such as 20ms"), "jitter": (TIME, "a time with a unit, such as 20ms"),
         "rate": (RATE, "a rate, such as 10mbit"), "duplicate": (PERCENT, "a percentage, such as 1%"),
         "corrupt": (PERCENT, "a percentage, such as 1%"), "reorder": (PERCENT, "a percentage, such as 1%")}
PRESETS = {"dsl": {"a_to_b": {"delay": "20ms", "rate": "16mbit"}, "b_to_a": {"delay": "20ms", "rate": "1mbit"}},
           "satellite": {"a_to_b": {"delay": "280ms", "rate": "50mbit"}, "b_to_a": {"delay": "280ms", "rate": "5mbit"}}}
RESERVED = {"state", "ends", "a_to_b", "b_to_a", "preset", "members", "name", "up", "underlay"}


def option(kind, value):
    """An option of a block of pcapng."""
    return struct.pack("<HH", kind, len(value)) + value + bytes(-len(value) % 4)


def block(kind, body):
    """A block of pcapng."""
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def ping(sender, kind, number):
    """An Ethernet frame with an ICMP message from 10.0.0.1 (sender 0) or 10.0.0.2 (1) to the other; its checksums are 0."""
    addresses = [bytes([10, 0, 0, 1 + (sender + i) % 2]) for i in range(2)]
    message = struct.pack("!BBHHH", kind, 0, 0, 7, number) + bytes(48)
    return (bytes.fromhex("020000000001020000000002") + struct.pack("!HBBHHHBBH", 0x800, 0x45, 0, 20 + len(message), 0, 0, 64, 1, 0) +
            addresses[0] + addresses[1] + message)


class Refusal(Exception):
    def __init__(self, status, title, path="", detail=""):
        super().__init__(title)
        self.status, self.title = status, title
        self.errors = [{"path": path, "detail": detail}] if detail else []


def made_up_lab(size):
    """`size` nodes: a core ring with spokes, twice as many links as nodes for the large ones."""
    chance = random.Random(size)
    names, nodes, links = [], {}, {}
    core = max(3, round(math.sqrt(size)))
    for i in range(size):
        router = i < core
        name = f"r{i + 1}" if router else f"h{i - core + 1}"
        kind = "netns" if router else ("docker", "netns", "docker", "vpcs", "qemu")[i % 5]
        names.append(name)
        nodes[name] = {"name": name, "kind": kind, "image": "debian:12" if kind == "docker" else None, "wanted": "running",
                       "state": "running", "pid": 1000 + i, "container": None, "progress": None, "error": None, "interfaces": []}

    def join(a, b):
        ends = []
        for name in (a, b):
            ports = nodes[name]["interfaces"]
            ports.append({"name": f"eth{len(ports)}", "addresses": [f"10.{len(links) // 250}.{len(links) % 250}.{len(ends) + 1}/24"],
                          "mac": None, "mtu": None, "link": None, "state": "up"})
            ends.append(f"{name}:eth{len(ports) - 1}")
        link = new_link(ends)
        links[link["name"]] = link
        for end in ends:
            interface(nodes, end)["link"] = link["name"]

    for i in range(core):
        join(names[i], names[(i + 1) % core])
    for i in range(core, size):
        join(names[i], names[i % core])
    while size >= 100 and len(links) < 2 * size:
        join(*chance.sample(names, 2))
    for link in list(links.values())[:: 9 if size > 5 else 3]:
        link["a_to_b"] = {"delay": "20ms", "loss": "1%"}
        link["b_to_a"] = {"delay": "20ms"}
    if size > 5:
        cut = list(links.values())[4]
        cut["wanted"] = cut["state"] = "cut"
    segments = {}
    if size >= 20:
        members = [names[-1], names[-2], names[-3]]
        for name in members:
            nodes[name]["interfaces"].append({"name": "lan0", "addresses": [], "mac": None, "mtu": None, "link": "lan", "state": "up"})
        segments["lan"] = {"name": "lan", "kind": "switch", "wanted": "up", "state": "up", "error": None,
                           "ends": [{**end(f"{name}:lan0"), "impairment": {}} for name in members]}
    return nodes, links, segments


def interface(nodes, end_name):
    node, _, name = end_name.partition(":")
    if node not in nodes:
        raise Refusal(422, "The link is not valid", "ends", f"there is no node '{node}'")
    for port in nodes[node]["interfaces"]:
        if port["name"] == name:
            return port
    port = {"name": name, "addresses": [], "mac": None, "mtu": None, "link": None, "state": "up"}
    nodes[node]["interfaces"].append(port)
    return port


def end(name):
    return {"interface": name, "state": "up", "error": None, "warning": None, "impairment_toward": "", "scenario": None, "underlay": None}


def new_link(ends, name=None):
    return {"name": name or "--".join(ends), "kind": "link", "wanted": "up", "state": "up", "error": None, "underlay": "add",
            "ends": [end(e) for e in ends], "a_to_b": {}, "b_to_a": {}}


def impair(have, change, path):
    if change is None:
        return {}
    result = dict(have)
    for key, value in change.items():
        if key in FORMS and value not in (None, "none") and not FORMS[key][0].match(str(value)):
            raise Refusal(422, "The impairment is not valid", f"{path}{key}", f"'{value}' is not {FORMS[key][1]}")
        if value in (None, "none"):
            result.pop(key, None)
        else:
            result[key] = str(value)
    if "jitter" in result and "delay" not in result:
        raise Refusal(422, "The impairment is not valid", f"{path}jitter", "needs a delay")
    return result


class Lab:
    def __init__(self, size):
        self.lock = threading.RLock()
        self.nodes, self.links, self.segments = made_up_lab(size)
        self.listeners = []
        self.closed_until = 0.0
        self.latency = 0.0
        self.requests = []

    def tell(self, event, name, data):
        for listener in list(self.listeners):
            listener.put({"event": event, "name": name, "data": copy.deepcopy(data)})

    def fabric(self):
        return {"lab": "stand-in", "version": "0.1.0", "instance": "default", "hosts": [], "nodes": len(self.nodes),
                "links": len(self.links), "segments": len(self.segments), "settled": True, "next_cfg": 1, "cur_cfg": 1, "errors": []}

    def statistics(self, first):
        now, directions = time.time(), []
        for number, link in enumerate(self.links.values()):
            up = link["state"] == "up"
            for side, (a, b) in enumerate(((0, 1), (1, 0))):
                wave = (1 + math.sin(now / 5 + number * 1.7 + side)) / 2
                bits = 9.5e6 * wave ** 3 if up else 0
                lost = 3.0 if up and link[("a_to_b", "b_to_a")[side]].get("loss") else 0
                directions.append({"link": link["name"], "kind": "link", "state": link["state"], "from": link["ends"][a]["interface"],
                                   "to": link["ends"][b]["interface"], "classes": [],
                                   "counters": {"sent_frames": int(now) % 100000, "lost": 0},
                                   "rates": None if first else {"sent_frames": bits / 8000, "sent_bits": bits, "received_frames": bits / 8000,
                                                                "received_bits": bits, "lost": lost, "refused": 0}})
        return {"lab": "stand-in", "time": now, "interval": None if first else 1.0, "directions": directions}

    def change_link(self, name, change):
        link = copy.deepcopy(self.find(self.links, name))
        if "preset" in change and change["preset"]:
            if change["preset"] not in PRESETS:
                raise Refusal(422, "The impairment is not valid", "preset", f"there is no preset '{change['preset']}'")
            link.update(copy.deepcopy(PRESETS[change["preset"]]))
        both = {k: v for k, v in change.items() if k not in RESERVED}
        for way in ("a_to_b", "b_to_a"):
            link[way] = impair(link[way], both, "")
            if way in change:
                link[way] = impair(link[way], change[way], way + ".")
        if "state" in change:
            link["wanted"] = link["state"] = "cut" if change["state"] == "down" else "up"
        link["underlay"] = change.get("underlay", link["underlay"])
        if "ends" in change:
            for number, wanted in enumerate(change["ends"]):
                old = link["ends"][number]["interface"]
                if wanted == old:
                    continue
                port = interface(self.nodes, wanted)
                if port["link"]:
                    raise Refusal(409, "The interface is taken", f"ends[{number}]", f"{wanted} is in link {port['link']}")
                interface(self.nodes, old)["link"] = None
                port["link"] = name
                link["ends"][number] = end(wanted)
        if "ends" in change and "--" in name:
            del self.links[name]
            self.tell("link", name, None)
            link["name"] = "--".join(each["interface"] for each in link["ends"])
            for each in link["ends"]:
                interface(self.nodes, each["interface"])["link"] = link["name"]
        self.links[link["name"]] = link
        self.tell("link", link["name"], link)
        return link

    def change_segment(self, name, change):
        segment = copy.deepcopy(self.find(self.segments, name))
        both = {k: v for k, v in change.items() if k not in RESERVED}
        for member in segment["ends"]:
            member["impairment"] = impair(member["impairment"], both, "")
            if member["interface"] in change.get("members", {}):
                path = f"members.{member['interface']}."
                member["impairment"] = impair(member["impairment"], change["members"][member["interface"]], path)
        if "state" in change:
            segment["wanted"] = segment["state"] = "cut" if change["state"] == "down" else "up"
        self.segments[name] = segment
        self.tell("segment", name, segment)
        return segment

    def add_link(self, wanted):
        ends = wanted.get("ends", [])
        if len(ends) != 2 or not all(re.match(r"^[^:]+:[^:]+$", e) for e in ends):
            raise Refusal(422, "The link is not valid", "ends", "two of NODE:INTERFACE are needed")
        link = new_link(ends, wanted.get("name"))
        for number, e in enumerate(ends):
            if interface(self.nodes, e)["link"]:
                raise Refusal(409, "The interface is taken", f"ends[{number}]", f"{e} is in use")
        for way in ("a_to_b", "b_to_a"):
            link[way] = impair({}, {k: v for k, v in wanted.items() if k not in RESERVED}, "")
            link[way] = impair(link[way], wanted.get(way, {}), way + ".")
        link["wanted"] = link["state"] = "up" if wanted.get("up", True) else "cut"
        for e in ends:
            interface(self.nodes, e)["link"] = link["name"]
        self.links[link["name"]] = link
        self.tell("link", link["name"], link)
        for e in ends:
            self.tell("node", e.split(":")[0], self.nodes[e.split(":")[0]])
        return link

    def remove_link(self, name):
        link = self.find(self.links, name)
        del self.links[name]
        for e in link["ends"]:
            interface(self.nodes, e["interface"])["link"] = None
        self.tell("link", name, None)

    def act(self, name, action):
        node = self.find(self.nodes, name)
        node["wanted"] = {"start": "running", "resume": "running", "restart": "running", "suspend": "paused", "stop": "stopped"}[action]
        node["state"] = node["wanted"]
        self.tell("node", name, node)
        return node

    @staticmethod
    def find(table, name):
        if name not in table:
            raise Refusal(404, f"There is no '{name}'")
        return table[name]


def tag(value):
    return '"' + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16] + '"'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lab: Lab
    directory: str
    token: str

    def log_message(self, *_):
        pass

    def answer(self, status, body=None, kind="application/json", headers=()):
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def problem(self, refusal):
        body = {"type": "about:blank", "title": refusal.title, "status": refusal.status, "errors": refusal.errors,
                "detail": refusal.errors[0]["detail"] if refusal.errors else ""}
        self.answer(refusal.status, body, "application/problem+json")

    def dispatch(self):
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        target = urllib.parse.urlsplit(self.path)
        if target.path.startswith("/stand-in/"):
            with self.lab.lock:
                return self.behind_the_back(target.path[10:], json.loads(text or "{}"))
        if time.time() < self.lab.closed_until:
            self.close_connection = True
            return self.connection.close()
        if not target.path.startswith(API):
            return self.page(target.path)
        try:
            protocols = self.headers.get("Sec-WebSocket-Protocol", "")
            if self.token and self.headers.get("Authorization") != f"Bearer {self.token}" and f"bearer.{self.token}" not in protocols:
                raise Refusal(401, "A token is needed")
            parts = [urllib.parse.unquote(p) for p in target.path[len(API):].split("/")]
            if len(parts) == 3 and parts[2] == "console":
                return self.console(parts[1])
            if len(parts) == 3 and parts[2] == "capture":
                return self.capture(parts[1], urllib.parse.parse_qs(target.query))
            if parts == ["events"]:
                return self.events("statistics" in target.query)
            time.sleep(self.lab.latency)
            with self.lab.lock:
                return self.resource(parts, json.loads(text or "null"))
        except Refusal as refusal:
            return self.problem(refusal)

    do_GET = do_POST = do_PATCH = do_DELETE = dispatch

    def resource(self, parts, body):
        lab, method = self.lab, self.command
        tables = {"nodes": lab.nodes, "links": lab.links, "segments": lab.segments}
        if method != "GET":
            lab.requests.append({"method": method, "path": self.path, "body": body})
        if method == "GET":
            if parts[0] == "fabric":
                value = lab.fabric()
            elif parts[0] == "presets":
                value = {"presets": [{"name": name, "summary": f"a line of {name}", "source": "made up", "down": "", "up": ""} for name in PRESETS]}
            elif parts[0] not in tables:
                raise Refusal(404, "There is no such resource")
            else:
                table = tables[parts[0]]
                value = {parts[0]: list(table.values())} if len(parts) == 1 else lab.find(table, parts[1])
            return self.answer(200, value, headers=[("ETag", tag(value))])
        if len(parts) > 1 and self.headers.get("If-Match"):
            if self.headers["If-Match"] != tag(lab.find(tables[parts[0]], parts[1])):
                raise Refusal(412, "It was changed by somebody else")
        if method == "PATCH" and parts[0] == "links":
            value = lab.change_link(parts[1], body)
        elif method == "PATCH" and parts[0] == "segments":
            value = lab.change_segment(parts[1], body)
        elif method == "POST" and parts == ["links"]:
            value = lab.add_link(body)
            return self.answer(201, value, headers=[("ETag", tag(value))])
        elif method == "POST" and parts[0] == "nodes" and len(parts) == 3:
            value = lab.act(parts[1], parts[2])
        elif method == "DELETE" and parts[0] == "links":
            lab.remove_link(parts[1])
            return self.answer(204)
        else:
            raise Refusal(404, "There is no such resource")
        return self.answer(200, value, headers=[("ETag", tag(value))])

    def events(self, statistics):
        mine = queue.Queue()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.lab.listeners.append(mine)
        mine.put({"event": "hello", "name": "", "data": {"version": "0.1.0"}})
        first, due = True, time.time()
        try:
            while True:
                try:
                    message = mine.get(timeout=max(0.0, due - time.time()))
                except queue.Empty:
                    due += 1
                    if not statistics:
                        continue
                    with self.lab.lock:
                        message = {"event": "statistics", "name": "", "data": self.lab.statistics(first)}
                    first = False
                if message is None:
                    break
                self.wfile.write(f"event: {message['event']}\ndata: {json.dumps(message)}\n\n".encode())
                self.wfile.flush()
        except OSError:
            pass
        finally:
            self.lab.listeners.remove(mine)
            self.close_connection = True

    def console(self, name):
        """A WebSocket with a shell that knows `echo`, `size` and `exit`."""
        node = self.lab.find(self.lab.nodes, name)
        if node["state"] != "running":
            raise Refusal(409, f"{name} is {node['state']}")
        if self.headers.get("Upgrade", "").lower() != "websocket":
            raise Refusal(426, "Ask for a WebSocket")
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        for header, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Protocol", "linkfab.v1"),
                              ("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())):
            self.send_header(header, value)
        self.end_headers()
        self.close_connection = True

        def say(text, opcode=0x82):
            data = text.encode()
            self.wfile.write(bytes([opcode, len(data)]) + data)
            self.wfile.flush()

        line, size = "", {}
        say(f"{name}# ")
        while True:
            head = self.rfile.read(2)
            if len(head) < 2 or head[0] & 0xF == 0x8:
                break
            length = head[1] & 127
            length = int.from_bytes(self.rfile.read(2), "big") if length == 126 else length
            mask = self.rfile.read(4)
            text = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.rfile.read(length))).decode()
            if head[0] & 0xF == 0x1:
                size = json.loads(text)["resize"]
                continue
            for character in text:
                if character != "\r":
                    line += character
                    say(character)
                    continue
                if line == "exit":
                    return say("", 0x88)
                answer = line[5:] if line.startswith("echo ") else f"{size.get('columns')}x{size.get('rows')}" if line == "size" else ""
                say(f"\r\n{answer}\r\n{name}# ")
                line = ""

    def capture(self, name, query):
        """pcapng: a ping and its answer each 50 ms, until nobody listens."""
        link = self.lab.find(self.lab.links, name)
        if query.get("filter") == ["nonsense"]:
            raise Refusal(422, "The filter makes no sense", "filter", "syntax error in the filter")
        self.send_response(200)
        self.send_header("Content-Type", "application/x-pcapng")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        ends = [end["interface"] for end in link["ends"]]
        try:
            self.wfile.write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)))
            for way in (f"{ends[0]}->{ends[1]} after", f"{ends[1]}->{ends[0]} after"):
                self.wfile.write(block(1, struct.pack("<HHI", 1, 0, 0) + option(2, way.encode()) + option(9, b"\x09") + option(0, b"")))
            for number in itertools.count(1):
                for interface, kind in ((0, 8), (1, 0)):
                    frame = ping(interface, kind, number)
                    now = time.time_ns()
                    self.wfile.write(block(6, struct.pack("<IIIII", interface, now >> 32, now & 0xffffffff, len(frame), len(frame)) + frame))
                time.sleep(0.05)
        except OSError:
            pass

    def behind_the_back(self, what, body):
        if what == "link":
            self.lab.change_link(body["name"], body["change"])
        elif what == "hosts":  # The ends of a link are on two, and frames need these seconds between them.
            for each in self.lab.links[body["name"]]["ends"]:
                each["underlay"] = body["seconds"]
        elif what == "outage":
            self.lab.closed_until = time.time() + body["seconds"]
            for listener in list(self.lab.listeners):
                listener.put(None)
        elif what == "latency":
            self.lab.latency = body["seconds"]
        return self.answer(200, {"requests": self.lab.requests})

    def page(self, path):
        file = os.path.join(self.directory, os.path.normpath("/" + (path.lstrip("/") or "index.html")).lstrip("/"))
        if not os.path.isfile(file):
            return self.answer(404, b"not found", "text/plain")
        with open(file, "rb") as stream:
            return self.answer(200, stream.read(), mimetypes.guess_type(file)[0] or "application/octet-stream",
                               [("Content-Security-Policy", "default-src 'self'"), ("Cache-Control", "no-cache")])


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("directory", help="the pages")
    options.add_argument("--nodes", type=int, default=5)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--token", default="")
    given = options.parse_args()
    mimetypes.add_type("text/javascript", ".js")
    handler = type("Bound", (Handler,), {"lab": Lab(given.nodes), "directory": given.directory, "token": given.token})
    server = Server(("127.0.0.1", given.port), handler)
    print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
