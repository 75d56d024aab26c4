#include "fabric/names.hpp"
#include "fabric/reconciler.hpp"

// The part of a step that is the qdiscs'.
namespace linkfab::fabric {

void Reconciler::shape(const Jobs& jobs) {
  std::map<std::string, HostDevices::Shaping> devices;
  for (const auto& job : jobs)
    if (job.work.netem || !job.work.inner.empty())
      devices.emplace(job.device, HostDevices::Shaping{job.work.netem, job.work.inner});
  if (devices.empty()) return;
  const auto failures = devices_.shape(devices);
  for (const auto& job : jobs) {
    if (!devices.contains(job.device)) continue;
    fail(job, failures);
    if (!failures.contains(job.device)) check_shape(job);
  }
}

void Reconciler::check_shape(const Job& job) {
  const auto held = observed(job.device);
  if (job.work.netem && !(held.netem && matches(*job.work.netem, *held.netem))) {
    const bool without_seed = held.netem && job.work.netem->seed && !held.netem->seed;
    fail(job.endpoint, {Errc::unsupported, "set netem on " + job.device,
                        without_seed ? "this kernel's netem has no seed, Linux from 6.6 on does; "
                                       "take it away with seed=none"
                                     : "the kernel accepted it but holds other values"});
    return;
  }
  if (lingers(*job.wanted, held)) {
    linger(job.endpoint);
  } else if (!plan_inner(job.wanted->inner, held.inner).empty()) {
    fail(job.endpoint, {Errc::unsupported, "set classes or a queue on " + job.device,
                        "the kernel accepted it but holds other values"});
  }
}

}  // namespace linkfab::fabric
