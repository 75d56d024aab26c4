// The compiled programs with their maps, loaded into the kernel.
//
// They live on without this object while a filter holds them.
#pragma once

#include <cstdint>
#include <memory>

#include "core/result.hpp"
#include "gateway/filters.hpp"
#include "gateway/kernel_plan.hpp"

struct bpf_object;
struct bpf_map;

namespace linkfab::gateway {

struct Counters {
  std::uint64_t in_frames = 0, in_bytes = 0;    // into the fabric
  std::uint64_t out_frames = 0, out_bytes = 0;  // out of the fabric
  std::uint64_t declined = 0;                   // out of it, but left to the relay, or no frame
  bool operator==(const Counters&) const = default;
};

class KernelObject {
 public:
  // `former_program`, when not 0, is one of an earlier process: its counters go on.
  [[nodiscard]] static Result<KernelObject> load(std::uint32_t former_program = 0);

  [[nodiscard]] int program(Role role) const;
  [[nodiscard]] std::uint32_t program_id(Role role) const;
  // The maps become what the plan says, entry by entry: what stays is never away.
  [[nodiscard]] Result<void> fill(const KernelPlan& plan) const;
  // Takes out what fill() left of former plans; after the filters that need it are gone.
  void forget(const KernelPlan& plan) const;
  [[nodiscard]] Counters counters(std::uint32_t outer) const;

 private:
  struct Close {
    void operator()(bpf_object* object) const;
  };
  explicit KernelObject(bpf_object* object) : object_(object) {}
  [[nodiscard]] int map(const char* name) const;

  std::unique_ptr<bpf_object, Close> object_;
};

}  // namespace linkfab::gateway
