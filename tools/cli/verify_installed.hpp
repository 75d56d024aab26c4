// What the kernel holds for the directions that are verified, against what is requested.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "measure/judge_traffic.hpp"
#include "netem/device.hpp"
#include "netem/inner.hpp"
#include "netem/qdisc.hpp"
#include "tools/cli/verify_subjects.hpp"

namespace linkfab::cli {

// The devices and root qdiscs of this host, at one moment.
struct HostSnapshot {
  std::chrono::steady_clock::time_point time;
  std::map<std::string, netem::Device> devices;
  std::map<netem::IfIndex, netem::Qdisc> qdiscs;
  std::map<netem::IfIndex, netem::InnerSeen> inner;  // below a root of ours

  // What passed a direction since an earlier one.
  [[nodiscard]] measure::Traffic traffic(const Subject& subject, const HostSnapshot& before) const;

 private:
  [[nodiscard]] measure::Traffic traffic(const Subject& subject) const;
};
[[nodiscard]] Result<HostSnapshot> observe_host();

// What is not as requested, each in words; empty: all is. Enters the sender's namespace.
[[nodiscard]] std::vector<std::string> check_installed(const Subject& subject,
                                                       const HostSnapshot& host);

}  // namespace linkfab::cli
