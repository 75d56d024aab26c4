#include "tests/kernel/lab.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <json/reader.h>

namespace linkfab::test {
namespace {

constexpr const char* program = LINKFAB_BIN_DIR "/linkfab";

Json::Value named(const Json::Value& list, const std::string& name) {
  for (const auto& item : list)
    if (item["name"].asString() == name) return item;
  throw std::runtime_error("nothing is called " + name);
}

}  // namespace

Outcome Lab::linkfab(const std::string& arguments, std::chrono::seconds limit) const {
  return run(std::string(program) + " " + arguments, limit);
}

Json::Value Lab::json(const std::string& arguments) const {
  const auto text = output_of(std::string(program) + " " + arguments + " --json");
  const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
  Json::Value value;
  std::string errors;
  if (!reader->parse(text.data(), text.data() + text.size(), &value, &errors))
    throw std::runtime_error("linkfab " + arguments + ": " + errors);
  return value;
}

std::string Lab::write(const std::string& topology) const {
  std::ofstream(file("lab.json")) << topology;
  return file("lab.json");
}

Outcome Lab::up(const std::string& topology) const {
  return up_file(write(topology));
}

std::string Lab::inside(const std::string& node, const std::string& command) {
  return "nsenter --net=" + netns(node) + " " + command;
}

bool Lab::pings(const std::string& node, const std::string& address, int count) {
  const auto wanted = std::to_string(count);
  return run(inside(node, "ping -n -q -i 0.05 -W 1 -c " + wanted + " " + address)).status == 0;
}

double Lab::round_trip(const std::string& node, const std::string& address, int count) {
  const auto text = output_of(
      inside(node, "ping -n -q -i 0.05 -W 2 -c " + std::to_string(count) + " " + address));
  const double time = average(text);
  if (time == 0) throw std::runtime_error(text);
  return time;
}

double Lab::average(const std::string& ping) {
  const auto values = ping.find("= ");  // "rtt min/avg/max/mdev = 40.1/40.2/40.4/0.1 ms"
  return values == std::string::npos ? 0 : std::atof(ping.c_str() + ping.find('/', values) + 1);
}

Json::Value Lab::node(const std::string& name) const {
  return named(json("ps")["nodes"], name);
}

Json::Value Lab::link(const std::string& name) const {
  return named(json("links --no-stats")["links"], name);
}

std::string Lab::device(const std::string& node_name, const std::string& interface) const {
  auto& known = devices_[node_name + ":" + interface];
  if (known.empty()) known = named(node(node_name)["interfaces"], interface)["device"].asString();
  return known;
}

std::string Lab::qdisc(const std::string& device) {
  return output_of("tc -d qdisc show dev " + device);
}

bool Lab::carrier(const std::string& node, const std::string& interface) {
  return contains(output_of(inside(node, "ip -o link show " + interface)), "LOWER_UP");
}

bool Lab::private_switch() {
  return std::filesystem::exists("/run/linkfab/ovs/db.sock");
}

std::string Lab::switch_dir() {
  return private_switch() ? "/run/linkfab/ovs" : "/run/openvswitch";
}

std::string Lab::ofctl(const std::string& command, const std::string& more) {
  return output_of("ovs-ofctl -O OpenFlow14 " + command + " unix:" + switch_dir() +
                   "/linkfab.mgmt " + more);
}

std::string Lab::vsctl(const std::string& arguments) {
  return output_of("ovs-vsctl --timeout=10 --db=unix:" + switch_dir() + "/db.sock " + arguments);
}

bool Lab::in_guest() {
  const char* lab = std::getenv("LAB");
  return lab != nullptr && std::string_view(lab) == "guest";
}

pid_t Lab::agent() {
  // The oldest: it forks to start others.
  return std::atoi(run("pgrep -o -x linkfabd").out.c_str());
}

std::string Lab::log() {
  std::ifstream file("/run/linkfab/linkfabd.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace linkfab::test
