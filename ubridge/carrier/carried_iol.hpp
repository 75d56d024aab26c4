// An IOL bridge at work: the socket of its id, and a passage a port between IOU and UDP.
//
// A port's source is the IOU process, its destination the UDP NIO, whose counters are the port's.
// Frames for a port without NIO are dropped.
#pragma once

#include <sys/un.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "ubridge/bridge.hpp"
#include "ubridge/carrier/iol_frame.hpp"
#include "ubridge/carrier/iol_socket.hpp"
#include "ubridge/carrier/passage.hpp"
#include "ubridge/carrier/port.hpp"
#include "ubridge/carrier/readiness.hpp"

namespace linkfab::ubridge {

class CarriedIol {
 public:
  CarriedIol(Workshop& workshop, std::string name, IolSocket socket);

  void start();
  void stop();
  void rename(const std::string& name);

  Result<void> open(IolPort port, const IolEnd& end);  // replaces what the port had
  void close(IolPort port);
  [[nodiscard]] Passage& passage(IolPort port) { return *place(port).passage; }
  void reset_statistics();

  [[nodiscard]] int id() const { return socket_.id(); }

 private:
  // Toward the IOU process: each frame with the header before it.
  struct IouSink : FrameSink {
    int socket = -1;
    sockaddr_un address{};
    IolHeaderBytes header{};
    Sent send(std::span<const Frame> frames) override;
  };
  struct Place {
    IouSink iou;
    std::unique_ptr<Port> udp;
    std::unique_ptr<Passage> passage;
    std::unique_ptr<Readiness> readiness;
  };

  Place& place(IolPort port);
  void watch(Place& place);
  bool from_iou();
  void hand_on(Frame frame);

  Workshop& workshop_;
  std::string name_;
  IolSocket socket_;
  bool running_ = false;
  std::map<IolPort, Place> places_;
  std::unique_ptr<Readiness> readiness_;
};

}  // namespace linkfab::ubridge
