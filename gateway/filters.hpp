// An instance's classifiers at the ingress of devices, in the namespace that the caller has
// entered.
//
// Ours is what has the instance's handle, our priority and a program named lf_…; all else is
// somebody's. Replacing is one step: every frame meets the old program or the new one. Source:
// tc-bpf(8), libbpf's bpf_tc_*.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "gateway/former.hpp"

namespace linkfab::gateway {

enum class Role : std::uint8_t { datagrams, frames };

class Filters {
 public:
  explicit Filters(const std::string& instance);

  // The kernel's number of our program there; 0: none of ours.
  [[nodiscard]] std::uint32_t find(std::uint32_t device, Role role) const;
  [[nodiscard]] Result<void> attach(std::uint32_t device, Role role, int program,
                                    Former& former) const;
  // With the clsact, where it was made for us and nobody else uses it. A device that is gone is no
  // error.
  [[nodiscard]] Result<void> detach(std::uint32_t device, Role role, Former& former) const;

 private:
  std::uint32_t handle_;
};

}  // namespace linkfab::gateway
