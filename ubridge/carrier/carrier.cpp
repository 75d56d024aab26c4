#include "ubridge/carrier/carrier.hpp"

#include <random>

#include "ubridge/carrier/carried_bridge.hpp"
#include "ubridge/carrier/carried_iol.hpp"
#include "ubridge/carrier/workshop.hpp"

namespace linkfab::ubridge {
namespace {

Random seeded_random() {
  return [engine = std::mt19937(std::random_device{}())](std::uint32_t bound) mutable {
    return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(engine);
  };
}

}  // namespace

Carrier::Carrier(boost::asio::any_io_executor executor, int debug_level, const Log& log)
    : workshop_(new Workshop{.executor = std::move(executor),
                             .log = log,
                             .debug_level = debug_level,
                             .random = seeded_random()}) {}

Carrier::~Carrier() = default;

CarriedBridge& Carrier::at(const std::string& bridge) {
  auto& place = bridges_[bridge];
  if (!place) place = std::make_unique<CarriedBridge>(*workshop_, bridge);
  return *place;
}

void Carrier::drop_blank(const std::string& bridge) {
  const auto found = bridges_.find(bridge);
  if (found != bridges_.end() && found->second->is_blank()) bridges_.erase(found);
}

Result<void> Carrier::open(const std::string& bridge, Slot slot, const Nio& nio) {
  auto done = at(bridge).open(slot, nio);
  drop_blank(bridge);
  return done;
}

Result<void> Carrier::close(const std::string& bridge, Slot slot) {
  at(bridge).close(slot);
  drop_blank(bridge);
  return {};
}

Result<void> Carrier::join(const std::string& bridge) {
  return at(bridge).join();
}

Result<void> Carrier::separate(const std::string& bridge) {
  at(bridge).separate();
  drop_blank(bridge);
  return {};
}

Result<void> Carrier::renamed(const std::string& from, const std::string& to) {
  auto moved = bridges_.extract(from);
  if (moved.empty()) return {};
  moved.mapped()->rename(to);
  moved.key() = to;
  bridges_.erase(to);
  bridges_.insert(std::move(moved));
  return {};
}

Result<void> Carrier::set_filters(const std::string& bridge, const std::vector<Filter>& filters) {
  auto done = at(bridge).passage().set_filters(filters);
  drop_blank(bridge);
  return done;
}

Result<void> Carrier::start_capture(const std::string& bridge, const Capture& capture) {
  auto done = at(bridge).passage().start_capture(capture);
  drop_blank(bridge);
  return done;
}

Result<void> Carrier::stop_capture(const std::string& bridge) {
  at(bridge).passage().stop_capture();
  drop_blank(bridge);
  return {};
}

Result<NioStatistics> Carrier::statistics(const std::string& bridge, Slot slot) {
  const auto found = bridges_.find(bridge);
  if (found == bridges_.end()) return NioStatistics{};
  return found->second->passage().statistics(slot);
}

Result<void> Carrier::reset_statistics(const std::string& bridge) {
  const auto found = bridges_.find(bridge);
  if (found != bridges_.end()) found->second->passage().reset_statistics();
  return {};
}

Result<void> Carrier::set_pcap_filter(const std::string& bridge, Slot slot,
                                      const std::optional<std::string>& expression) {
  return at(bridge).set_pcap_filter(slot, expression);
}

}  // namespace linkfab::ubridge
