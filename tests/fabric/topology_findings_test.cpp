// What is said about files with mistakes: a table of wrong inputs and the exact messages.
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fabric/topology_file.hpp"

namespace linkfab::fabric {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

std::vector<std::string> findings(std::string_view text) {
  std::vector<std::string> lines;
  if (const auto parsed = parse_topology(text, "lab.json"); !parsed)
    for (const Finding& finding : parsed.error()) lines.push_back(format(finding));
  return lines;
}

struct Wrong {
  std::string_view text;
  std::vector<std::string> messages;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.text;
}

class TopologyFindings : public testing::TestWithParam<Wrong> {};

TEST_P(TopologyFindings, SayWhereAndWhatAndWhatIsRight) {
  EXPECT_THAT(findings(GetParam().text), ElementsAreArray(GetParam().messages));
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, TopologyFindings,
    testing::ValuesIn(std::vector<Wrong>{
        {"", {"lab.json:1:1: not JSON: Syntax error: value, object or array expected"}},
        {"[]", {"lab.json:1:1: an object is needed, not a list"}},
        {"5",
         {"lab.json:1:1: not JSON: A valid JSON document must be either an array or an object "
          "value"}},
        {"{} x", {"lab.json:1:4: not JSON: Extra non-whitespace after JSON value"}},
        {"{\n  \"name\": \"a\"\n  \"nodes\": {}\n}",
         {"lab.json:3:3: not JSON: Missing ',' or '}' in object declaration"}},
        {"{\"name\": \"a\",}", {"lab.json:1:14: not JSON: Missing '}' or object member name"}},
        {"{\"nodes\": {\"r1\": {},\n \"r1\": {}}}",
         {"lab.json:2:2: not JSON: Duplicate key: 'r1'"}},
        {"{\"name\": nan}",
         {"lab.json:1:10: not JSON: Syntax error: value, object or array expected"}},
        {"{\"name\": 'a'}",
         {"lab.json:1:10: not JSON: Syntax error: value, object or array expected"}},
        {"{\"name\": \"\xff\"}", {"lab.json:1:11: not UTF-8 text"}},
        {"{\"name\": \"\\u0000\"}",
         {"lab.json:1:10: name: a text may not hold \\u0000 or half of a surrogate pair"}},
        {"{\"name\": \"\\udc00\"}",
         {"lab.json:1:10: name: a text may not hold \\u0000 or half of a surrogate pair"}},
        {"\xef\xbb\xbf{\"name\": 1}",
         {"lab.json:1:10: name: a text in quotes is needed, not a number"}},
    }));

INSTANTIATE_TEST_SUITE_P(Position, TopologyFindings,
                         testing::ValuesIn(std::vector<Wrong>{
                             {"{\r\n\t\"näme\": 1,\r\n \"x\": 2}",
                              {"lab.json:2:2: unknown key 'näme'; did you mean 'name'?",
                               "lab.json:3:2: unknown key 'x'"}},
                             {"{\"name\": \"äöü€😀\", \"nodse\": {}}",
                              {"lab.json:1:19: unknown key 'nodse'; did you mean 'nodes'?"}},
                             {"{ /* \"nodse\": */ \"nodse\" : 1}",
                              {"lab.json:1:18: unknown key 'nodse'; did you mean 'nodes'?"}},
                             {"{\r \"nodse\": 1}",
                              {"lab.json:2:2: unknown key 'nodse'; did you mean 'nodes'?"}},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Keys, TopologyFindings,
    testing::ValuesIn(std::vector<Wrong>{
        {R"({"nodes": {"r1": {"interfaces": {"eth0": {"adresses": "10.0.0.1/24"}}}}})",
         {"lab.json:1:43: nodes.r1.interfaces.eth0: unknown key 'adresses'; did you mean "
          "'addresses'?"}},
        {R"({"nodes": {"r1": {"interface": {}}}, "link": []})",
         {"lab.json:1:19: nodes.r1: unknown key 'interface'; did you mean 'interfaces'?",
          "lab.json:1:38: unknown key 'link'; did you mean 'links'?"}},
        {R"({"nodes": {"a.b": {"sysctls": {"net.x": true}}}})",
         {"lab.json:1:41: nodes[\"a.b\"].sysctls[\"net.x\"]: a text or number is needed, not "
          "true"}},
        {R"({"defaults": {"routes": []}})", {"lab.json:1:15: defaults: unknown key 'routes'"}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [{"ends": ["a:x", "b:x"], "dealy": "20ms"}]})",
         {"lab.json:1:66: links[0]: unknown key 'dealy'; did you mean 'delay'?"}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [{"ends": ["a:x", "b:x"], "preset": "dls"}]})",
         {"lab.json:1:76: links[0].preset: 'dls': there is none of that name; did you mean "
          "'dsl'?"}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [{"ends": ["a:x", "b:x"], "a_to_b": {"lost": "1%"}}]})",
         {"lab.json:1:77: links[0].a_to_b: unknown key 'lost'; did you mean 'loss'?"}},
        {R"({"nodes": {"a": {}}, "segments": {"s": {"interfaces": [{"interfaces": "a:x"}]}}})",
         {"lab.json:1:56: segments.s.interfaces[0]: the member needs \"interface\", for example "
          "\"h1:eth0\"",
          "lab.json:1:57: segments.s.interfaces[0]: unknown key 'interfaces'; did you mean "
          "'interface'?"}},
    }));

INSTANTIATE_TEST_SUITE_P(
    Types, TopologyFindings,
    testing::ValuesIn(std::vector<Wrong>{
        {R"({"name": 1, "nodes": [], "links": {}, "segments": null})",
         {"lab.json:1:10: name: a text in quotes is needed, not a number",
          "lab.json:1:22: nodes: an object is needed, not a list",
          "lab.json:1:35: links: a list is needed, not an object",
          "lab.json:1:51: segments: an object is needed, not null"}},
        {R"({"nodes": {"a": null, "b": {"kind": 1, "image": true, "command": {}, "binds": "x", "state": []}}})",
         {"lab.json:1:17: nodes.a: an object is needed, not null",
          "lab.json:1:37: nodes.b.kind: a text in quotes is needed, not a number",
          "lab.json:1:49: nodes.b.image: a text in quotes is needed, not true",
          "lab.json:1:66: nodes.b.command: a text for the shell, or a list of words is needed, not "
          "an object",
          "lab.json:1:79: nodes.b.binds: a list is needed, not a text",
          "lab.json:1:93: nodes.b.state: a text in quotes is needed, not a list"}},
        {R"({"nodes": {"a": {"interfaces": {"x": 1, "y": {"mtu": "1500"}, "z": {"mac": 2}}}}})",
         {"lab.json:1:38: nodes.a.interfaces.x: an address, a list of addresses or an object is "
          "needed, not a number",
          "lab.json:1:54: nodes.a.interfaces.y.mtu: a number is needed, not a text",
          "lab.json:1:76: nodes.a.interfaces.z.mac: a text in quotes is needed, not a number"}},
        {R"({"nodes": {"a": {"routes": [1, {"via": "10.0.0.1"}, "default via", "default on x"]}}})",
         {"lab.json:1:29: nodes.a.routes[0]: a text such as \"default via 10.0.0.1\" or an object "
          "is needed, not a number",
          "lab.json:1:32: nodes.a.routes[1]: the route needs a destination: \"to\"",
          "lab.json:1:53: nodes.a.routes[2]: 'default via': a route is written DESTINATION via "
          "ADDRESS dev INTERFACE, one of the two may be left out",
          "lab.json:1:68: nodes.a.routes[3]: 'default on x': a route is written DESTINATION via "
          "ADDRESS dev INTERFACE, one of the two may be left out"}},
        {R"({"links": [1, "a", {}, [], ["a:x"], ["a", 2]]})",
         {"lab.json:1:12: links[0]: a list of two ends, or an object with \"ends\" is needed, not "
          "a number",
          "lab.json:1:15: links[1]: a list of two ends, or an object with \"ends\" is needed, not "
          "a text",
          "lab.json:1:20: links[2]: the link needs \"ends\", for example [\"r1:eth0\", "
          "\"r2:eth0\"]",
          "lab.json:1:24: links[3]: a link has two ends, not 0; what joins more is a segment",
          "lab.json:1:28: links[4]: a link has two ends, not 1; what joins more is a segment",
          "lab.json:1:38: links[5][0]: 'a': an end is written NODE:INTERFACE, for example r1:eth0",
          "lab.json:1:43: links[5][1]: a text in quotes is needed, not a number"}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [{"ends": ["a:x", "b:x"], "up": "no", "loss": [1],
"distribution-table": 1, "delay": null}]})",
         {"lab.json:1:72: links[0].up: true or false is needed, not a text",
          "lab.json:1:86: links[0].loss: one value is needed, not a list",
          "lab.json:2:23: links[0].distribution-table: a list of numbers is needed, not a number",
          "lab.json:2:35: links[0].delay: a text or number is needed, not null"}},
        {R"({"nodes": {"a": {"environment": {"": "x", "A=B": []}}}})",
         {"lab.json:1:34: nodes.a.environment[\"\"]: a name is neither empty nor does it hold '='",
          "lab.json:1:43: nodes.a.environment[\"A=B\"]: a name is neither empty nor does it hold "
          "'='",
          "lab.json:1:50: nodes.a.environment[\"A=B\"]: a text or number is needed, not a list"}},
    }));

INSTANTIATE_TEST_SUITE_P(
    Values, TopologyFindings,
    testing::ValuesIn(std::vector<Wrong>{
        {R"({"nodes": {"a": {"kind": "dokcer"}, "b": {"state": "off"}}})",
         {"lab.json:1:26: nodes.a.kind: 'dokcer' is none of netns, docker, external, host, vpcs, "
          "qemu, switch; did you "
          "mean "
          "'docker'?",
          "lab.json:1:52: nodes.b.state: 'off' is none of running, paused, stopped"}},
        {R"({"nodes": {"a": {"interfaces": {"x": "10.0.0.1/33", "y": ["10.0.0", "::1/64"]}}}})",
         {"lab.json:1:38: nodes.a.interfaces.x: '10.0.0.1/33': it must be like 10.0.0.1/24 or "
          "2001:db8::1/64",
          "lab.json:1:59: nodes.a.interfaces.y[0]: '10.0.0': it must be like 10.0.0.1/24 or "
          "2001:db8::1/64"}},
        {R"({"nodes": {"a": {"interfaces": {"x": {"mtu": 67}, "y": {"mtu": 1.5}, "z": {"mac": "01:00:00:00:00:00"}}}}})",
         {"lab.json:1:46: nodes.a.interfaces.x.mtu: 67: a whole number between 68 and 65535 is "
          "needed",
          "lab.json:1:64: nodes.a.interfaces.y.mtu: 1.5: a whole number between 68 and 65535 is "
          "needed",
          "lab.json:1:83: nodes.a.interfaces.z.mac: '01:00:00:00:00:00': that is a group's; a "
          "device's has an even first byte"}},
        {R"({"nodes": {"a": {"interfaces": {"x": []}, "routes": ["10.0.0.1/8 dev x", "default via 10.0.0.0.1"]}}})",
         {"lab.json:1:54: nodes.a.routes[0]: '10.0.0.1/8': bits behind the first 8 are not zero",
          "lab.json:1:74: nodes.a.routes[1]: '10.0.0.0.1': it must be like 10.0.0.1 or "
          "2001:db8::1, without a length"}},
        {R"({"nodes": {"a": {"binds": ["/x", "/x:y", "/x:/y:rx"]}}})",
         {"lab.json:1:28: nodes.a.binds[0]: '/x': a bind is written SOURCE:/PLACE/IN/NODE, with "
          ":ro after it to forbid writing",
          "lab.json:1:34: nodes.a.binds[1]: '/x:y': a bind is written SOURCE:/PLACE/IN/NODE, with "
          ":ro after it to forbid writing",
          "lab.json:1:42: nodes.a.binds[2]: '/x:/y:rx': a bind is written SOURCE:/PLACE/IN/NODE, "
          "with :ro after it to forbid writing"}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [{"ends": ["a:x", "b:x"], "delay": 20, "rate": "fast"}]})",
         {"lab.json:1:75: links[0].delay: '20': a time needs a unit: 20ms?",
          "lab.json:1:87: links[0].rate: 'fast': not a rate; write for example 10mbit (units: bit, "
          "kbit, mbit, gbit, tbit)"}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [{"ends": ["a:x", "b:x"], "delay": "1ms", "b_to_a": {"gap": 5}}]})",
         {"lab.json:1:92: links[0].b_to_a: use gap=5: it counts between reordered frames; set "
          "reorder too, for example reorder=100%"}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [{"ends": ["a:x", "b:x"], "reorder": "5%"}]})",
         {"lab.json:1:41: links[0]: use reorder=5%: reordered frames skip the delay and there is "
          "none; set delay too, for example delay=10ms"}},
        {R"({"segments": {"s": {"kind": "hubb"}}})",
         {"lab.json:1:29: segments.s.kind: 'hubb' is none of hub, switch; did you mean 'hub'?"}},
    }));

INSTANTIATE_TEST_SUITE_P(
    Rules, TopologyFindings,
    testing::ValuesIn(std::vector<Wrong>{
        {R"({"nodes": {"my node": {}, "-a": {}, "r1": {"interfaces": {"lo": [], "an-interface-too-long": []}}}})",
         {"lab.json:1:12: nodes[\"my node\"]: a name is made of A-Z a-z 0-9 . _ -",
          "lab.json:1:27: nodes.-a: a name does not start with '-'",
          "lab.json:1:59: nodes.r1.interfaces.lo: the kernel keeps that name for itself",
          "lab.json:1:69: nodes.r1.interfaces.an-interface-too-long: 21 bytes are too many; the "
          "kernel takes at most 15"}},
        {R"({"nodes": {"r1": {}}, "links": [["r1:x", "r2:x"], ["r1:y", "r1:y"]]})",
         {"lab.json:1:33: links[0]: there is no node 'r2'; did you mean 'r1'?",
          "lab.json:1:51: links[1]: r1:y is linked to itself; a link joins two interfaces"}},
        {R"({"nodes": {"router1": {}}, "links": [["router1:x", "ruoter1:x"]]})",
         {"lab.json:1:38: links[0]: there is no node 'ruoter1'; did you mean 'router1'?"}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [["a:x", "b:x"], ["a:x", "b:x"]]})",
         {"lab.json:1:57: links[1]: a link named 'a:x--b:x' is at links[0] already; give one of "
          "them another \"name\""}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [["a:x", "b:x"], ["a:x", "b:y"]],
"segments": {"s": {"interfaces": ["b:y", "b:y"]}, "t": {"interfaces": ["b:x"]}}})",
         {"lab.json:1:57: links[1]: a:x is in link a:x--b:x already; an interface is in one link "
          "or segment",
          "lab.json:2:42: segments.s.interfaces[1]: b:y is in the segment twice",
          "lab.json:2:51: segments.t: b:x is in link a:x--b:x already; an interface is in one link "
          "or segment"}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [{"ends": ["a:x", "b:x"], "name": "s"}], "segments": {"s": {}}})",
         {"lab.json:1:94: segments.s: a link has that name; links and segments share their names"}},
        {R"({"nodes": {"a": {}, "b": {}}, "links": [{"ends": ["a:x", "b:x"], "name": "a b"}]})",
         {"lab.json:1:41: links[0]: a name is made of A-Z a-z 0-9 . _ - :"}},
        {R"({"nodes": {"a-node-with-a-rather-long-name": {}}, "links": [["a-node-with-a-rather-long-name:x", "a-node-with-a-rather-long-name:y"]]})",
         {"lab.json:1:61: links[0]: 66 characters are too many; at most 63; the name is made of "
          "both ends, give the link a shorter one"}},
        {R"({"nodes": {"a": {"kind": "docker"}, "b": {"kind": "external"}, "c": {"kind": "netns", "image": "x"},
"d": {"kind": "external", "options": {"pid": 1}, "command": "x", "state": "stopped"}}})",
         {"lab.json:1:12: nodes.a: a docker node needs an image, for example \"image\": \"debian\"",
          "lab.json:1:37: nodes.b: an external node needs one of the options container (its name) "
          "and pid, for example \"options\": {\"container\": \"web\"}",
          "lab.json:1:64: nodes.c: only a docker node has an image; make its kind docker or take "
          "the image out",
          "lab.json:2:1: nodes.d: an external node is not ours to pause or stop: take state out",
          "lab.json:2:1: nodes.d: an external node is not ours to start: take command, environment "
          "and binds out"}},
        {R"({"nodes": {"a": {"interfaces": {"x": "10.0.0.1/24", "y": ["10.0.0.1/24", "::1"], "z": {"mtu": 1000, "addresses": "fd00::1/64"}}}}})",
         {"lab.json:1:53: nodes.a.interfaces.y: 10.0.0.1/24 is on x already",
          "lab.json:1:82: nodes.a.interfaces.z: mtu 1000 is too small for IPv6, which needs 1280"}},
        {R"({"nodes": {"a": {"interfaces": {"eth0": []}, "routes": ["10.0.0.0/8 dev eth1", "::/0 via 10.0.0.1", {"to": "1.0.0.0/8"}]}}})",
         {"lab.json:1:12: nodes.a: route to 1.0.0.0/8: it needs via, dev or both",
          "lab.json:1:12: nodes.a: route to 10.0.0.0/8: the node has no interface 'eth1'; did you "
          "mean 'eth0'?",
          "lab.json:1:12: nodes.a: route to ::/0: the gateway 10.0.0.1 is of the other IP "
          "version"}},
        {R"({"nodes": {"a": {"binds": ["/x:/y", "/z:/y:ro"]}}})",
         {"lab.json:1:12: nodes.a: two binds have the same place in the node, /y"}},
        {R"({"nodes": {"a": {"interfaces": {"x": {"mac": "02:00:00:00:00:01"}}}, "b": {"interfaces": {"x": {"mac": "02:00:00:00:00:01"}}}},
"links": [["a:x", "b:x"]]})",
         {"lab.json:2:11: links[0]: a:x and b:x have the same mac 02:00:00:00:00:01"}},
    }));

TEST(TopologyFindings, NestingTooDeepIsReportedWhereItIs) {
  EXPECT_THAT(findings("{\"name\":\n" + std::string(100'000, '[')),
              ElementsAre("lab.json:2:32: nested deeper than 32 levels"));
}

TEST(TopologyFindings, AreAllReportedInTheOrderOfTheFile) {
  EXPECT_THAT(findings(R"({
  "links": [
    ["r1:eth0", "r9:eth0"],
    {"ends": ["r1:eth1", "r2:eth1"], "delay": "20"}
  ],
  "nodes": {
    "r1": {"interfaces": {"eth0": {"mtu": 7}}},
    "r2": {"knid": "netns"}
  },
  "nmae": "x"
})"),
              ElementsAre("lab.json:3:5: links[0]: there is no node 'r9'; did you mean 'r1'?",
                          "lab.json:4:47: links[1].delay: '20': a time needs a unit: 20ms?",
                          "lab.json:7:43: nodes.r1.interfaces.eth0.mtu: 7: a whole number between "
                          "68 and 65535 is needed",
                          "lab.json:8:12: nodes.r2: unknown key 'knid'; did you mean 'kind'?",
                          "lab.json:10:3: unknown key 'nmae'; did you mean 'name'?"));
}

INSTANTIATE_TEST_SUITE_P(
    Gateways, TopologyFindings,
    testing::ValuesIn(std::vector<Wrong>{
        {R"({"nodes": {"a": {"interfaces": {"x": {"tap": "tap0"}}}}})",
         {"lab.json:1:33: nodes.a.interfaces.x: only an interface of a host node, or of an "
          "external one with a pid, can be a tap "
          "gateway; give the node \"kind\": \"host\""}},
        {R"({"nodes": {"a": {"kind": "host", "interfaces": {"x": {"udp": {"local": "1.2.3.4:5"}}}}}})",
         {"lab.json:1:62: nodes.a.interfaces.x.udp: it needs remote"}},
        {R"({"nodes": {"a": {"kind": "host", "interfaces": {"x": {"tap": 5}}}}})",
         {"lab.json:1:62: nodes.a.interfaces.x.tap: an object, or a device's name is needed, not a "
          "number"}},
        {R"({"nodes": {"a": {"kind": "host", "interfaces": {
           "x": {"tap": "t", "nic": "t"}}}}})",
         {"lab.json:2:30: nodes.a.interfaces.x.nic: the interface is a gateway already: one of "
          "them is enough"}},
        {R"({"nodes": {"a": {"kind": "host", "interfaces": {
           "x": {"tap": "t"}, "y": {"nic": "t"}}}}})",
         {"lab.json:2:31: nodes.a.interfaces.y: device t is that of interface a:x already"}},
        {R"({"nodes": {"a": {"kind": "host", "interfaces": {
           "x": {"tap": "t", "addresses": "10.0.0.1/8"}}}}})",
         {"lab.json:2:12: nodes.a.interfaces.x: a gateway has neither addresses nor a mac: nothing "
          "on the host uses it"}},
        {R"({"nodes": {"a": {"kind": "host", "command": "x"}}})",
         {"lab.json:1:12: nodes.a: a host node is not ours to start: take command, environment and "
          "binds out"}}}));

}  // namespace
}  // namespace linkfab::fabric
