"""The product from outside: its programs, its processes, and where to look for what it made."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

COMMAND_LIMIT = 90  # seconds; a command itself gives up after 60


class Outcome:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


def run(command, limit=30):
    """One program, its output as text. Status 124: it took too long."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return Outcome(124, "", f"no end after {limit} s")
    return Outcome(done.returncode, done.stdout, done.stderr.strip())


def output(*command):
    done = run(command)
    if done.status != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.err or done.status}")
    return done.out


def make_image():
    """Of busybox; None where Docker does not run."""
    if run(["docker", "info"]).status != 0:
        return None
    made = run(["sh", "-c", """
        root=$(mktemp -d) && mkdir -p $root/bin $root/proc $root/sys && cp $(command -v busybox) $root/bin/busybox &&
        for name in sh sleep; do ln -s busybox $root/bin/$name; done &&
        tar -C $root -c . | docker import - linkfab-chaos && rm -r $root"""])
    return "linkfab-chaos" if made.status == 0 else None


class Lab:
    """One instance and its agent, which is started as `linkfab up` would, with the datapath that was chosen."""

    def __init__(self, programs, instance, datapath):
        self.programs, self.instance, self.datapath = Path(programs), instance, datapath
        self.run_dir = Path("/run") / instance
        self.environment = {"LINKFAB_INSTANCE": instance}
        os.environ.update(self.environment)
        self.forward("openflow")
        self.agent = None  # Popen

    # --- the agent ---

    def start_agent(self, under=(), until_down=True):
        """Starts one, `under` a tracer if wanted. A second one would end at once: that is no fault."""
        self.run_dir.mkdir(exist_ok=True)
        switch = [] if self.datapath == "system" else ["--ovs", "private", "--datapath", self.datapath]
        with open(self.run_dir / "linkfabd.log", "a") as log:
            self.agent = subprocess.Popen(
                [*under, self.programs / "linkfabd", "--instance", self.instance,
                 *(["--until-down"] if until_down else []), *switch],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def end_agent(self, number=signal.SIGKILL):
        self.agent.send_signal(number)
        self.agent.wait(30)

    def leave(self):
        """Takes down what an agent that stays has made, and its servers."""
        if self.agent_runs():
            self.end_agent(signal.SIGTERM)
        self.start_agent()
        if eventually(lambda: self.linkfab("ps").status == 0, 30):
            self.linkfab("down")
        eventually(lambda: not self.agent_runs(), 20)

    def agent_runs(self):
        return self.agent is not None and self.agent.poll() is None

    def forward(self, forwarding):
        """How an agent that is started from now on forwards links."""
        self.forwarding = forwarding
        os.environ["LINKFAB_FORWARDING"] = forwarding

    # --- its servers ---

    def server(self, file):
        """The process of one of the agent's servers, None where there is none."""
        try:
            pid = int((self.run_dir / file).read_text().split()[0])
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError, IndexError):
            return None

    def private_switch(self):
        return (self.run_dir / "ovs/db.sock").exists()

    def switch_dir(self):
        return self.run_dir / "ovs" if self.private_switch() else Path("/run/openvswitch")

    def vsctl(self, *arguments):
        return output("ovs-vsctl", "--timeout=10", f"--db=unix:{self.switch_dir()}/db.sock", *arguments)

    def ofctl(self, command, bridge=None, *arguments):
        return output("ovs-ofctl", "-O", "OpenFlow14", command,
                      f"unix:{self.switch_dir()}/{bridge or self.instance}.mgmt", *arguments)

    # --- its command line ---

    def linkfab(self, *arguments, limit=COMMAND_LIMIT):
        return run([self.programs / "linkfab", *arguments], limit)

    def document(self, *arguments):
        done = self.linkfab(*arguments, "--json")
        if not done.out.startswith("{"):
            raise RuntimeError(f"linkfab {' '.join(arguments)}: {done.err or done.status}")
        return json.loads(done.out)

    def log(self, file="linkfabd.log"):
        """Of the agent, or of one of its servers."""
        try:
            return (self.run_dir / file).read_text(errors="replace")
        except OSError:
            return ""

    # --- what it made ---

    def namespace(self, node):
        """The file of a node's network namespace, from what `ps --json` says of it; None where it has none."""
        if node["kind"] == "netns":
            path = self.run_dir / "netns" / node["name"]
            return path if os.path.ismount(path) else None
        return Path(f"/proc/{node['pid']}/ns/net") if node["pid"] else None

    def devices(self):
        """The host's ends by NODE:INTERFACE, as their aliases say."""
        found = {}
        for device in json.loads(output("ip", "-j", "-d", "link") or "[]"):
            words = device.get("ifalias", "").split()
            if words[:2] == ["linkfab", self.instance]:
                found[words[2]] = device["ifname"]
        return found


def eventually(condition, limit):
    """Asks until it says yes; what it said last."""
    end = time.monotonic() + limit
    while not (answer := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer
