#!/usr/bin/env python3
"""The JSON Schemas of topology and scenario files against the readers of these files, both ways.

    file_schema_test.py FILE_READER [unittest's arguments]
"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
try:
    import jsonschema
except ImportError:
    print("SKIPPED: python3-jsonschema is missing")
    sys.exit(77)

PROGRAM = sys.argv.pop(1)
SCHEMAS = {
    kind: json.loads((ROOT / "docs" / f"{kind}.schema.json").read_text(encoding="utf-8")) for kind in ("topology", "scenario")
}
VALIDATORS = {kind: jsonschema.Draft202012Validator(schema) for kind, schema in SCHEMAS.items()}

# Where the keys of each definition stand in a file that is right without further ones.
NODES = '"a": {}, "b": {}'
HOST = '{"nodes": {"o": {"kind": "host", "interfaces": {"x": {"%s": {%s}}}}}}'
NEEDED = {  # what else the object needs
    ("topology", "udp"): {"local": '"127.0.0.1:1"', "remote": '"127.0.0.1:2"'},
    ("topology", "vxlan"): {"vni": "1"},
    ("topology", "nic"): {"device": '"d"'},
    ("topology", "tap"): {"device": '"d"'},
    ("topology", "bridge"): {"device": '"d"'},
    ("topology", "route"): {"to": '"10.0.0.0/8"', "via": '"10.0.0.1"'},
    ("topology", "class"): {"match": '"udp"'},
    ("topology", "link-keys"): {"ends": '["a:x", "b:x"]'},
    ("topology", "member-keys"): {"interface": '"a:x"'},
    ("scenario", ""): {"steps": '[{"at": 1, "cut": true}]'},
    ("scenario", "flap"): {"down": '"1s"', "up": '"1s"'},
    ("scenario", "step"): {"at": "1"},
}
PLACES = {
    "topology": {
        "": "{%s}",
        "defaults": '{"defaults": {%s}}',
        "node": '{"nodes": {"a": {%s}}}',
        "interface": '{"nodes": {"a": {"interfaces": {"x": {%s}}}}}',
        "route": '{"nodes": {"a": {"routes": [{%s}]}}}',
        "link-keys": '{"nodes": {' + NODES + '}, "links": [{%s}]}',
        "direction": '{"nodes": {' + NODES + '}, "links": [{"ends": ["a:x", "b:x"], "a_to_b": {%s}}]}',
        "class": '{"nodes": {' + NODES + '}, "links": [{"ends": ["a:x", "b:x"], "classes": [{%s}]}]}',
        "segment": '{"segments": {"s": {%s}}}',
        "member-keys": '{"nodes": {' + NODES + '}, "segments": {"s": {"interfaces": [{%s}]}}}',
        **{gateway: HOST.replace("%s", gateway, 1) for gateway in ("udp", "vxlan", "nic", "tap", "bridge")},
    },
    "scenario": {
        "": "{%s}",
        "step": '{"steps": [{%s}]}',
        "flap": '{"steps": [{"at": 1, "for": 1, "flap": {%s}}]}',
        "settings": '{"steps": [{"at": 1, "set": {%s}}]}',
        "ranges": '{"steps": [{"at": 1, "for": 1, "ramp": {%s}}]}',
    },
}
UNKNOWN = re.compile(r"unknown (?:key|option) '([^']*)'")

# What the readers find and a schema cannot: it looks at one value and does not count bytes, compare or look up.
BEYOND = [
    r"there is no node '",
    r"is linked to itself",
    r"is in (link|segment|the segment) .*(already|twice)|is in the segment twice",
    r"a link (named|has that name)|characters are too many; at most 63; the name is made of both ends",
    r"the node has no interface|the gateway .* is of the other IP version|the route to .* is given twice",
    r"two binds have the same place|is on . already|have the same mac",
    r"is too small for IPv6",
    r"a docker node needs an image|only a docker node has an image",
    r"bits behind the first|it must be like",  # addresses in routes
    r"only an interface of a host node",
    r"a gateway has neither|is that of interface|is a gateway already",
    r"reordered frames skip the delay|it counts between reordered frames",
    r"there is none of that name",  # presets
    r"it goes on until",
    r"not JSON|\\u0000 or half of a surrogate",
]


def ask(files):
    answers = subprocess.run([PROGRAM], input=json.dumps([{"kind": k, "text": t} for k, t in files]), check=True, capture_output=True, text=True)
    return json.loads(answers.stdout)


def without_comments(text):
    """The text with blanks for the comments that the readers allow."""
    return re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda found: found.group(1) or " ", text, flags=re.S)


def faults(kind, text):
    """What the schema has against a text; nothing for one that is no JSON."""
    try:
        document = json.loads(without_comments(text.removeprefix("\ufeff")))
    except ValueError:
        return []
    return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in VALIDATORS[kind].iter_errors(document)]


def resolve(kind, schema):
    """A schema with what it refers to, its own keys first."""
    while "$ref" in schema:
        own = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**SCHEMAS[kind]["$defs"][schema["$ref"].removeprefix("#/$defs/")], **own}
    return schema


def properties(kind, definition):
    """The keys of an object, by name, with those of what it refers to."""
    schema = SCHEMAS[kind]["$defs"][definition] if definition else SCHEMAS[kind]
    keys = {}
    while schema:
        keys = {**schema.get("properties", {}), **keys}
        schema = SCHEMAS[kind]["$defs"][schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else None
    return keys


def place(kind, definition, members):
    """A file that has these members, (key, value as JSON), in such an object beside what it needs."""
    all_members = NEEDED.get((kind, definition), {}) | dict(members)
    return PLACES[kind][definition] % ", ".join(f"{json.dumps(key)}: {value}" for key, value in all_members.items())


def texts_of_tests(kind):
    """Every raw literal of the readers' tests that is a document."""
    for source in sorted((ROOT / "tests" / "fabric").glob(f"{kind}*_test.cpp")):
        for literal in re.findall(r'R"\((.*?)\)"', source.read_text(encoding="utf-8"), flags=re.S):
            if literal.lstrip().startswith("{"):
                yield literal
        for literal in re.findall(r'\{"(\{(?:\\.|[^"\\])*(?:"\s*"(?:\\.|[^"\\])*)*)"', source.read_text(encoding="utf-8")):
            yield re.sub(r'"\s*\n\s*"', "", literal).replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


class FileSchema(unittest.TestCase):
    maxDiff = None

    def agree(self, files):
        """What the reader takes the schema takes, and the other way round."""
        for (kind, text), answer in zip(files, ask(files)):
            with self.subTest(text=text):
                self.assertEqual(not answer["findings"], not faults(kind, text), f"{answer['findings']} {faults(kind, text)}")

    def test_the_schemas_are_schemas(self):
        for schema in SCHEMAS.values():
            jsonschema.Draft202012Validator.check_schema(schema)

    def test_every_example_validates(self):
        files = [("topology", path) for path in sorted((ROOT / "examples").glob("*.json"))]
        files += [("scenario", path) for path in sorted((ROOT / "examples" / "scenarios").glob("*.json"))]
        self.assertGreater(len(files), 6)
        for kind, path in files:
            with self.subTest(path=path.name):
                self.assertEqual(faults(kind, path.read_text(encoding="utf-8")), [])

    def test_what_the_tests_read_validates_and_what_they_refuse_does_not(self):
        used = set()
        taken = refused = 0
        for kind in SCHEMAS:
            texts = list(texts_of_tests(kind))
            for text, answer in zip(texts, ask([(kind, text) for text in texts])):
                found = faults(kind, text)
                excuses = [[beyond for beyond in BEYOND if re.search(beyond, finding)] for finding in answer["findings"]]
                used.update(*excuses)
                with self.subTest(text=text):
                    if not answer["findings"]:
                        taken += 1
                        self.assertEqual(found, [])
                    elif not found:
                        self.assertTrue(all(excuses), f"a schema can see that: {answer['findings']}")
                    else:
                        refused += 1
        self.assertGreater(taken, 10)
        self.assertGreater(refused, 25)
        self.assertEqual(set(BEYOND) - used, set(), "no test has these")

    def test_every_key_of_a_schema_is_the_readers_and_no_other(self):
        # A key of a reader is a literal in its sources, so all of these are tried.
        words = set()
        for folder in ("fabric", "netem"):
            for source in (ROOT / folder).glob("*.cpp"):
                words.update(re.findall(r'"(\$?[a-z][a-z0-9_-]*)"', source.read_text(encoding="utf-8")))
        self.assertGreater(len(words), 300)
        for kind, places in PLACES.items():
            for definition in places:
                one_by_one = definition in ("udp", "vxlan", "nic", "tap", "bridge", "ranges", "settings")
                groups = [[word] for word in sorted(words)] if one_by_one else [sorted(words)]
                sample = '["none", "none"]' if definition == "ranges" else '"none"' if one_by_one else "null"
                files = [(kind, place(kind, definition, [(word, sample) for word in group])) for group in groups]
                unknown = set()
                for group, answer in zip(groups, ask(files)):
                    for finding in answer["findings"]:
                        if "nothing lies between two values" in finding:
                            unknown.update(group)
                        unknown.update(UNKNOWN.findall(finding))
                with self.subTest(kind=kind, definition=definition):
                    self.assertEqual(sorted(words - unknown), sorted(properties(kind, definition)))

    def test_every_default_is_the_readers(self):
        beside = {"geometric": [("ramp", '{"loss": [1, 2]}'), ("for", "1")]}
        count = 0
        for kind, places in PLACES.items():
            for definition in places:
                for key, schema in properties(kind, definition).items():
                    if definition == "settings" or "default" not in (schema := resolve(kind, schema)):
                        continue  # to set what is the default is something, too
                    count += 1
                    rest = beside.get(key, [("cut", "true")] if definition == "step" else [])
                    said, unsaid = ask([(kind, place(kind, definition, rest + more)) for more in ([(key, json.dumps(schema["default"]))], [])])
                    with self.subTest(kind=kind, definition=definition, key=key):
                        self.assertEqual(said, unsaid)
                        self.assertEqual(said["findings"], [])
        self.assertGreater(count, 20)

    def test_every_range_ends_where_the_readers_does(self):
        count = 0
        for kind, places in PLACES.items():
            # Times have units, and models of loss no range; the impairments of others are those of "direction".
            for definition in places.keys() - {"flap", "ranges", "member-keys", "link-keys", "class"}:
                for key, schema in properties(kind, definition).items():
                    schema = resolve(kind, schema)
                    if "maximum" not in schema or key in ("slot", "speed", "at", "for", "every", "length"):
                        continue
                    count += 1
                    least, most = schema["minimum"], schema["maximum"]
                    files = [(kind, place(kind, definition, [(key, str(value))])) for value in (least - 1, least, most, most + 1)]
                    for value, (_, text), answer in zip((least - 1, least, most, most + 1), files, ask(files)):
                        with self.subTest(text=text):
                            # What needs a rate or a delay beside it is another matter.
                            own = [finding for finding in answer["findings"] if ": use " not in finding]
                            self.assertEqual(least <= value <= most, not own, own)
                            self.assertEqual(least <= value <= most, not faults(kind, text), faults(kind, text))
        self.assertGreater(count, 30)

    def test_values_are_written_as_the_readers_have_them(self):
        values = {
            "delay": ['"20ms"', '"1.5s"', '"800us"', '"5nsec"', '"3SECS"', '".5s"', '"5.s"', "0", '"0"', '"none"', "20", '"20"', '"-1ms"', '"1h"', '"fast"', "true"],
            "loss": ['"1%"', "1", "100", '"100.0%"', '"0.25"', '"none"', '"gemodel:1%"', '"gemodel:1,2,3,4"', '"state:1%,30%,0%,100%,1%"', '"101%"', "-1", '"gemodel:1,2,3,4,5"', '"burst:1"', '"1 %"'],
            "rate": ['"10mbit"', '"1.5Gbit"', '"8kibps"', "1000", '"64000"', '"none"', '"10mb"', '"fast"', "-8"],
            "duplicate": ['"1%"', '"007%"', '"101%"', '"99.99%"'],
            "jitter": ['"2147ms"'],
            "ecn": ["false", '"no"', '"off"', '"none"', '"maybe"', "2"],
            "distribution": ['"uniform"', '"none"', '"gauss"'],
            "distribution-table": ["[]", "[1.5]", "[40000]", '"1,2"'],
            "gap": ["0", '"0"', '"none"', '"x"', "-1"],
            "overhead": ["0", '"0"', '"x"'],
            "slot": ['"800us"', '"800us,10ms,packets=42,bytes=9"', '"normal:5ms,1ms"', '"pareto:5ms,1ms,packets=3"', '"none"', '"gauss:1ms,1ms"', '"1ms,frames=3"', '"1h"'],
            "limit": ["1", '"auto"', '"none"', "0", '"x"'],
            "seed": ["0", '"17"', '"none"', '"x"', "-1"],
            "preset": ['"dsl"', '"lte/up"', '"DSL"', '"dsl/left"', "5"],
            "drop-every": ["0", '"none"', '"x"'],
        }
        self.agree([("topology", place("topology", "direction", [(key, value)])) for key, samples in values.items() for value in samples])
        queues = ['"fq_codel"', '"cake:rtt=10ms,ack-filter"', '"sfq:perturb=10s"', '"none"', '"htb"', '"fifo:"']
        self.agree([("topology", place("topology", "direction", [("rate", '"1mbit"'), ("queue", value)])) for value in queues])
        bursts = ['"32kb"', "15000", '"none"', '"32xb"', "-1"]
        self.agree([("topology", place("topology", "direction", [("rate", '"1mbit"'), ("burst", value)])) for value in bursts])
        self.agree([("topology", place("topology", "interface", [(key, value)])) for key, samples in {
            "addresses": ['"10.0.0.1"', '"10.0.0.1/32"', '["::1/128", "10.0.0.1/8"]', "[]", '"10.0.0.1/33"', '"10.0.0"', '"::1/129"', '"x"', "5"],
            "mac": ['"02:00:00:00:00:0A"', '"02-00-00-00-00-01"', '"01:00:00:00:00:01"', '"02:00:00:00:00"', '"020000000001"'],
            "mtu": ['"1500"', "1500.5"],
            "carrier": ['"always"', '"never"'],
        }.items() for value in samples])
        self.agree([("topology", place("topology", "node", [(key, value)])) for key, samples in {
            "command": ['"x"', '["x", "y"]', "[]", "[1]", "5"],
            "environment": ['{"A": 1, "B": true, "C": "x"}', '{"A": null}', '{"": 1}', '{"A=B": 1}'],
            "sysctls": ['{"net.x": 1, "net.y": "0"}', '{"net.x": true}'],
            "binds": ['["/x:/y", "x:/z:ro"]', '["/x"]', '["/x:y"]', '["/x:/y:rx"]', '[":/y"]'],
            "state": ['"stopped"', '"off"'],
            "kind": ['"netns"', '"dokcer"'],
        }.items() for value in samples])
        routes = ['"default via 10.0.0.1"', '"10.0.0.0/8 dev x"', '"10.0.0.0/8 via 10.0.0.1 dev x"', '" 10.0.0.0/8  dev x\\tvia 10.0.0.1 "', '{"to": "default", "via": "10.0.0.1"}',
                  '"default"', '"default via"', '"default on x"', '"default via 10.0.0.1 via 10.0.0.1"', '{"to": "default"}', '{"via": "10.0.0.1"}']
        self.agree([("topology", '{"nodes": {"a": {"interfaces": {"x": []}, "routes": [%s]}}}' % route) for route in routes])
        self.agree([("topology", '{"nodes": {%s: {}}}' % json.dumps(name)) for name in ("r1", "a.b_c-d", "_x", "x" * 63, "x" * 64, "-a", ".a", "a b", "a:b", "")])
        self.agree([("topology", '{"nodes": {"a": {"interfaces": {%s: []}}}}' % json.dumps(name)) for name in ("eth0", "a.b", "..x", "x" * 15, "x" * 16, "lo", ".", "..", "a/b", "a:b", "a b", "a%d", "")])
        self.agree([("scenario", place("scenario", "step", [("cut", "true"), ("at", value)])) for value in ("0.5", '"1.5"', '"20ms"', '"1h"', "-1", '"x"', "31622400", "31622401")])

    def test_nodes_of_each_kind_have_what_is_theirs(self):
        self.agree([("topology", '{"nodes": {"a": %s}}' % node) for node in (
            '{"kind": "external", "options": {"pid": 1}}', '{"kind": "external"}', '{"kind": "external", "options": {"pid": 1, "container": "x"}}',
            '{"kind": "external", "options": {"pid": 1}, "state": "stopped"}', '{"kind": "external", "options": {"pid": 1}, "command": "x"}',
            '{"kind": "host"}', '{"kind": "host", "options": {"x": 1}}', '{"kind": "host", "sysctls": {"x": 1}}', '{"kind": "host", "binds": ["/x:/y"]}',
            '{"kind": "vpcs", "interfaces": {"x": []}}', '{"kind": "vpcs", "interfaces": {"x": [], "y": []}}', '{"kind": "vpcs", "image": "x"}', '{"kind": "vpcs", "options": {"x": 1}}',
            '{"kind": "qemu", "options": {"memory": "1G", "cpus": 2, "writable": "no"}}', '{"kind": "qemu", "options": {"memroy": "1G"}}', '{"kind": "qemu", "options": {"writable": true}}',
            '{"kind": "qemu", "options": {"initrd": "x"}}', '{"kind": "qemu", "routes": ["default via 10.0.0.1"]}', '{"kind": "qemu", "options": {"arch": "../x"}}')])

    def test_steps_have_what_is_theirs(self):
        self.agree([("scenario", '{"steps": [%s, {"at": 99, "cut": true}]}' % step) for step in (
            '{"at": 1, "set": {"delay": "1ms"}}', '{"at": 1, "set": {}}', '{"at": 1, "set": {"delay": "1ms"}, "for": 1}', '{"at": 1, "set": {"delay": "1ms"}, "geometric": true}', '{"at": 1}', '{"set": {"loss": 1}}',
            '{"at": 1, "set": {"delay": "1ms"}, "cut": true}', '{"at": 1, "ramp": {"delay": ["1ms", "2ms"]}, "for": 2, "every": 1, "geometric": true}', '{"at": 1, "ramp": {"delay": ["1ms", "2ms"]}}',
            '{"at": 1, "ramp": {"delay": ["1ms"]}, "for": 2}', '{"at": 1, "ramp": {}, "for": 2}', '{"at": 1, "random": {"loss": [0, 2]}, "for": 2, "every": 1}', '{"at": 1, "random": {"loss": [0, 2]}, "for": 2}',
            '{"at": 1, "random": {"loss": [0, 2]}, "for": 2, "every": 1, "geometric": true}', '{"at": 1, "flap": {"down": "1s", "up": 2}, "for": 9}', '{"at": 1, "flap": {"down": "1s"}, "for": 9}',
            '{"at": 1, "flap": {"down": "1s", "up": 2}}', '{"at": 1, "flap": {"down": "1s", "up": 2}, "for": 9, "every": 1}', '{"at": 1, "flap": {"down": "1s", "up": 2}, "for": 9, "to": "a"}',
            '{"at": 1, "cut": false}', '{"at": 1, "restore": true, "from": "a"}', '{"at": 1, "set": {"loss": 1}, "to": []}', '{"at": 1, "set": {"loss": 1}, "to": ["a", "b"]}', '{"at": 1, "set": {"preset": "dsl"}}')])
        self.agree([("scenario", place("scenario", "", [(key, value)])) for key, samples in {
            "speed": ["1", "0.001", "100", '"2.5"', "0", "101", '"fast"'], "seed": ["0", "-1", '"1"'], "at_end": ['"keep"', '"stop"'], "loop": ["true", '"yes"'],
            "name": ['"evening"', '"a b"'], "$schema": ['"scenario.schema.json"', "1"], "length": ['"1m"', '"90s"', "90"],
        }.items() for value in samples])

    def test_a_file_may_name_its_schema(self):
        self.agree([("topology", '{"$schema": "topology.schema.json"}'), ("topology", '{"$schema": 1}')])

    def test_what_both_files_have_is_the_same_in_both(self):
        topology, scenario = SCHEMAS["topology"]["$defs"], SCHEMAS["scenario"]["$defs"]
        common = topology.keys() & scenario.keys()
        self.assertEqual(common, {"time", "percent", "rate", "size", "loss", "slot"})
        for name in common:
            self.assertEqual(topology[name], scenario[name])
        settings = scenario["settings"]["properties"]
        own = topology["impairment"]["properties"]
        self.assertEqual(own.keys() - {"classes"}, settings.keys() - {"extra-delay"})
        for key in own.keys() - {"classes", "preset"}:
            self.assertEqual(own[key], settings[key])


if __name__ == "__main__":
    unittest.main()
