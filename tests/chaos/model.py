"""What the lab should be: changed by each event, written as a topology file, compared with what is seen."""

import copy
import json


class Node:
    def __init__(self, kind, command=False, image=None):
        self.kind, self.command, self.image = kind, command, image
        self.state = "running"  # as wanted
        self.ended = False      # its command or container has ended by itself
        self.interfaces = {}    # name: address

    def exists(self):
        """Has it a namespace?"""
        return self.state != "stopped" and not self.ended

    def seen(self):
        return "stopped" if self.ended else self.state


class Link:
    def __init__(self, ends, delay=0):
        self.ends, self.delay, self.up = list(ends), delay, True  # delay in ms, both ways


class Model:
    """Names are never used twice, so that what is left of an earlier node cannot pass for a later one."""

    def __init__(self, image, netem, random):
        self.nodes, self.links, self.image, self.netem, self.random = {}, {}, image, netem, random
        self.number = 0

    def copy(self):
        """Another one of the same state that shares nothing but the source of chance."""
        model = Model(self.image, self.netem, self.random)
        model.number = self.number
        model.nodes, model.links = copy.deepcopy(self.nodes), copy.deepcopy(self.links)
        return model

    # --- changes ---

    def fresh(self, letter):
        self.number += 1
        return f"{letter}{self.number}"

    def add_node(self, kind):
        name = self.fresh("n")
        self.nodes[name] = Node(kind, command=kind == "netns" and self.random.random() < 0.3,
                                image=self.image if kind == "docker" else None)
        for i in range(self.random.randint(1, 3)):
            self.add_interface(name, f"eth{i}")
        return name

    def add_interface(self, node, interface):
        self.number += 1
        self.nodes[node].interfaces[interface] = f"10.{self.number >> 8}.{self.number & 255}.1/24"
        return f"{node}:{interface}"

    def remove_node(self, name):
        del self.nodes[name]
        for link in [l for l, link in self.links.items() if any(e.split(":")[0] == name for e in link.ends)]:
            del self.links[link]

    def add_link(self, ends):
        name = self.fresh("l")
        self.links[name] = Link(ends, self.random.choice([0, 0, 20, 60]) if self.netem else 0)
        return name

    def free(self):
        taken = {end for link in self.links.values() for end in link.ends}
        return sorted({f"{n}:{i}" for n, node in self.nodes.items() for i in node.interfaces} - taken)

    def two_free(self):
        """Two interfaces of different nodes; None where there are not."""
        free = self.free()
        self.random.shuffle(free)
        for other in free[1:]:
            if other.split(":")[0] != free[0].split(":")[0]:
                return free[0], other
        return None

    def populate(self, kinds, nodes):
        for _ in range(nodes):
            self.add_node(self.random.choice(kinds))
        while (ends := self.two_free()) and (len(self.links) < 2 or self.random.random() < 0.9):
            self.add_link(ends)

    # --- what it says ---

    def node_of(self, end):
        return self.nodes[end.split(":")[0]]

    def carries(self, link):
        return link.up and all(self.node_of(end).exists() for end in link.ends)

    def link_state(self, link):
        if not link.up:
            return "cut"
        return "up" if self.carries(link) else "down"

    def reached(self):
        """Who hears what an interface sends, and after how many milliseconds at the least."""
        heard = {}
        for link in self.links.values():
            if self.carries(link):
                one, other = link.ends
                heard[one], heard[other] = (other, link.delay), (one, link.delay)
        return heard

    def document(self):
        nodes = {}
        for name, node in self.nodes.items():
            nodes[name] = {"interfaces": dict(node.interfaces)}
            if node.image:
                nodes[name]["image"] = node.image
            if node.command:
                nodes[name]["command"] = ["sleep", "100000"]
            if node.state != "running":
                nodes[name]["state"] = node.state
        links = [{"ends": link.ends, "name": name} | ({"delay": f"{link.delay}ms"} if link.delay else {}) |
                 ({} if link.up else {"up": False}) for name, link in self.links.items()]
        return json.dumps({"name": "chaos", "nodes": nodes, "links": links}, indent=1)
