// The kernel's part of the gateways: tc eBPF, no process in the path. The process that set it up
// may die, and frames go on; the next one of the same instance takes over without losing one.
//
// Works on the network namespace that the calling thread has entered, with paths of its own for
// each. Needs Linux 5.14, CAP_NET_ADMIN and CAP_BPF.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/result.hpp"
#include "gateway/kernel_object.hpp"
#include "gateway/path.hpp"

namespace linkfab::gateway {

class Programs {
 public:
  // `state_directory` keeps what the host was before, over processes but not over a boot: it
  // belongs under /run. All instances share it. Errc::unsupported or denied where this kernel
  // cannot, or this process must not.
  [[nodiscard]] static Result<Programs> load(std::string instance, std::string state_directory);

  // Makes the namespace carry frames exactly along `wanted`, the whole of it, by outer end:
  // attaches, changes, and takes away, also what an earlier process left. Failures by outer end;
  // under "" those of the namespace. Routes and MTUs are looked at now: call again when they
  // change.
  [[nodiscard]] std::map<std::string, Error> apply(const std::map<std::string, Path>& wanted);

  // Of the namespace's last apply(): frames up to this length leave its tunnels by the kernel, 0:
  // none. It is what the relay's ports are given as `longer_than`.
  [[nodiscard]] std::map<std::string, std::uint32_t> longest() const;
  [[nodiscard]] std::map<std::string, Counters> counters() const;

 private:
  struct Namespace {
    KernelObject object;
    Former former;
    std::set<std::pair<std::uint32_t, Role>> attached;
    KernelPlan plan;
  };
  Programs(std::string instance, std::string state_directory)
      : instance_(instance), state_directory_(std::move(state_directory)), filters_(instance) {}

  [[nodiscard]] Result<Namespace> adopt(std::uint64_t netns) const;
  [[nodiscard]] Result<void> prepare(Namespace& space, const KernelPlan& plan);
  [[nodiscard]] std::map<std::string, Error> attach(Namespace& space, const KernelPlan& plan);
  [[nodiscard]] Result<void> detach(Namespace& space, const KernelPlan& plan);
  [[nodiscard]] const Namespace* here() const;

  std::string instance_, state_directory_;
  Filters filters_;
  std::map<std::uint64_t, Namespace> namespaces_;
};

}  // namespace linkfab::gateway
