// The IOL part of Carrier.
#include <algorithm>
#include <unistd.h>

#include <fmt/format.h>

#include "ubridge/carrier/carried_iol.hpp"
#include "ubridge/carrier/carrier.hpp"
#include "ubridge/carrier/workshop.hpp"

namespace linkfab::ubridge {

Result<CarriedIol*> Carrier::find_iol(const std::string& bridge) {
  const auto found = iol_bridges_.find(bridge);
  if (found == iol_bridges_.end())
    return failure(Errc::not_found, "find IOL bridge " + bridge, "there is none");
  return found->second.get();
}

Result<void> Carrier::create_iol(const std::string& bridge, int id) {
  // The lock is the process's: it does not keep out the process itself.
  const bool is_ours =
      std::ranges::any_of(iol_bridges_, [&](const auto& one) { return one.second->id() == id; });
  if (is_ours) {
    return failure(Errc::exists, fmt::format("open IOU id {}", id),
                   fmt::format("PID {} already has a lock on ID {}", ::getpid(), id));
  }
  auto socket = IolSocket::open(id);
  if (!socket) return std::unexpected(socket.error());
  iol_bridges_[bridge] = std::make_unique<CarriedIol>(*workshop_, bridge, std::move(*socket));
  return {};
}

Result<void> Carrier::delete_iol(const std::string& bridge) {
  iol_bridges_.erase(bridge);
  return {};
}

Result<void> Carrier::start_iol(const std::string& bridge) {
  const auto iol = find_iol(bridge);
  if (!iol) return std::unexpected(iol.error());
  (*iol)->start();
  return {};
}

Result<void> Carrier::stop_iol(const std::string& bridge) {
  const auto iol = find_iol(bridge);
  if (!iol) return std::unexpected(iol.error());
  (*iol)->stop();
  return {};
}

Result<void> Carrier::renamed_iol(const std::string& from, const std::string& to) {
  auto moved = iol_bridges_.extract(from);
  if (moved.empty()) return {};
  moved.mapped()->rename(to);
  moved.key() = to;
  iol_bridges_.insert(std::move(moved));
  return {};
}

Result<void> Carrier::open_iol(const std::string& bridge, IolPort port, const IolEnd& end) {
  const auto iol = find_iol(bridge);
  if (!iol) return std::unexpected(iol.error());
  return (*iol)->open(port, end);
}

Result<void> Carrier::close_iol(const std::string& bridge, IolPort port) {
  if (const auto iol = find_iol(bridge)) (*iol)->close(port);
  return {};
}

Result<void> Carrier::set_iol_filters(const std::string& bridge, IolPort port,
                                      const std::vector<Filter>& filters) {
  const auto iol = find_iol(bridge);
  if (!iol) return std::unexpected(iol.error());
  return (*iol)->passage(port).set_filters(filters);
}

Result<void> Carrier::start_iol_capture(const std::string& bridge, IolPort port,
                                        const Capture& capture) {
  const auto iol = find_iol(bridge);
  if (!iol) return std::unexpected(iol.error());
  return (*iol)->passage(port).start_capture(capture);
}

Result<void> Carrier::stop_iol_capture(const std::string& bridge, IolPort port) {
  if (const auto iol = find_iol(bridge)) (*iol)->passage(port).stop_capture();
  return {};
}

Result<NioStatistics> Carrier::iol_statistics(const std::string& bridge, IolPort port) {
  const auto iol = find_iol(bridge);
  if (!iol) return std::unexpected(iol.error());
  return (*iol)->passage(port).statistics(Slot::destination);
}

Result<void> Carrier::reset_iol_statistics(const std::string& bridge) {
  if (const auto iol = find_iol(bridge)) (*iol)->reset_statistics();
  return {};
}

}  // namespace linkfab::ubridge
