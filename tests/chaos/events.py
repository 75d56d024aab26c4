"""What happens to the lab. Each event does one thing, changes the model accordingly, and says what it did.

An event that finds nothing to happen to returns None. Its choices depend on the model and on chance only, never on what
is seen, so that a seed is the same sequence again.
"""

import contextlib
import os
import resource
import signal
import subprocess
import threading
import time

from lab import eventually, output, run

EVENTS = {}  # name: (weight, function)
# What the agent changes the world with.
CHANGING = "sendmsg,sendto,write,pwrite64,mount,umount2,unlink,unlinkat,mkdir,rename,unshare,setns,clone,clone3,vfork,kill"
SERVERS = {"db": "db.process", "ovsdb": "ovs/ovsdb-server.process", "vswitchd": "ovs/ovs-vswitchd.process"}


def event(name, weight=2):
    def register(function):
        EVENTS[name] = weight, function
        return function
    return register


def nodes(model, wanted):
    return [name for name, node in model.nodes.items() if wanted(node)]


def some(campaign, items):
    return campaign.random.choice(items) if items else None


# --- by linkfab ---

def state_event(command, wanted, state):
    def act(campaign):
        name = some(campaign, nodes(campaign.model, wanted))
        if not name:
            return None

        def mutate(model):
            model.nodes[name].state, model.nodes[name].ended = state, False
        return campaign.command([command, name], mutate)
    return act


event("stop")(state_event("stop", lambda n: n.state == "running", "stopped"))
event("start", 3)(state_event("start", lambda n: n.state == "stopped", "running"))
event("restart")(state_event("restart", lambda n: n.state == "running", "running"))
event("restart-ended", 4)(state_event("restart", lambda n: n.ended and n.state == "running", "running"))
event("pause")(state_event("pause", lambda n: n.state == "running" and not n.ended and (n.image or n.command), "paused"))
event("unpause", 3)(state_event("unpause", lambda n: n.state == "paused", "running"))


@event("set", 3)
def set_delay(campaign):
    name = some(campaign, list(campaign.model.links)) if campaign.model.netem else None
    if not name:
        return None
    delay = campaign.random.choice([0, 20, 60, 100])

    def mutate(model):
        model.links[name].delay = delay
    return campaign.command(["set", name, f"delay={delay}ms" if delay else "delay=none"], mutate)


def cable_event(command, up):
    def act(campaign):
        name = some(campaign, [name for name, link in campaign.model.links.items() if link.up != up])

        def mutate(model):
            model.links[name].up = up
        return campaign.command([command, name], mutate) if name else None
    return act


event("cut", 3)(cable_event("cut", False))
event("restore", 3)(cable_event("restore", True))


@event("connect", 3)
def connect(campaign):
    ends = campaign.model.two_free()
    if not ends:
        return None
    made = campaign.model.copy()
    name = made.add_link(ends)
    delay = made.links[name].delay

    def mutate(model):
        model.number, model.links[name] = made.number, made.links[name]
    return campaign.command(["connect", *ends, "--name", name, *([f"delay={delay}ms"] if delay else [])], mutate)


@event("disconnect")
def disconnect(campaign):
    name = some(campaign, list(campaign.model.links))

    def mutate(model):
        del model.links[name]
    return campaign.command(["disconnect", name], mutate) if name else None


@event("move")
def move(campaign):
    name = some(campaign, list(campaign.model.links))
    if not name:
        return None
    place = campaign.random.randrange(2)
    end, other = campaign.model.links[name].ends[place], campaign.model.links[name].ends[1 - place]
    target = some(campaign, [e for e in campaign.model.free() if e.split(":")[0] != other.split(":")[0]])

    def mutate(model):
        model.links[name].ends[place] = target
    return campaign.command(["move", end, target], mutate) if target else None


@event("edit", 4)
def edit(campaign):
    """The file of the lab with nodes and links come, gone and changed."""
    def mutate(model):
        for _ in range(campaign.random.randint(1, 3)):
            choice = campaign.random.randrange(4)
            if choice == 0 and len(model.nodes) < campaign.most_nodes:
                model.add_node(campaign.random.choice(campaign.kinds))
            elif choice == 1 and len(model.nodes) > 2:
                model.remove_node(campaign.random.choice(list(model.nodes)))
            elif choice == 2 and model.links:
                del model.links[campaign.random.choice(list(model.links))]
            if ends := model.two_free():
                model.add_link(ends)
    return campaign.command(["up", str(campaign.file)], mutate)


@event("down", 1)
def down(campaign):
    """Everything gone, and the same lab again."""
    return None if campaign.away else campaign.down_and_up()


# --- behind its back: containers and namespaces ---

def docker_event(name, arguments, wanted=lambda n: n.state == "running" and not n.ended, ends=False):
    @event(name)
    def act(campaign):
        node = some(campaign, nodes(campaign.model, lambda n: n.image and wanted(n)))
        if not node:
            return None
        output("docker", *arguments, f"{campaign.lab.instance}-{node}")
        campaign.model.nodes[node].ended = ends
        return f"docker {' '.join(arguments)} {node}"


docker_event("docker-restart", ["restart", "-t", "0"], lambda n: n.state == "running")
docker_event("docker-rm", ["rm", "-f"])
docker_event("docker-kill", ["kill"], ends=True)
docker_event("docker-stop", ["stop", "-t", "0"], ends=True)
docker_event("docker-pause", ["pause"])
docker_event("docker-unpause", ["unpause"], lambda n: n.state == "paused")


@event("kill-first")
def kill_first(campaign):
    """kill -9 of the first process of a node."""
    name = some(campaign, nodes(campaign.model, lambda n: n.state == "running" and not n.ended and
                                (n.image or n.command)))
    pid = campaign.pid(name) if name else None
    if not pid:
        return None
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:  # of a node that something else of this burst is ending
        return None
    campaign.model.nodes[name].ended = campaign.model.nodes[name].kind == "docker"  # a namespace needs no process
    return f"kill -9 of the first process of {name}"


@event("namespace-delete")
def delete_namespace(campaign):
    name = some(campaign, nodes(campaign.model, lambda n: n.kind == "netns" and not n.command and n.exists()))
    if not name:
        return None
    file = campaign.lab.run_dir / "netns" / name
    output("umount", "-l", str(file))
    if campaign.random.random() < 0.5:
        with contextlib.suppress(OSError):  # the agent has mounted it again already
            file.unlink()
    return f"the namespace of {name} is deleted"


# --- behind its back: devices, qdiscs, the switch ---

def device_event(name, weight=2):
    def register(function):
        def act(campaign):
            end = some(campaign, sorted({end for link in campaign.model.links.values() for end in link.ends
                                         if campaign.model.node_of(end).exists()}))
            device = campaign.lab.devices().get(end) if end else None
            if not device:
                return None
            did = function(campaign, end, device)
            return did and f"{did} of {end}"
        event(name, weight)(act)
        return function
    return register


@device_event("device-delete")
def delete_device(_campaign, _end, device):
    run(["ip", "link", "delete", device])
    return "the device is deleted"


@device_event("device-rename")
def rename_device(campaign, _end, device):
    run(["ip", "link", "set", device, "down"])
    run(["ip", "link", "set", device, "name", f"was{campaign.random.randrange(10**6)}"])
    if campaign.random.random() < 0.5:
        run(["ip", "link", "set", device, "up"])
    return "the device is renamed"


@device_event("device-down")
def set_device_down(_campaign, _end, device):
    run(["ip", "link", "set", device, "down"])
    return "the device is set down"


@device_event("device-unmark")
def unmark_device(_campaign, _end, device):
    if not device.startswith("lf"):
        return None  # renamed and not seen to yet: with neither, nothing says whose it is (docs/reliability.md)
    run(["ip", "link", "set", device, "alias", ""])
    return "the alias is taken off"


@device_event("qdisc-delete")
def delete_qdisc(campaign, _end, device):
    if not campaign.model.netem:
        return "no qdisc is deleted: the kernel has no netem"
    run(["tc", "qdisc", "delete", "dev", device, "root"])
    return "the qdisc is deleted"


@device_event("qdisc-replace")
def replace_qdisc(campaign, _end, device):
    if not campaign.model.netem:
        return "no qdisc is replaced: the kernel has no netem"
    other = campaign.random.choice(["netem delay 333ms", "netem loss 100%", "pfifo limit 5", "tbf rate 1kbit burst 1500 limit 3000"])
    run(["tc", "qdisc", "replace", "dev", device, "root", *other.split()])
    return f"the qdisc is {other}"


@device_event("port-delete")
def delete_port(campaign, _end, device):
    if campaign.lab.forwarding == "tc":
        return None
    campaign.lab.vsctl("--if-exists", "del-port", device)
    return "the port is deleted"


@device_event("port-renumber")
def renumber_port(campaign, _end, device):
    if campaign.lab.forwarding == "tc":
        return None
    campaign.lab.vsctl("set", "interface", device, f"ofport_request={campaign.random.randrange(2000, 3000)}")
    return "the port asks for another number"


@device_event("filter-delete")
def delete_filter(campaign, _end, device):
    if campaign.lab.forwarding == "openflow":
        return None
    what = campaign.random.choice(["filter", "qdisc"])
    run(["tc", what, "delete", "dev", device, "ingress" if what == "filter" else "clsact"])
    return f"the {what} that forwards is deleted"


@device_event("inner-delete")
def delete_inner(campaign, end, _device):
    name, interface = end.split(":")
    file = campaign.namespace(name)
    if file:
        run(["nsenter", f"--net={file}", "ip", "link", "delete", interface])
    return "the node's end is deleted"


def with_flows(campaign, done, *command):
    """Not while the switch, or its bridge, is on its way back from the event before."""
    try:
        campaign.lab.ofctl(*command)
    except RuntimeError as error:
        if "connecting to" in str(error):
            return None
        raise
    return done


@event("flows-delete")
def delete_flows(campaign):
    return with_flows(campaign, "the flows are deleted", "del-flows")


@event("flows-replace")
def replace_flows(campaign):
    return with_flows(campaign, "the flows drop everything", "mod-flows", None, "actions=drop")


@event("bridge-delete")
def delete_bridge(campaign):
    campaign.lab.vsctl("del-br", campaign.lab.instance)
    return "the bridge is deleted"


@event("bridge-options")
def change_bridge(campaign):
    campaign.lab.vsctl("set-fail-mode", campaign.lab.instance, "standalone")
    return "the bridge is in fail mode standalone"


# --- the agent and the servers ---

@event("agent-kill", 4)
def kill_agent(campaign):
    if campaign.away:
        return None
    pause = campaign.random.choice([0, 0, 0.3, 2])
    number = campaign.random.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
    campaign.lab.end_agent(number)
    time.sleep(pause)
    campaign.lab.start_agent()
    return f"the agent is ended with {number.name}, and started after {pause} s"


@event("agent-forwarding", 3)
def change_forwarding(campaign):
    """The next one forwards links by tc where this one did by OpenFlow, and the other way round."""
    if campaign.away:
        return None
    campaign.lab.end_agent()
    campaign.lab.forward("tc" if campaign.lab.forwarding == "openflow" else "openflow")
    campaign.lab.start_agent()
    return f"the agent is killed, and started to forward by {campaign.lab.forwarding}"


@event("agent-kill-at-work", 6)
def kill_agent_at_work(campaign):
    """It dies while it puts a change into force."""
    if campaign.away:
        return None
    pause = campaign.random.random() ** 2 * 0.5
    campaign.hurry = campaign.no_wait = True
    did = campaign.one_of("start", "restart", "edit", "edit", "connect", "stop", "namespace-delete", "docker-rm")
    campaign.no_wait = False
    time.sleep(pause)
    campaign.lab.end_agent()
    campaign.lab.start_agent()
    return f"{did}; the agent is killed {pause * 1000:.0f} ms later, and started"


@event("agent-kill-at-step", 3)
def kill_agent_at_step(campaign):
    """It dies as it enters the n-th call of any one that changes something, n one more each time."""
    if campaign.away or not campaign.strace:
        return None
    campaign.step = campaign.step % 15 + 1
    tracer = subprocess.Popen(["strace", "-qq", "-o", "/dev/null", "-p", str(campaign.lab.agent.pid), "-e",
                               f"inject={CHANGING}:signal=SIGKILL:when={campaign.step}"], start_new_session=True)
    time.sleep(0.3)  # until it is attached
    campaign.hurry = campaign.no_wait = True
    did = campaign.one_of("start", "restart", "edit", "edit")
    campaign.no_wait = False
    died = eventually(lambda: not campaign.lab.agent_runs(), 4)
    tracer.terminate()
    tracer.wait()
    if not died:
        return f"{did}; the agent makes it in less than {campaign.step} calls"
    campaign.lab.start_agent()
    return f"{did}; the agent is killed at call {campaign.step}, and started"


@event("agent-descriptors", 2)
def few_descriptors(campaign):
    """The agent can open few more files, or none, while something is to be done."""
    if campaign.away:
        return None
    pid = campaign.lab.agent.pid
    # One that is coming up may give up; its supervisor tries again.
    hosts = run(["ovsdb-client", "--timeout=5", "-f", "csv", "dump", f"unix:{campaign.lab.run_dir}/db.sock", "Linkfab", "Host", "pid"])
    if str(pid) not in hosts.out:
        return None
    spare, pause = campaign.random.randint(0, 4), campaign.random.random()
    used = len(os.listdir(f"/proc/{pid}/fd"))
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + spare, limits[1]))
    # A server may have to be started before the command can be given, so this ends by itself.
    again = threading.Timer(1 + pause, resource.prlimit, (pid, resource.RLIMIT_NOFILE, limits))
    again.start()
    try:
        campaign.no_wait = campaign.hurry = True
        did = campaign.one_of("set", "connect", "disconnect", "move", "edit", "restart", "device-delete")
    finally:
        campaign.no_wait = False
        again.join()
    return f"the agent could open {spare} more files: {did}"


@event("agent-away", 4)
def agent_away(campaign):
    """Things happen while there is none."""
    if campaign.away:
        return None
    campaign.lab.end_agent()
    campaign.away = campaign.hurry = campaign.no_wait = True
    did = [campaign.one_of() for _ in range(campaign.random.randint(1, 3))]
    campaign.away = campaign.no_wait = False
    campaign.lab.start_agent()
    return f"without an agent: {'; '.join(did)}"


def server_event(name, file):
    @event(f"{name}-kill", 3)
    def act(campaign):
        campaign.hurry = True
        return campaign.kill_server(file)


for server, server_file in SERVERS.items():
    server_event(server, server_file)


@event("vswitchd-hang", 1)
def hang_vswitchd(campaign):
    pid = campaign.lab.server(SERVERS["vswitchd"])
    if not pid or campaign.away:
        return None
    seconds = campaign.random.choice([1, 4, 8])
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)
    return f"ovs-vswitchd hangs for {seconds} s"


@event("all-kill", 2)
def kill_all(campaign):
    if campaign.away:
        return None
    campaign.hurry = True
    campaign.lab.end_agent()
    for file in campaign.random.sample(list(SERVERS.values()), 3):
        campaign.kill_server(file)
    campaign.lab.start_agent()
    return "the agent and all of its servers are killed"
