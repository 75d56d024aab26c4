// Network namespaces: made, named by a bind mount, entered for a moment, removed.
//
// Single-threaded process only: entering changes the calling thread.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/fd.hpp"
#include "core/result.hpp"

namespace linkfab::netem {

// Makes a new namespace (loopback up) and mounts it at `path`, a file in a directory prepared with
// prepare_netns_directory(). Errc::exists where something is mounted there already.
[[nodiscard]] Result<void> create_netns(const std::string& path);
// Unmounts and removes the file. What still runs in it keeps it alive without a name.
[[nodiscard]] Result<void> remove_netns(const std::string& path);
// A directory of its own mount with shared propagation, as ip-netns(8) keeps /run/netns.
// Idempotent.
[[nodiscard]] Result<void> prepare_netns_directory(const std::string& path);
[[nodiscard]] Result<void> remove_netns_directory(const std::string& path);
// Is a network namespace mounted at `path`? (nsfs magic)
[[nodiscard]] bool is_netns(const std::string& path);
[[nodiscard]] Result<Fd> open_netns(const std::string& path);  // a bind mount or /proc/PID/ns/net

// The calling thread is in a namespace as long as this lives, then again where it came from
// (terminates if that fails: nothing may go on in the wrong namespace).
class EnteredNetns {
 public:
  [[nodiscard]] static Result<EnteredNetns> enter(const Fd& netns);
  ~EnteredNetns();
  EnteredNetns(EnteredNetns&&) = default;
  EnteredNetns(const EnteredNetns&) = delete;
  EnteredNetns& operator=(const EnteredNetns&) = delete;
  EnteredNetns& operator=(EnteredNetns&&) = delete;

 private:
  explicit EnteredNetns(Fd home) : home_(std::move(home)) {}
  Fd home_;  // none: moved from
};

}  // namespace linkfab::netem
