#include "fabric/machine.hpp"

#include <fmt/ranges.h>
#include <gmock/gmock.h>

namespace linkfab::fabric {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const MachinePlace place{.directory = "/run/linkfab/nodes/m",
                         .console_program = "linkfab-console",
                         .mac_of = [](const Endpoint&) { return "02:00:00:00:00:07"; }};

Node vpcs() {
  Node node{.kind = NodeKind::vpcs};
  node.interfaces["eth0"] = {.mac = "00:50:79:66:68:1f",
                             .addresses = {"10.0.0.1/24", "2001:db8::1/64"}};
  node.routes = {{.destination = "0.0.0.0/0", .via = "10.0.0.254", .dev = {}}};
  return node;
}

Node qemu() {
  return {.kind = NodeKind::qemu,
          .image = "/vm/disk.qcow2",
          .command = {"-rtc", "base=utc"},
          .options = {{"memory", "1G"}, {"cpus", "2"}},
          .interfaces = {{"eth0", {}}, {"eth1", {.mac = "02:00:00:00:00:01"}}}};
}

std::string command(const Node& node) {
  return fmt::format("{}", fmt::join(plan_machine("m", node, place).node.command, " "));
}

TEST(Machine, AVirtualPcStartsWithItsAddresses) {
  EXPECT_THAT(machine_problems(vpcs()), IsEmpty());
  const auto plan = plan_machine("m", vpcs(), place);
  EXPECT_EQ(plan.node.kind, NodeKind::netns);
  EXPECT_EQ(plan.program, "vpcs");
  EXPECT_EQ(plan.script, "ip 10.0.0.1/24 10.0.0.254\nip 2001:db8::1/64\n");
  EXPECT_EQ(command(vpcs()),
            "linkfab-console /run/linkfab/nodes/m/console vpcs -i 1 -m 31 -s 20000 -c 30000 -t "
            "127.0.0.1 /run/linkfab/nodes/m/startup.vpc");
}

TEST(Machine, OtherAddressesAreAnotherCommand) {
  auto other = vpcs();
  other.interfaces["eth0"].addresses = {"10.0.0.2/24"};
  EXPECT_NE(plan_machine("m", vpcs(), place).node.environment,
            plan_machine("m", other, place).node.environment);
}

TEST(Machine, AVirtualMachineHasItsDiskAndItsCards) {
  EXPECT_THAT(machine_problems(qemu()), IsEmpty());
  const auto line = command(qemu());
  EXPECT_THAT(line, HasSubstr("console qemu-system-x86_64 -name m "));
  EXPECT_THAT(line, HasSubstr("-serial stdio -m 1G -smp 2 -accel kvm -accel tcg"));
  EXPECT_THAT(line, HasSubstr("-drive file=/vm/disk.qcow2,if=virtio,snapshot=on"));
  EXPECT_THAT(line,
              HasSubstr("-netdev socket,id=net0,udp=127.0.0.1:30000,localaddr=127.0.0.1:20000 "
                        "-device virtio-net-pci,netdev=net0,mac=02:00:00:00:00:07"));
  EXPECT_THAT(line, HasSubstr("udp=127.0.0.1:30001,localaddr=127.0.0.1:20001"));
  EXPECT_THAT(line, HasSubstr("netdev=net1,mac=02:00:00:00:00:01 -rtc base=utc"));
}

TEST(Machine, ADiskIsWrittenOnlyWhereThatIsSaid) {
  auto node = qemu();
  node.options["writable"] = "yes";
  EXPECT_THAT(command(node), HasSubstr("snapshot=off"));
}

TEST(Machine, AFilesNameIsNoFurtherProperty) {
  auto node = qemu();
  node.image = "/vm/a,readonly=on";
  EXPECT_THAT(command(node), HasSubstr("file=/vm/a,,readonly=on,if=virtio"));
}

TEST(Machine, TheProgramKeepsRightsOnlyWhereThatIsSaid) {
  using File = std::pair<std::string, bool>;
  auto node = qemu();
  node.options["kernel"] = "/k";
  auto plan = plan_machine("m", node, place);
  EXPECT_FALSE(plan.privileged);
  EXPECT_THAT(plan.files, ElementsAre(File{"/vm/disk.qcow2", false}, File{"/k", false}));
  node.options["privileged"] = node.options["writable"] = "yes";
  plan = plan_machine("m", node, place);
  EXPECT_TRUE(plan.privileged);
  EXPECT_EQ(plan.files.front(), File("/vm/disk.qcow2", true));
  EXPECT_THAT(command(node), HasSubstr("linkfab-console --privileged /run/"));
}

TEST(Machine, AKernelIsBootedWithWhatBelongsToIt) {
  const Node node{
      .kind = NodeKind::qemu,
      .options = {
          {"kernel", "/k"}, {"initrd", "/i"}, {"append", "console=ttyS0 quiet"}, {"accel", "tcg"}}};
  EXPECT_THAT(machine_problems(node), IsEmpty());
  EXPECT_THAT(plan_machine("m", node, place).node.command, Contains("console=ttyS0 quiet"));
  EXPECT_THAT(command(node), HasSubstr("-kernel /k -initrd /i -append"));
}

TEST(Machine, InterfacesAreCardsInTheOrderOfTheirNumbers) {
  auto node = qemu();
  node.interfaces = {{"eth10", {}}, {"eth2", {}}, {"eth1", {}}};
  add_machine_gateways(node);
  EXPECT_EQ(node.interfaces.at("eth1").gateway,
            Gateway(UdpGateway{.local = "127.0.0.1:30000", .remote = "127.0.0.1:20000"}));
  EXPECT_EQ(node.interfaces.at("eth2").gateway,
            Gateway(UdpGateway{.local = "127.0.0.1:30001", .remote = "127.0.0.1:20001"}));
  EXPECT_EQ(node.interfaces.at("eth10").gateway,
            Gateway(UdpGateway{.local = "127.0.0.1:30002", .remote = "127.0.0.1:20002"}));
}

TEST(Machine, OtherKindsHaveNeitherGatewaysNorProblems) {
  Node node;
  node.interfaces["eth0"];
  add_machine_gateways(node);
  EXPECT_FALSE(node.interfaces.at("eth0").gateway);
  EXPECT_THAT(machine_problems(node), IsEmpty());
}

TEST(Machine, WhatAVirtualPcCannotBeIsSaid) {
  auto node = vpcs();
  node.interfaces["eth0"] = {.mac = "02:00:00:00:00:01",
                             .addresses = {"10.0.0.1/24", "10.0.0.2/24"}};
  node.interfaces["eth1"];
  node.options["memory"] = "1G";
  node.routes = {{.destination = "10.0.0.0/8", .via = "10.0.0.9", .dev = {}}};
  EXPECT_THAT(machine_problems(node),
              ElementsAre(HasSubstr("one interface"), HasSubstr("no options"),
                          HasSubstr("00:50:79:66:68:00"), HasSubstr("one IPv4 address"),
                          HasSubstr("default route only")));
}

TEST(Machine, WhatAVirtualMachineCannotBeIsSaid) {
  Node node{.kind = NodeKind::qemu,
            .options = {{"arch", "x/../../sh"},
                        {"memroy", "1G"},
                        {"initrd", "/i"},
                        {"privileged", "root"},
                        {"writable", "true"}}};
  node.interfaces["eth0"].addresses = {"10.0.0.1/24"};
  EXPECT_THAT(
      machine_problems(node),
      ElementsAre(HasSubstr("arch is the end"), HasSubstr("no option memroy; did you mean"),
                  HasSubstr("privileged is yes or no"), HasSubstr("writable is yes or no"),
                  HasSubstr("go with the option kernel"), HasSubstr("sets its addresses itself")));
}

TEST(Machine, VirtualPcsHaveAddressesOfTheirOwn) {
  Topology topology;
  for (int i = 0; i < 200; ++i) {
    auto& node = topology.nodes["pc" + std::to_string(i)];
    node.kind = NodeKind::vpcs;
    node.interfaces["eth0"];
  }
  topology.nodes["pc7"].interfaces["eth0"].mac = "00:50:79:66:68:01";
  choose_vpcs_macs(topology);
  std::set<std::string> macs;
  for (const auto& [name, node] : topology.nodes) macs.insert(*node.interfaces.at("eth0").mac);
  EXPECT_EQ(macs.size(), 200U);
  EXPECT_EQ(topology.nodes["pc7"].interfaces["eth0"].mac, "00:50:79:66:68:01");
}

}  // namespace
}  // namespace linkfab::fabric
