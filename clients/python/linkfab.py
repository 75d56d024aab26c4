"""A client of linkfab's HTTP API (docs/api.md): the standard library only, Python 3.9 and later.

    from linkfab import Linkfab

    with Linkfab() as lab:                        # the Unix socket of this host's agent
        lab.change_link("r1:eth0--r2:eth0", delay="20ms", loss="1%")
        print(lab.link("r1:eth0--r2:eth0")["state"])

Or over TCP: Linkfab("http://127.0.0.1:8080", token_file="/run/linkfab/api.token").

Every answer is the API's JSON as it is; the types below name its keys. A change is waited for until the agent has dealt with
it, and NotInForce is raised where the object is in error then. One object is for one thread.
"""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any, Dict, Iterator, List, Optional, TypedDict, Union
from urllib.parse import quote, urlencode, urlsplit

_SCENARIO_TYPES = {"json": "application/json", "csv": "text/csv", "trace": "text/plain"}

DEFAULT_SOCKET = "/run/linkfab/api.sock"

Impairment = Dict[str, Any]  # the keys of docs/topology-file.md: {"delay": "20ms", "loss": "1%"}


class End(TypedDict):
    """One end of a link; interface is "NODE:INTERFACE"."""

    interface: Optional[str]
    state: Optional[str]
    error: Optional[str]
    warning: Optional[str]
    impairment_toward: str
    scenario: Optional[str]
    underlay: Optional[float]


class Link(TypedDict):
    name: str
    kind: str
    wanted: str
    state: str
    error: Optional[str]
    underlay: str
    ends: List[End]
    a_to_b: Impairment
    b_to_a: Impairment


class Member(End):
    impairment: Impairment


class Segment(TypedDict):
    name: str
    kind: str
    wanted: str
    state: str
    error: Optional[str]
    ends: List[Member]


class Node(TypedDict):
    name: str
    kind: str
    host: Optional[str]  # None: no hosts share the lab
    place: Dict[str, str]
    image: Optional[str]
    wanted: str
    state: str
    pid: Optional[int]
    container: Optional[str]
    progress: Optional[str]
    error: Optional[str]
    interfaces: List[Dict[str, Any]]


class Host(TypedDict):
    name: str
    address: Optional[str]
    labels: Dict[str, str]
    wanted: str
    state: str
    version: str
    pid: Optional[int]
    silent: bool
    underlay: Dict[str, float]
    cur_cfg: int
    errors: List[str]
    capabilities: Dict[str, str]


class Fabric(TypedDict):
    lab: Optional[str]
    version: str
    instance: str
    hosts: List[Host]
    nodes: int
    links: int
    segments: int
    settled: bool
    next_cfg: int
    cur_cfg: int
    errors: List[str]


class Event(TypedDict):
    event: str  # hello, reset, fabric, node, link, segment, scenario, change, statistics
    name: Optional[str]
    data: Optional[Dict[str, Any]]  # None: the object is gone


class ApiError(Exception):
    """The API has refused; problem is its application/problem+json (RFC 9457)."""

    def __init__(self, status: int, problem: Dict[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or f"HTTP status {status}")
        self.status = status
        self.problem = problem


class NotInForce(Exception):
    """A change is in the database, and what it is about is in error; resource says how it is."""

    def __init__(self, resource: Any, detail: str) -> None:
        super().__init__(detail)
        self.resource = resource


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: Optional[float]) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Response:
    """Status, headers and the decoded body of one answer."""

    def __init__(self, status: int, headers: http.client.HTTPMessage, body: Any) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def etag(self) -> Optional[str]:
        return self.headers.get("ETag")


class Linkfab:
    """One agent's API: `address` is a path of a Unix socket or an http: URL."""

    def __init__(self, address: str = DEFAULT_SOCKET, *, token: Optional[str] = None,
                 token_file: Optional[str] = None, timeout: float = 90.0) -> None:
        if token is None and token_file is not None:
            with open(token_file, encoding="ascii") as file:
                token = file.read().strip()
        self._address = address
        self._token = token
        self._timeout = timeout
        self._connection: Optional[http.client.HTTPConnection] = None

    def __enter__(self) -> "Linkfab":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # What there is.

    def fabric(self) -> Fabric:
        return self._get("/fabric")

    def nodes(self) -> List[Node]:
        return self._get("/nodes")["nodes"]

    def node(self, name: str) -> Node:
        return self._get("/nodes/" + _name(name))

    def links(self) -> List[Link]:
        return self._get("/links")["links"]

    def link(self, name: str) -> Link:
        return self._get("/links/" + _name(name))

    def segments(self) -> List[Segment]:
        return self._get("/segments")["segments"]

    def segment(self, name: str) -> Segment:
        return self._get("/segments/" + _name(name))

    def gateways(self) -> List[Dict[str, Any]]:
        return self._get("/gateways")["gateways"]

    def scenarios(self) -> List[Dict[str, Any]]:
        return self._get("/scenarios")["scenarios"]

    def scenario(self, name: str) -> Dict[str, Any]:
        return self._get("/scenarios/" + _name(name))

    def changes(self) -> List[Dict[str, Any]]:
        """What was changed, by whom and when, the newest first."""
        return self._get("/changes")["changes"]

    def recorded_change(self, number: int) -> Dict[str, Any]:
        """One change, with every value before and after."""
        return self._get(f"/changes/{number}")

    def snapshots(self) -> List[Dict[str, Any]]:
        return self._get("/snapshots")["snapshots"]

    def snapshot(self, name: str) -> Dict[str, Any]:
        return self._get("/snapshots/" + _name(name))

    def diff(self, before: Union[str, int], after: Union[str, int] = "running") -> Dict[str, Any]:
        """What makes one state another: each is a snapshot's name, a change's number for the state after it, or "running"."""
        return self._get("/diff?" + urlencode({"from": before, "to": after}))

    def presets(self) -> List[Dict[str, Any]]:
        return self._get("/presets")["presets"]

    def statistics(self, link: Optional[str] = None) -> Dict[str, Any]:
        """Counters of every direction, or of one link or segment."""
        return self._get("/statistics" + ("" if link is None else "/" + _name(link)))

    def topology(self) -> Dict[str, Any]:
        """The running lab as a topology file."""
        return self._get("/topology")

    # Changes. `wait=False` returns once the change is in the database; `if_match` is an ETag.

    def change_link(self, name: str, *, state: Optional[str] = None, ends: Optional[List[str]] = None, underlay: Optional[str] = None,
                    a_to_b: Union[Impairment, None, str] = "", b_to_a: Union[Impairment, None, str] = "",
                    wait: bool = True, if_match: Optional[str] = None, **impairment: Any) -> Link:
        """Impair both directions by keywords (delay_correlation is delay-correlation) or one by a_to_b, b_to_a; None turns a
        key or a direction off. state "down" cuts it, "up" restores it; ends plugs an end in elsewhere; underlay is "add" or
        "subtract"."""
        body: Dict[str, Any] = _impairment(impairment)
        if state is not None:
            body["state"] = state
        if ends is not None:
            body["ends"] = ends
        if underlay is not None:
            body["underlay"] = underlay
        if a_to_b != "":
            body["a_to_b"] = a_to_b
        if b_to_a != "":
            body["b_to_a"] = b_to_a
        return self._change("PATCH", "/links/" + _name(name), body, wait, if_match)

    def change_segment(self, name: str, *, state: Optional[str] = None, members: Optional[Dict[str, Any]] = None,
                       wait: bool = True, if_match: Optional[str] = None, **impairment: Any) -> Segment:
        body: Dict[str, Any] = _impairment(impairment)
        if state is not None:
            body["state"] = state
        if members is not None:
            body["members"] = members
        return self._change("PATCH", "/segments/" + _name(name), body, wait, if_match)

    def connect(self, a: str, b: str, *, name: Optional[str] = None, underlay: Optional[str] = None, a_to_b: Optional[Impairment] = None,
                b_to_a: Optional[Impairment] = None, wait: bool = True, **impairment: Any) -> Link:
        """Join two interfaces, written NODE:INTERFACE."""
        body: Dict[str, Any] = {**_impairment(impairment), "ends": [a, b]}
        for key, value in (("name", name), ("underlay", underlay), ("a_to_b", a_to_b), ("b_to_a", b_to_a)):
            if value is not None:
                body[key] = value
        return self._change("POST", "/links", body, wait, None)

    def disconnect(self, name: str, *, wait: bool = True, if_match: Optional[str] = None) -> None:
        self._change("DELETE", "/links/" + _name(name), None, wait, if_match)

    def put_member(self, segment: str, interface: str, *, wait: bool = True, if_match: Optional[str] = None,
                   **impairment: Any) -> Segment:
        """Plug an interface, written NODE:INTERFACE, into a segment; keywords are what frames toward it undergo. Without any, one
        that is a member already stays as it is."""
        body = _impairment(impairment) or None
        return self._change("PUT", f"/segments/{_name(segment)}/members/{_name(interface)}", body, wait, if_match)

    def remove_member(self, segment: str, interface: str, *, wait: bool = True, if_match: Optional[str] = None) -> None:
        """Take an interface out of a segment; the node keeps it."""
        self._change("DELETE", f"/segments/{_name(segment)}/members/{_name(interface)}", None, wait, if_match)

    def start(self, node: str, *, wait: bool = True) -> Node:
        return self._act(node, "start", wait)

    def stop(self, node: str, *, wait: bool = True) -> Node:
        return self._act(node, "stop", wait)

    def suspend(self, node: str, *, wait: bool = True) -> Node:
        return self._act(node, "suspend", wait)

    def resume(self, node: str, *, wait: bool = True) -> Node:
        return self._act(node, "resume", wait)

    def restart(self, node: str, *, wait: bool = True) -> Node:
        return self._act(node, "restart", wait)

    def play(self, name: str, scenario: Union[str, Dict[str, Any]], *, kind: str = "json", link: Optional[str] = None,
             from_: Optional[str] = None, to: Optional[str] = None, loop: Optional[bool] = None, speed: Optional[float] = None,
             seed: Optional[int] = None, at_end: Optional[str] = None, bin: Optional[str] = None, wait: bool = True) -> Dict[str, Any]:
        """Start a scenario: a document (docs/scenarios.md) as a value or a text, or with kind "csv" or "trace" the text of a table
        or of a packet delivery trace. The options are those of `linkfab play`."""
        options = {"link": link, "from": from_, "to": to, "loop": None if loop is None else str(loop).lower(), "speed": speed,
                   "seed": seed, "at_end": at_end, "bin": bin}
        query = urlencode({key: value for key, value in options.items() if value is not None})
        path = "/scenarios/" + _name(name) + ("?" + query if query else "")
        return self._change("PUT", path, scenario, wait, None, _SCENARIO_TYPES[kind])

    def stop_scenario(self, name: str, *, wait: bool = True) -> None:
        self._change("DELETE", "/scenarios/" + _name(name), None, wait, None)

    def undo(self, number: int, *, wait: bool = True) -> Dict[str, Any]:
        """The opposite of a change; the change that this is."""
        return self._change("POST", f"/changes/{number}/undo", None, wait, None)

    def keep_snapshot(self, name: str) -> Dict[str, Any]:
        """The lab as it is, under a name."""
        return self._change("PUT", "/snapshots/" + _name(name), None, True, None)

    def delete_snapshot(self, name: str) -> None:
        self._change("DELETE", "/snapshots/" + _name(name), None, True, None)

    def roll_back(self, state: Union[str, int], *, wait: bool = True) -> Fabric:
        """The lab as a snapshot has it or, with a number, as it was after that change; 0 is before the first."""
        path = f"/changes/{state}" if isinstance(state, int) else "/snapshots/" + _name(state)
        return self._change("POST", path + "/rollback", None, wait, None)

    def plan(self, topology: Union[str, Dict[str, Any]]) -> Dict[str, Any]:
        """What put_topology() would change."""
        return self.request("POST", "/plan", topology).body

    def put_topology(self, topology: Union[str, Dict[str, Any]], *, replace: bool = False, wait: bool = True,
                     if_match: Optional[str] = None) -> Fabric:
        """Change the running lab into this one: a topology file's text, or the same as a value."""
        path = "/topology?replace=true" if replace else "/topology"
        return self._change("PUT", path, topology, wait, if_match)

    # Events.

    def events(self, statistics: Optional[str] = None) -> Iterator[Event]:
        """Changes as they come, on a connection of their own, until the agent ends; statistics is a time such as "1s"."""
        connection = self._connect(None)
        query = "" if statistics is None else "?" + urlencode({"statistics": statistics})
        try:
            connection.request("GET", "/api/v1/events" + query, headers=self._headers())
            response = connection.getresponse()
            if response.status != 200:
                raise ApiError(response.status, _problem(response.read()))
            for line in response:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])
        finally:
            connection.close()

    # The rest.

    def request(self, method: str, path: str, body: Any = None, headers: Optional[Dict[str, str]] = None) -> Response:
        """Any request, for what has no function here; path starts after /api/v1. A text is sent as it is."""
        sent = dict(headers or {})
        data: Optional[bytes] = None
        if body is not None:
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
            sent.setdefault("Content-Type", "application/json")
        response, content = self._exchange(method, "/api/v1" + path, data, self._headers(sent))
        if response.status >= 400:
            raise ApiError(response.status, _problem(content))
        return Response(response.status, response.headers, json.loads(content) if content else None)

    def _exchange(self, method: str, path: str, data: Optional[bytes], headers: Dict[str, str]) -> Any:
        for attempt in (1, 2):
            fresh = self._connection is None
            if self._connection is None:
                self._connection = self._connect(self._timeout)
            try:
                self._connection.request(method, path, data, headers)
                response = self._connection.getresponse()
                return response, response.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # A connection that was idle for long is closed by the server: nothing was done then.
                self.close()
                if fresh or attempt == 2:
                    raise
            except BaseException:
                self.close()
                raise
        raise AssertionError("not reached")

    def _connect(self, timeout: Optional[float]) -> http.client.HTTPConnection:
        if "://" not in self._address:
            return _UnixConnection(self._address, timeout)
        url = urlsplit(self._address)
        if url.scheme != "http" or url.hostname is None:
            raise ValueError(f"an http: URL or the path of a socket is needed, not {self._address!r}")
        return http.client.HTTPConnection(url.hostname, url.port, timeout=timeout)

    def _headers(self, others: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        headers = dict(others or {})
        if self._token is not None:
            headers["Authorization"] = "Bearer " + self._token
        return headers

    def _get(self, path: str) -> Any:
        return self.request("GET", path).body

    def _act(self, node: str, action: str, wait: bool) -> Node:
        return self._change("POST", f"/nodes/{_name(node)}/{action}", None, wait, None)

    def _change(self, method: str, path: str, body: Any, wait: bool, if_match: Optional[str],
                content_type: str = "application/json") -> Any:
        if not wait:
            path += ("&" if "?" in path else "?") + "wait=false"
        headers = {} if body is None else {"Content-Type": content_type}
        if if_match is not None:
            headers["If-Match"] = if_match
        response = self.request(method, path, body, headers)
        resource = response.body
        if response.status in (200, 201) and isinstance(resource, dict):
            if resource.get("state") in ("error", "dangling"):
                raise NotInForce(resource, f"{resource['name']}: {resource.get('error') or resource['state']}")
            if resource.get("errors"):
                raise NotInForce(resource, "; ".join(resource["errors"]))
        return resource


def _name(name: str) -> str:
    return quote(name, safe="")


def _impairment(keywords: Dict[str, Any]) -> Impairment:
    return {key.replace("_", "-"): value for key, value in keywords.items()}


def _problem(content: bytes) -> Dict[str, Any]:
    try:
        problem = json.loads(content)
    except ValueError:
        return {"detail": content.decode(errors="replace").strip()}
    return problem if isinstance(problem, dict) else {"detail": str(problem)}
