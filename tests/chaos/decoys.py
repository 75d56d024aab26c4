"""What is not linkfab's, and what the host was before: both must stay as they are."""

import json

from lab import output, run

OURS_BY_NAME_ONLY = "lfaaaaaaaaaaaaa"  # such a name alone does not make a device linkfab's


class Decoys:
    """A namespace, devices, a qdisc, a bridge with a flow in the lab's switch and a container."""

    def __init__(self, lab, image):
        self.lab, self.image = lab, image
        self.name = f"{lab.instance}-decoy"
        self.devices = ("decoy0", "decoy1", "decoy2", OURS_BY_NAME_ONLY)
        output("ip", "netns", "add", self.name)
        output("ip", "link", "add", "decoy0", "type", "veth", "peer", "name", "decoy1")
        output("ip", "link", "add", "decoy2", "type", "veth", "peer", "name", OURS_BY_NAME_ONLY)
        output("ip", "link", "set", "decoy0", "up", "alias", f"linkfab {lab.instance}x n1:eth0")
        output("ip", "link", "set", "decoy1", "up")
        output("ip", "address", "add", "192.0.2.1/24", "dev", "decoy0")
        output("tc", "qdisc", "add", "dev", "decoy0", "root", "handle", "fab0:", "pfifo", "limit", "77")
        if image:
            output("docker", "run", "-d", "--name", f"{lab.instance}-n0", "--network", "none",
                   "--entrypoint", "sleep", image, "100000")

    def add_to_switch(self):
        """Once the lab has a switch; a private one goes with the lab."""
        self.lab.vsctl("--may-exist", "add-br", "decoybr", "--", "--may-exist", "add-port", "decoybr", "decoy2")
        self.before = self.look()

    def leave_switch(self):
        """Before the lab goes down: a datapath of a private switch would stay in the kernel for this bridge's sake."""
        self.lab.vsctl("--if-exists", "del-br", "decoybr")

    def look(self):
        seen = {}
        for name in self.devices:
            device = json.loads(output("ip", "-j", "link", "show", name))[0]
            seen[name] = [device.get(key) for key in
                          ("ifindex", "mtu", "operstate", "address", "qdisc", "ifalias", "group")]
            seen[name].append(output("tc", "qdisc", "show", "dev", name))
            seen[name].append(output("ip", "-o", "-4", "address", "show", "dev", name))
        seen["namespace"] = output("ip", "netns", "exec", self.name, "ip", "-o", "link")
        rows = []
        for table, columns in (("bridge", "_uuid,name,ports,external_ids"), ("port", "_uuid,name,interfaces,qos"),
                               ("interface", "_uuid,name,type,ofport")):
            rows += [line for line in self.lab.vsctl("-f", "csv", f"--columns={columns}", "list", table).split("\n")
                     if "decoy" in line]
        seen["switch"] = sorted(rows)
        if self.image:
            seen["container"] = output("docker", "inspect", "-f", "{{.Id}} {{.State.StartedAt}} {{.State.Pid}}",
                                       f"{self.lab.instance}-n0")
        return seen

    def problems(self):
        try:
            now = self.look()
        except RuntimeError as error:
            return [f"foreign: {error}"]
        return [f"foreign: {key} was {self.before[key]}, is {now[key]}" for key in now if now[key] != self.before[key]]

    def remove(self):
        for command in (["ip", "netns", "delete", self.name], ["ip", "link", "delete", "decoy0"],
                        ["ip", "link", "delete", "decoy2"],
                        *([["docker", "rm", "-f", f"{self.lab.instance}-n0"]] if self.image else [])):
            run(command)


def host(instance):
    """All that a lab may have touched, as sorted lines."""
    commands = {
        "devices": "ip -d -o link",
        "addresses": "ip -o address",
        "routes": "ip route show table all; ip -6 route show table all",
        "rules": "ip rule",
        "qdiscs": "tc qdisc show",
        "mounts": f"findmnt -n -l -o TARGET | grep -w {instance}",
        "files": f"find /run/{instance} /var/lib/{instance} /var/log/{instance} /run/netns",
        "processes": f"ps -e -o args= | grep -E '/run/{instance}/|--instance {instance}( |$)' | grep -v grep",
        "containers": f"docker ps -a --format '{{{{.Names}}}} {{{{.State}}}}' | grep ^{instance}-",
        "datapaths": "ovs-dpctl dump-dps",
        "settings": "grep -rs . /proc/sys/net/ipv4/conf/all /proc/sys/net/ipv6/conf/all",
    }
    return {name: sorted(run(["sh", "-c", command]).out.split("\n")) for name, command in commands.items()}


def left_behind(before, after):
    """Changes of the host."""
    return [f"{sign} {name}: {line}" for name in before
            for sign, ones, others in (("-", before, after), ("+", after, before))
            for line in ones[name] if line not in others[name]]
