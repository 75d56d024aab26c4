#include "gateway/filters.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <string_view>

#include "core/fd.hpp"
#include "gateway/netlink.hpp"

namespace linkfab::gateway {
namespace {

// Tunnels come before a patch on the same device.
std::uint32_t priority(Role role) {
  return role == Role::datagrams ? 0xfab0 : 0xfab1;
}

bpf_tc_hook ingress(std::uint32_t device) {
  bpf_tc_hook hook{};
  hook.sz = sizeof hook;
  hook.ifindex = static_cast<int>(device);
  hook.attach_point = BPF_TC_INGRESS;
  return hook;
}

bpf_tc_opts options(std::uint32_t handle, Role role) {
  bpf_tc_opts opts{};
  opts.sz = sizeof opts;
  opts.handle = handle;
  opts.priority = priority(role);
  return opts;
}

bool is_ours(std::uint32_t program) {
  const Fd fd{::bpf_prog_get_fd_by_id(program)};
  bpf_prog_info info{};
  __u32 size = sizeof info;
  return fd && ::bpf_obj_get_info_by_fd(fd.get(), &info, &size) == 0 &&
         std::string_view{info.name}.starts_with("lf_");
}

std::string at(std::uint32_t device) {
  return "the ingress of device " + std::to_string(device);
}

}  // namespace

// FNV-1a: the same for every process and version.
Filters::Filters(const std::string& instance) : handle_(2166136261U) {
  for (const char letter : instance)
    handle_ = (handle_ ^ static_cast<unsigned char>(letter)) * 16777619U;
  if (handle_ == 0) handle_ = 1;
}

std::uint32_t Filters::find(std::uint32_t device, Role role) const {
  const bpf_tc_hook hook = ingress(device);
  bpf_tc_opts opts = options(handle_, role);
  if (::bpf_tc_query(&hook, &opts) != 0 || !is_ours(opts.prog_id)) return 0;
  return opts.prog_id;
}

Result<void> Filters::attach(std::uint32_t device, Role role, int program, Former& former) const {
  bpf_tc_hook hook = ingress(device);
  const int made = ::bpf_tc_hook_create(&hook);
  if (made == 0 || (made == -EEXIST && former.have_made_clsact(device)))
    former.made_clsact(device);
  else if (made != -EEXIST)
    return std::unexpected(system_error("make " + at(device), -made));

  bpf_tc_opts there = options(handle_, role);
  if (::bpf_tc_query(&hook, &there) == 0 && !is_ours(there.prog_id))
    return failure(Errc::conflict, "attach to " + at(device),
                   "a filter that is not ours has our place");
  bpf_tc_opts opts = options(handle_, role);
  opts.prog_fd = program;
  opts.flags = BPF_TC_F_REPLACE;
  if (const int error = ::bpf_tc_attach(&hook, &opts); error != 0)
    return std::unexpected(system_error("attach to " + at(device), -error));
  return {};
}

Result<void> Filters::detach(std::uint32_t device, Role role, Former& former) const {
  bpf_tc_hook hook = ingress(device);
  if (find(device, role) != 0) {
    const bpf_tc_opts opts = options(handle_, role);
    if (const int error = ::bpf_tc_detach(&hook, &opts); error != 0 && error != -ENODEV)
      return std::unexpected(system_error("detach from " + at(device), -error));
  }
  if (!former.have_made_clsact(device)) return {};
  const auto used = has_filters(device);
  if (used && *used) return {};  // of our other role, or somebody's
  if (!former.forget_clsact(device) || !used) return {};
  hook.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
  if (const int error = ::bpf_tc_hook_destroy(&hook); error != 0 && error != -ENODEV)
    return std::unexpected(system_error("remove " + at(device), -error));
  return {};
}

}  // namespace linkfab::gateway
