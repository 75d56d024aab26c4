"""Everything that is wrong now, one line each: linkfab's own account, the frames, the host, the foreign."""

import json

from lab import output, run
from probe import Ends

SLACK = 0.4  # seconds that a frame may take beyond its delay on a busy machine


def problems(lab, model, decoys, file, token):
    try:
        nodes = {node["name"]: node for node in lab.document("ps")["nodes"]}
        links = {link["name"]: link for link in lab.document("links", "--no-stats")["links"]}
    except RuntimeError as error:
        return [str(error)]
    found = status_problems(model, nodes, links)
    # Frames that pass unshaped would be seen in a wait that is too short, too: so all of this each time.
    if not found:
        found = plan_problems(lab, file)
    if not found:
        found = device_problems(lab, model)
    if not found:
        found = frame_problems(lab, model, nodes, token)
    return found or decoys.problems()


def status_problems(model, nodes, links):
    found = [f"node {name} is there" for name in nodes.keys() - model.nodes.keys()]
    found += [f"link {name} is there" for name in links.keys() - model.links.keys()]
    for name, node in model.nodes.items():
        seen = nodes.get(name)
        if not seen:
            found.append(f"node {name} is missing")
        elif seen["state"] != node.seen():
            found.append(f"node {name} is {seen['state']}, not {node.seen()}: {seen['error']}")
        elif seen["error"] and not node.ended:
            found.append(f"node {name}: {seen['error']}")
    for name, link in model.links.items():
        seen = links.get(name)
        wanted = model.link_state(link)
        if not seen:
            found.append(f"link {name} is missing")
        elif seen["state"] != wanted:
            found.append(f"link {name} is {seen['state']}, not {wanted}: {seen['error']} "
                         f"{[end['error'] for end in seen['ends']]}")
    return found


def plan_problems(lab, file):
    plan = lab.document("plan", str(file))
    return [f"plan: {change['action']} {change['kind']} {change['name']} {change['fields']}"
            for change in plan["changes"]]


def device_problems(lab, model):
    """The host's ends and their ports are those of nodes that exist, no fewer and no more."""
    wanted = {end for link in model.links.values() for end in link.ends if model.node_of(end).exists()}
    allowed = {f"{name}:{interface}" for name, node in model.nodes.items() if node.exists()
               for interface in node.interfaces}
    devices = lab.devices()
    found = [f"no device of {end}" for end in wanted - devices.keys()]
    found += [f"{devices[end]} of {end} is left" for end in devices.keys() - allowed]
    ports = set(lab.vsctl("list-ports", lab.instance).split())
    if lab.forwarding == "openflow":
        found += [f"{devices[end]} of {end} is not attached" for end in wanted & devices.keys()
                  if devices[end] not in ports]
    else:
        found += [f"{device} of {end} is attached" for end, device in devices.items() if device in ports]
    found += [f"{devices[end]} of {end}: its filters are of another forwarding" for end in wanted & devices.keys()
              if bool(output("tc", "filter", "show", "dev", devices[end], "ingress")) != (lab.forwarding == "tc")]
    interfaces = json.loads(lab.vsctl("-f", "json", "--columns=name,ofport", "list", "interface"))["data"]
    numbers = {name: number for name, number in interfaces}
    declared = {f"{name}:{interface}" for name, node in model.nodes.items() for interface in node.interfaces}
    if len(ports) > len(declared):
        found.append(f"{len(ports)} ports of {len(declared)} interfaces")
    found += [f"{name}: ofport {numbers[name]}" for name in set(devices.values()) & ports
              if not isinstance(numbers[name], int) or numbers[name] < 1]
    if model.netem:
        for link in model.links.values():
            for end in link.ends:
                if end in devices and (text := output("tc", "qdisc", "show", "dev", devices[end])):
                    delayed = f"delay {link.delay}ms" in text
                    if delayed != (link.delay != 0) and (link.delay or "delay" in text):
                        found.append(f"{end}: {text.strip()}, wanted are {link.delay} ms")
    return found


def frame_problems(lab, model, nodes, token):
    places = [(f"{name}:{interface}", lab.namespace(nodes[name]))
              for name, node in model.nodes.items() if node.exists() for interface in node.interfaces]
    places = [(end, file) for end, file in places if file]
    found = []
    wanted = model.reached()
    with Ends(places) as ends:
        found += [f"{end}: {error}" for end, error in ends.failed.items()]
        longest = max((delay for _, delay in wanted.values()), default=0) / 1000
        heard = ends.heard(token, longest + SLACK)
    for end, listeners in heard.items():
        peer, delay = wanted.get(end, (None, 0))
        others = [listener for listener, _ in listeners if listener != peer]
        times = [seconds for listener, seconds in listeners if listener == peer]
        if others:
            found.append(f"{others} heard {end}, which is joined to {peer}")
        if peer and not times:
            found.append(f"{peer} did not hear {end}")
        if len(times) > 1:
            found.append(f"{peer} heard {end} {len(times)} times")
        if times and times[0] < delay / 1000:
            found.append(f"{peer} heard {end} after {times[0] * 1000:.1f} ms of {delay}")
    for name, file in {end.split(":")[0]: file for end, file in places}.items():
        seen = run(["nsenter", f"--net={file}", "ip", "-o", "-4", "address"]).out
        found += [f"{name}:{interface} lacks {address}" for interface, address in
                  model.nodes[name].interfaces.items() if f" {interface}    inet {address} " not in seen]
    return found
