#include "ubridge/carrier/carried_iol.hpp"

#include "ubridge/carrier/pump.hpp"
#include "ubridge/carrier/socket_frames.hpp"
#include "ubridge/carrier/unix_socket.hpp"

namespace linkfab::ubridge {

CarriedIol::CarriedIol(Workshop& workshop, std::string name, IolSocket socket)
    : workshop_(workshop), name_(std::move(name)), socket_(std::move(socket)) {}

Sent CarriedIol::IouSink::send(std::span<const Frame> frames) {
  return send_frames(socket, frames,
                     {.prefix = header,
                      .address = reinterpret_cast<const sockaddr*>(&address),
                      .address_size = sizeof address});
}

void CarriedIol::start() {
  running_ = true;
  readiness_ = std::make_unique<Readiness>(workshop_.executor, socket_.descriptor(),
                                           [this] { return from_iou(); });
  for (auto& [port, place] : places_)
    if (place.udp) watch(place);
}

void CarriedIol::stop() {
  running_ = false;
  readiness_.reset();
  for (auto& [port, place] : places_) {
    place.readiness.reset();
    place.passage->forget_held();
  }
}

void CarriedIol::rename(const std::string& name) {
  name_ = name;
  for (auto& [port, place] : places_) place.passage->rename(name);
}

CarriedIol::Place& CarriedIol::place(IolPort port) {
  Place& place = places_[port];
  if (!place.passage) place.passage = std::make_unique<Passage>(workshop_, name_);
  return place;
}

Result<void> CarriedIol::open(IolPort port, const IolEnd& end) {
  const auto address = unix_address(IolSocket::path_of(end.iol_id));
  if (!address) return std::unexpected(address.error());
  auto udp = open_port(end.nio);
  if (!udp) return std::unexpected(udp.error());
  close(port);
  Place& opened = place(port);
  opened.iou.socket = socket_.descriptor();
  opened.iou.address = *address;
  opened.iou.header = encode(IolHeader{.destination_id = end.iol_id,
                                       .source_id = socket_.id(),
                                       .destination = port,
                                       .source = port});
  opened.udp = std::move(*udp);
  opened.passage->set_sink(Slot::source, &opened.iou);
  opened.passage->set_sink(Slot::destination, opened.udp.get());
  if (running_) watch(opened);
  return {};
}

void CarriedIol::close(IolPort port) {
  const auto found = places_.find(port);
  if (found == places_.end()) return;
  Place& closed = found->second;
  closed.readiness.reset();
  closed.passage->set_sink(Slot::source, nullptr);
  closed.passage->set_sink(Slot::destination, nullptr);
  closed.passage->forget_held();
  closed.passage->reset_statistics();
  closed.udp.reset();
}

void CarriedIol::reset_statistics() {
  for (auto& [port, place] : places_) place.passage->reset_statistics();
}

void CarriedIol::watch(Place& place) {
  place.readiness =
      std::make_unique<Readiness>(workshop_.executor, place.udp->descriptor(), [this, &place] {
        const Reading reading = pump_a_turn(
            workshop_.batch, [&](FrameBatch& batch) { return place.udp->receive(batch); },
            [&](std::span<const Frame> frames) {
              place.passage->carry(Slot::destination, frames);
            });
        return reading != Reading::gone;
      });
}

bool CarriedIol::from_iou() {
  (void)pump_a_turn(
      workshop_.batch,
      [&](FrameBatch& batch) { return receive_frames(socket_.descriptor(), batch); },
      [&](std::span<const Frame> frames) {
        for (const Frame frame : frames) hand_on(frame);
      });
  return true;
}

void CarriedIol::hand_on(Frame frame) {
  const auto header = decode_iol_header(frame);
  if (!header) return;
  const auto found = places_.find(header->destination);
  if (found == places_.end() || !found->second.udp) return;
  const Frame content = frame.subspan(iol_header_size);
  found->second.passage->carry(Slot::source, std::span(&content, 1));
}

}  // namespace linkfab::ubridge
