#include "gateway/former.hpp"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <unistd.h>

#include "core/fd.hpp"

namespace linkfab::gateway {
namespace {

constexpr std::string_view file_prefix = "gateway-";  // then the namespace and the instance

using Entries = std::map<std::string, std::string>;

// "what=value" lines.
Entries read_entries(const std::string& path) {
  Entries entries;
  const auto text = read_file(path);
  if (!text) return entries;
  std::istringstream lines{*text};
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) entries[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return entries;
}

std::string lo_path(const std::string& setting) {
  return "/proc/sys/net/ipv4/conf/lo/" + setting;
}

// /proc/sys shows the namespace of whoever opens the file.
Result<void> write_setting(const std::string& setting, const std::string& value) {
  const std::string attempt = "set net.ipv4.conf.lo." + setting + " to " + value;
  const Fd file{::open(lo_path(setting).c_str(), O_WRONLY | O_CLOEXEC)};
  if (!file || ::write(file.get(), value.data(), value.size()) < 0) return system_failure(attempt);
  return {};
}

// The former state: 1 was promiscuous.
Result<bool> change_promiscuous(std::uint32_t device, bool on) {
  const std::string attempt = "make device " + std::to_string(device) + " promiscuous";
  const Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ifreq request{};
  if (::if_indextoname(device, request.ifr_name) == nullptr ||
      ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0)
    return system_failure(attempt);
  const bool was = (request.ifr_flags & IFF_PROMISC) != 0;
  if (was == on) return was;
  request.ifr_flags =
      static_cast<short>(on ? request.ifr_flags | IFF_PROMISC : request.ifr_flags & ~IFF_PROMISC);
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return system_failure(attempt);
  return was;
}

std::string promiscuous_entry(std::uint32_t device) {
  return "promiscuous " + std::to_string(device);
}

std::string clsact_entry(std::uint32_t device) {
  return "clsact " + std::to_string(device);
}

}  // namespace

Result<Former> Former::open(const std::string& directory, const std::string& instance,
                            std::uint64_t netns) {
  std::error_code problem;
  std::filesystem::create_directories(directory, problem);
  if (problem) return std::unexpected(system_error("make directory " + directory, problem.value()));
  const std::string prefix = std::string(file_prefix) + std::to_string(netns) + ".";
  Former former{directory, prefix, prefix + instance};
  former.entries_ = read_entries(directory + "/" + former.name_);
  return former;
}

void Former::forget_all(const std::string& directory, const std::string& instance) {
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator{directory, ignored}) {
    const std::string name = file.path().filename().string();
    if (name.starts_with(file_prefix) && name.ends_with("." + instance))
      std::filesystem::remove(file.path(), ignored);
  }
}

Entries Former::of_others() const {
  Entries found;
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator{directory_, ignored}) {
    const std::string name = file.path().filename().string();
    if (name.starts_with(prefix_) && name != name_) found.merge(read_entries(file.path().string()));
  }
  return found;
}

Result<void> Former::remember(const std::string& what, const std::string& value) {
  if (entries_.contains(what)) return {};
  const Entries others = of_others();
  const auto theirs = others.find(what);
  entries_[what] = theirs == others.end() ? value : theirs->second;
  changed_ = true;
  return save();  // before the change: what is not known cannot be put back
}

Result<void> Former::set_lo(const std::string& setting, const std::string& value) {
  auto now = read_file(lo_path(setting));
  if (!now) return std::unexpected(now.error());
  while (now->ends_with('\n')) now->pop_back();
  if (auto remembered = remember("lo " + setting, *now); !remembered) return remembered;
  return *now == value ? Result<void>{} : write_setting(setting, value);
}

Result<void> Former::put_back_lo(const std::string& setting) {
  const auto entry = entries_.find("lo " + setting);
  if (entry == entries_.end()) return {};
  if (!of_others().contains(entry->first)) {
    if (auto written = write_setting(setting, entry->second); !written) return written;
  }
  entries_.erase(entry);
  changed_ = true;
  return {};
}

Result<void> Former::set_promiscuous(std::uint32_t device) {
  const std::string what = promiscuous_entry(device);
  const auto was = change_promiscuous(device, true);
  if (!was) return std::unexpected(was.error());
  return remember(what, *was ? "1" : "0");
}

Result<void> Former::put_back_promiscuous(std::uint32_t device) {
  const auto entry = entries_.find(promiscuous_entry(device));
  if (entry == entries_.end()) return {};
  const bool last = !of_others().contains(entry->first);
  const bool was = entry->second == "1";
  entries_.erase(entry);
  changed_ = true;
  if (!last || was) return {};
  const auto changed = change_promiscuous(device, false);
  if (!changed && changed.error().code != Errc::not_found) return std::unexpected(changed.error());
  return {};
}

void Former::made_clsact(std::uint32_t device) {
  changed_ = entries_.try_emplace(clsact_entry(device), "absent").second || changed_;
}

bool Former::have_made_clsact(std::uint32_t device) const {
  return entries_.contains(clsact_entry(device)) || of_others().contains(clsact_entry(device));
}

bool Former::forget_clsact(std::uint32_t device) {
  changed_ = entries_.erase(clsact_entry(device)) > 0 || changed_;
  return !of_others().contains(clsact_entry(device));
}

Result<void> Former::save() {
  if (!changed_) return {};
  changed_ = false;
  const std::string path = directory_ + "/" + name_;
  if (entries_.empty()) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failure("remove " + path);
    return {};
  }
  std::string text;
  for (const auto& [what, value] : entries_)
    text.append(what).append("=").append(value).append("\n");
  return write_file(path, text, 0600);
}

}  // namespace linkfab::gateway
