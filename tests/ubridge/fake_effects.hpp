// Effects that only write down what they were asked for, and fail where a test says so.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ubridge/effects.hpp"

namespace linkfab::ubridge::test {

class FakeEffects : public Effects {
 public:
  std::vector<std::string> calls;
  std::map<std::string, Error> failures;  // by the first word of the call
  std::set<std::string> devices;
  bool checksums_off = true;
  NioStatistics counters{.packets_in = 5, .bytes_in = 90, .packets_out = 15, .bytes_out = 410};

  void fail(const std::string& call, std::string cause = "no", Errc code = Errc::failed) {
    failures[call] = {code, "try", std::move(cause)};
  }
  std::vector<std::string> take_calls() { return std::exchange(calls, {}); }

  Result<void> open(const std::string& bridge, Slot slot, const Nio& nio) override {
    return call("open", "{} {} {} {}", bridge, format(slot), kind(nio), format(nio));
  }
  Result<void> close(const std::string& bridge, Slot slot) override {
    return call("close", "{} {}", bridge, format(slot));
  }
  Result<void> join(const std::string& bridge) override { return call("join", "{}", bridge); }
  Result<void> separate(const std::string& bridge) override {
    return call("separate", "{}", bridge);
  }
  Result<void> renamed(const std::string& from, const std::string& to) override {
    return call("renamed", "{} {}", from, to);
  }
  Result<void> set_filters(const std::string& bridge, const std::vector<Filter>& list) override {
    return call("set_filters", "{} [{}]", bridge, names(list));
  }
  Result<void> start_capture(const std::string& bridge, const Capture& capture) override {
    return call("start_capture", "{} {} {}", bridge, capture.file, capture.link_type.number);
  }
  Result<void> stop_capture(const std::string& bridge) override {
    return call("stop_capture", "{}", bridge);
  }
  Result<NioStatistics> statistics(const std::string& bridge, Slot slot) override {
    const auto done = call("statistics", "{} {}", bridge, format(slot));
    if (!done) return std::unexpected(done.error());
    return counters;
  }
  Result<void> reset_statistics(const std::string& bridge) override {
    return call("reset_statistics", "{}", bridge);
  }
  Result<void> set_pcap_filter(const std::string& bridge, Slot slot,
                               const std::optional<std::string>& expression) override {
    return call("set_pcap_filter", "{} {} {}", bridge, format(slot), expression.value_or("none"));
  }

  bool has_device(const std::string& device) override { return devices.contains(device); }
  Result<bool> create_veth(const std::string& first, const std::string& second) override {
    const auto done = call("create_veth", "{} {}", first, second);
    if (!done) return std::unexpected(done.error());
    return checksums_off;
  }
  Result<void> delete_veth(const std::string& device) override {
    return call("delete_veth", "{}", device);
  }
  Result<void> move_to_namespace(const std::string& device, int pid,
                                 const std::string& name) override {
    return call("move_to_namespace", "{} {} {}", device, pid, name);
  }
  Result<void> set_mac_address(const std::string& device, const std::string& address) override {
    return call("set_mac_address", "{} {}", device, address);
  }
  Result<void> add_to_linux_bridge(const std::string& bridge, const std::string& device) override {
    return call("add_to_linux_bridge", "{} {}", bridge, device);
  }
  Result<void> set_up(const std::string& device) override { return call("set_up", "{}", device); }

  Result<void> create_iol(const std::string& bridge, int id) override {
    return call("create_iol", "{} {}", bridge, id);
  }
  Result<void> delete_iol(const std::string& bridge) override {
    return call("delete_iol", "{}", bridge);
  }
  Result<void> start_iol(const std::string& bridge) override {
    return call("start_iol", "{}", bridge);
  }
  Result<void> stop_iol(const std::string& bridge) override {
    return call("stop_iol", "{}", bridge);
  }
  Result<void> renamed_iol(const std::string& from, const std::string& to) override {
    return call("renamed_iol", "{} {}", from, to);
  }
  Result<void> open_iol(const std::string& bridge, IolPort port, const IolEnd& end) override {
    return call("open_iol", "{} {} {} {}", bridge, format(port), end.iol_id, format(Nio(end.nio)));
  }
  Result<void> close_iol(const std::string& bridge, IolPort port) override {
    return call("close_iol", "{} {}", bridge, format(port));
  }
  Result<void> set_iol_filters(const std::string& bridge, IolPort port,
                               const std::vector<Filter>& list) override {
    return call("set_iol_filters", "{} {} [{}]", bridge, format(port), names(list));
  }
  Result<void> start_iol_capture(const std::string& bridge, IolPort port,
                                 const Capture& capture) override {
    return call("start_iol_capture", "{} {} {} {}", bridge, format(port), capture.file,
                capture.link_type.number);
  }
  Result<void> stop_iol_capture(const std::string& bridge, IolPort port) override {
    return call("stop_iol_capture", "{} {}", bridge, format(port));
  }
  Result<NioStatistics> iol_statistics(const std::string& bridge, IolPort port) override {
    const auto done = call("iol_statistics", "{} {}", bridge, format(port));
    if (!done) return std::unexpected(done.error());
    return counters;
  }
  Result<void> reset_iol_statistics(const std::string& bridge) override {
    return call("reset_iol_statistics", "{}", bridge);
  }

 private:
  template <class... Arguments>
  Result<void> call(const std::string& name, fmt::format_string<Arguments...> format,
                    Arguments&&... arguments) {
    calls.push_back(name + " " + fmt::format(format, std::forward<Arguments>(arguments)...));
    const auto failed = failures.find(name);
    if (failed != failures.end()) return std::unexpected(failed->second);
    return {};
  }

  static std::string names(const std::vector<Filter>& filters) {
    std::vector<std::string> all;
    all.reserve(filters.size());
    for (const Filter& filter : filters) all.push_back(filter.name);
    return fmt::format("{}", fmt::join(all, " "));
  }
};

}  // namespace linkfab::ubridge::test
