#include "gateway/kernel_object.hpp"

#include <array>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <string_view>
#include <thread>
#include <vector>

#include "core/fd.hpp"
#include "gateway/bpf/object.hpp"

namespace linkfab::gateway {
namespace {

constexpr const char* loading = "load the gateway's programs";
constexpr const char* counters_map = "lf_counters";

int say_nothing(libbpf_print_level, const char*, va_list) {
  return 0;
}

Error load_error(int number) {
  if (number == EPERM || number == EACCES)
    return {Errc::denied, loading, "this process lacks CAP_BPF or CAP_NET_ADMIN, or is refused"};
  if (number == ENOSYS || number == EINVAL || number == EOPNOTSUPP)
    return {Errc::unsupported, loading, "this kernel has no BPF, or none that does what is needed"};
  return system_error(loading, number);
}

// The counters of another process's program, as a descriptor.
Fd counters_of(std::uint32_t program) {
  const Fd fd{::bpf_prog_get_fd_by_id(program)};
  std::array<__u32, 16> maps{};
  bpf_prog_info info{};
  info.nr_map_ids = maps.size();
  info.map_ids = reinterpret_cast<std::uintptr_t>(maps.data());
  __u32 size = sizeof info;
  if (!fd || ::bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) return {};
  for (__u32 i = 0; i < info.nr_map_ids && i < maps.size(); ++i) {
    Fd map{::bpf_map_get_fd_by_id(maps[i])};
    bpf_map_info about{};
    size = sizeof about;
    if (map && ::bpf_obj_get_info_by_fd(map.get(), &about, &size) == 0 &&
        std::string_view{about.name} == counters_map && about.value_size == sizeof(lf_counts))
      return map;
  }
  return {};
}

template <class Key>
std::vector<Key> keys_of(int map) {
  std::vector<Key> keys;
  Key key{};
  const Key* last = nullptr;
  while (::bpf_map_get_next_key(map, last, &key) == 0) {
    keys.push_back(key);
    last = &keys.back();
  }
  return keys;
}

template <class Wanted, class Key = typename Wanted::key_type>
void forget_others(int map, const Wanted& wanted) {
  for (const Key& key : keys_of<Key>(map)) {
    if (!wanted.contains(key)) (void)::bpf_map_delete_elem(map, &key);
  }
}

// Elements come from a small stock that the kernel fills up behind our back: after some it is empty
// for a moment, above all where there is one processor.
int update(int map, const void* key, const void* value, std::uint64_t flags) {
  constexpr int most_tries = 200;
  constexpr std::chrono::milliseconds pause{1};
  for (int tries = 1;; ++tries) {
    const int done = ::bpf_map_update_elem(map, key, value, flags);
    if (done == 0 || errno != ENOMEM || tries == most_tries) return done;
    std::this_thread::sleep_for(pause);
  }
}

template <class Wanted>
Result<void> fill_map(int map, const Wanted& wanted) {
  for (const auto& [key, value] : wanted)
    if (update(map, &key, &value, BPF_ANY) != 0)
      return system_failure("tell the kernel a gateway's path");
  return {};
}

std::set<std::uint32_t> indices(const KernelPlan& plan) {
  std::set<std::uint32_t> found;
  for (const auto& [name, index] : plan.outers) found.insert(index);
  return found;
}

}  // namespace

void KernelObject::Close::operator()(bpf_object* object) const {
  ::bpf_object__close(object);
}

Result<KernelObject> KernelObject::load(std::uint32_t former_program) {
  ::libbpf_set_print(say_nothing);
  bpf_object_open_opts opts{};
  opts.sz = sizeof opts;
  opts.object_name = "linkfab";
  bpf_object* opened = ::bpf_object__open_mem(compiled_programs, compiled_programs_size, &opts);
  if (opened == nullptr) return std::unexpected(load_error(errno));
  KernelObject object{opened};
  for (const char* name : {"lf_datagrams", "lf_frames"})
    ::bpf_program__set_type(::bpf_object__find_program_by_name(opened, name),
                            BPF_PROG_TYPE_SCHED_CLS);
  if (const Fd counters = former_program == 0 ? Fd{} : counters_of(former_program))
    (void)::bpf_map__reuse_fd(::bpf_object__find_map_by_name(opened, counters_map), counters.get());
  if (const int error = ::bpf_object__load(opened); error != 0)
    return std::unexpected(load_error(-error));
  return object;
}

int KernelObject::program(Role role) const {
  const char* name = role == Role::datagrams ? "lf_datagrams" : "lf_frames";
  return ::bpf_program__fd(::bpf_object__find_program_by_name(object_.get(), name));
}

std::uint32_t KernelObject::program_id(Role role) const {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  return ::bpf_obj_get_info_by_fd(program(role), &info, &size) == 0 ? info.id : 0;
}

int KernelObject::map(const char* name) const {
  return ::bpf_map__fd(::bpf_object__find_map_by_name(object_.get(), name));
}

Result<void> KernelObject::fill(const KernelPlan& plan) const {
  const std::vector<lf_counts> zeros(static_cast<std::size_t>(::libbpf_num_possible_cpus()));
  for (const std::uint32_t outer : indices(plan)) {
    if (update(map(counters_map), &outer, zeros.data(), BPF_NOEXIST) != 0 && errno != EEXIST)
      return system_failure("count a gateway's frames");
  }
  if (auto filled = fill_map(map("lf_paths"), plan.paths); !filled) return filled;
  return fill_map(map("lf_peers"), plan.peers);
}

void KernelObject::forget(const KernelPlan& plan) const {
  forget_others(map("lf_peers"), plan.peers);
  forget_others(map("lf_paths"), plan.paths);
  forget_others(map(counters_map), indices(plan));
}

Counters KernelObject::counters(std::uint32_t outer) const {
  std::vector<lf_counts> each(static_cast<std::size_t>(::libbpf_num_possible_cpus()));
  Counters sum;
  if (::bpf_map_lookup_elem(map(counters_map), &outer, each.data()) != 0) return sum;
  for (const lf_counts& one : each) {
    sum.in_frames += one.in_frames;
    sum.in_bytes += one.in_bytes;
    sum.out_frames += one.out_frames;
    sum.out_bytes += one.out_bytes;
    sum.declined += one.declined;
  }
  return sum;
}

}  // namespace linkfab::gateway
