#include "ubridge/carrier/carried_bridge.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ubridge/carrier/pump.hpp"

namespace linkfab::ubridge {

CarriedBridge::CarriedBridge(Workshop& workshop, std::string name)
    : workshop_(workshop), name_(name), passage_(workshop, std::move(name)) {}

Result<void> CarriedBridge::open(Slot slot, const Nio& nio) {
  auto port = open_port(nio);
  if (!port) return std::unexpected(port.error());
  close(slot);
  at(slot).port = std::move(*port);
  passage_.set_sink(slot, at(slot).port.get());
  return {};
}

void CarriedBridge::close(Slot slot) {
  passage_.set_sink(slot, nullptr);
  passage_.reset_statistics(slot);
  at(slot).readiness.reset();
  at(slot).port.reset();
}

Result<void> CarriedBridge::join() {
  if (!at(Slot::source).port || !at(Slot::destination).port)
    return failure(Errc::invalid, "start bridge " + name_, "it has not both NIOs");
  for (const Slot slot : both_slots) {
    at(slot).readiness = std::make_unique<Readiness>(
        workshop_.executor, at(slot).port->descriptor(), [this, slot] { return pump(slot); });
  }
  return {};
}

void CarriedBridge::separate() {
  for (End& end : ends_) end.readiness.reset();
  passage_.forget_held();
}

void CarriedBridge::rename(std::string name) {
  name_ = name;
  passage_.rename(std::move(name));
}

Result<void> CarriedBridge::set_pcap_filter(Slot slot,
                                            const std::optional<std::string>& expression) {
  if (!at(slot).port) return failure(Errc::not_found, "filter bridge " + name_, "it has no NIO");
  return at(slot).port->set_filter(expression);
}

bool CarriedBridge::is_blank() const {
  return passage_.is_plain() &&
         std::ranges::none_of(ends_, [](const End& end) { return end.port != nullptr; });
}

bool CarriedBridge::pump(Slot from) {
  Port& port = *at(from).port;
  const Reading reading = pump_a_turn(
      workshop_.batch, [&](FrameBatch& batch) { return port.receive(batch); },
      [&](std::span<const Frame> frames) { passage_.carry(from, frames); });
  if (reading != Reading::gone) return true;
  workshop_.log(fmt::format("bridge '{}': the device of the {} NIO is gone", name_, format(from)));
  return false;
}

}  // namespace linkfab::ubridge
