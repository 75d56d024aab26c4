#include "fabric/container_plan.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "containers/init_protocol.hpp"
#include "core/suggest.hpp"
#include "core/units.hpp"
#include "fabric/names.hpp"

namespace linkfab::fabric {
namespace {

using containers::Container;
using containers::ContainerSpec;
using containers::ContainerState;

Result<std::uint64_t> parse_memory(const std::string& text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  constexpr std::string_view units = "bkmg";
  const auto power = unit.empty() ? 0 : units.find(unit.front());
  constexpr std::uint64_t most = std::uint64_t{1} << 50;  // a pebibyte
  if (error != std::errc{} || unit.size() > 1 || power == std::string_view::npos ||
      number > most >> (10 * power))
    return failure(Errc::invalid, fmt::format("read memory '{}'", text),
                   "write for example 256m or 1g");
  return number << (10 * power);
}

Result<double> parse_cpus(const std::string& text) {
  double number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || !std::isfinite(number) || number <= 0)
    return failure(Errc::invalid, fmt::format("read cpus '{}'", text), "write for example 0.5");
  return number;
}

Result<void> apply_option(ContainerSpec& spec, const std::string& key, const std::string& value) {
  if (key == "privileged") {
    const auto yes = parse_bool(value);
    if (!yes) return std::unexpected(yes.error());
    spec.privileged = *yes;
  } else if (key == "memory") {
    const auto memory = parse_memory(value);
    if (!memory) return std::unexpected(memory.error());
    spec.memory = *memory;
  } else if (key == "cpus") {
    const auto cpus = parse_cpus(value);
    if (!cpus) return std::unexpected(cpus.error());
    spec.cpus = *cpus;
  } else if (key == "user") {
    spec.user = value;
  } else if (key == "hostname") {
    spec.hostname = value;
  } else if (key == "workdir") {
    spec.working_directory = value;
  } else if (key == "capabilities") {
    std::istringstream names(value);
    for (std::string name; std::getline(names, name, ',');) spec.capabilities.push_back(name);
  } else {
    return failure(Errc::invalid, fmt::format("read option '{}'", key),
                   "known are privileged, memory, cpus, user, hostname, workdir and capabilities");
  }
  return {};
}

std::string spec_hash(const ContainerSpec& spec, const Node& node) {
  return fmt::format(
      "{:016x}",
      stable_hash(fmt::format("{}\n{}\n{}\n{}\n{}\n{}", spec.image, fmt::join(node.command, "\x1f"),
                              fmt::join(spec.environment, "\x1f"), fmt::join(spec.binds, "\x1f"),
                              fmt::join(spec.sysctls, "\x1f"), fmt::join(node.options, "\x1f"))));
}

bool is_running(ContainerState state) {
  return state == ContainerState::running || state == ContainerState::restarting;
}

}  // namespace

Result<ContainerSpec> container_spec(const Paths& paths, const std::string& name,
                                     const Node& node) {
  ContainerSpec spec{.name = fmt::format("{}-{}", paths.instance, name),
                     .image = node.image,
                     .environment = node.environment,
                     .binds = node.binds,
                     .sysctls = node.sysctls,
                     .capabilities = {"NET_ADMIN", "NET_RAW"},
                     .hostname = name};
  for (const auto& [key, value] : node.options) {
    if (auto applied = apply_option(spec, key, value); !applied) {
      Error error = applied.error();
      error.attempt = fmt::format("option {}: {}", key, error.attempt);
      return std::unexpected(std::move(error));
    }
  }
  spec.binds.push_back(fmt::format("{}:{}:ro", paths.node_dir(name), containers::init_directory));
  // Without a network of its own the engine switches IPv6 off in the container.
  if (std::filesystem::exists("/proc/sys/net/ipv6"))
    spec.sysctls.try_emplace("net.ipv6.conf.all.disable_ipv6", "0");
  spec.labels = {{instance_label, paths.instance}, {node_label, name}};
  spec.labels.emplace(spec_label, spec_hash(spec, node));
  return spec;
}

ContainerSpec complete_spec(ContainerSpec spec, const Node& node, const containers::Image& image) {
  spec.entrypoint = {containers::init_program, "--interfaces", containers::init_interfaces, "--"};
  if (node.command.empty()) {
    spec.terminal = true;
    spec.command = image.entrypoint;
    spec.command.insert(spec.command.end(), image.command.begin(), image.command.end());
  } else {
    spec.command = node.command;
  }
  return spec;
}

ContainerStep next_step(const ContainerSituation& it) {
  using enum ContainerStep;
  // One without our label is somebody else's, whatever became of the node.
  if (it.observed && !it.observed->labels.contains(instance_label)) return none;
  if (!it.wanted) return it.observed ? remove : none;
  if (!it.observed) return it.wanted->state == NodeState::stopped ? none : create;
  const auto& labels = it.observed->labels;
  const auto label = labels.find(spec_label);
  if (label == labels.end() || label->second != it.wanted_spec) return remove;
  const auto state = it.observed->state;
  if (state == ContainerState::dead) return remove;
  if (it.wanted->state == NodeState::stopped)
    return is_running(state) || state == ContainerState::paused ? stop : none;
  if (it.restart_asked && (is_running(state) || state == ContainerState::paused)) return restart;
  if (state == ContainerState::created) return start;
  if (state == ContainerState::exited) return it.start_allowed || it.restart_asked ? start : none;
  if (it.wanted->state == NodeState::paused) return is_running(state) ? pause : none;
  return state == ContainerState::paused ? unpause : none;
}

NodeStatus container_status(const Container& container) {
  NodeStatus status{.container = container.id};
  switch (container.state) {
    case ContainerState::running:
      status.state = NodeStatus::State::running;
      status.pid = container.pid;
      break;
    case ContainerState::paused:
      status.state = NodeStatus::State::paused;
      status.pid = container.pid;
      break;
    case ContainerState::restarting:
      status.state = NodeStatus::State::starting;
      break;
    default:
      status.state = NodeStatus::State::stopped;
      if (!container.error.empty()) {
        status.error = container.error;
      } else if (container.state == ContainerState::exited) {
        status.error =
            fmt::format("it ended by itself with status {}; `linkfab restart` starts it again",
                        container.exit_code);
      }
  }
  return status;
}

}  // namespace linkfab::fabric
