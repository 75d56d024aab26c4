// What carries the frames of ubridge's bridges in this process: the effects by sockets and TAP
// devices, in the network namespace of the caller. Who derives from it adds those on the host's
// devices.
//
// One thread, the loop's: frames are read when their descriptor is ready, in batches, and written
// at once; bridges take turns. Every descriptor closes with the process, however it ends, and with
// that all devices it made are gone.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "ubridge/effects.hpp"
#include "ubridge/program.hpp"

namespace linkfab::ubridge {

struct Workshop;
class CarriedBridge;
class CarriedIol;

class Carrier : public Effects {
 public:
  Carrier(boost::asio::any_io_executor executor, int debug_level, const Log& log);
  ~Carrier() override;
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  Result<void> open(const std::string& bridge, Slot slot, const Nio& nio) override;
  Result<void> close(const std::string& bridge, Slot slot) override;
  Result<void> join(const std::string& bridge) override;
  Result<void> separate(const std::string& bridge) override;
  Result<void> renamed(const std::string& from, const std::string& to) override;
  Result<void> set_filters(const std::string& bridge, const std::vector<Filter>& filters) override;
  Result<void> start_capture(const std::string& bridge, const Capture& capture) override;
  Result<void> stop_capture(const std::string& bridge) override;
  Result<NioStatistics> statistics(const std::string& bridge, Slot slot) override;
  Result<void> reset_statistics(const std::string& bridge) override;
  Result<void> set_pcap_filter(const std::string& bridge, Slot slot,
                               const std::optional<std::string>& expression) override;

  Result<void> create_iol(const std::string& bridge, int id) override;
  Result<void> delete_iol(const std::string& bridge) override;
  Result<void> start_iol(const std::string& bridge) override;
  Result<void> stop_iol(const std::string& bridge) override;
  Result<void> renamed_iol(const std::string& from, const std::string& to) override;
  Result<void> open_iol(const std::string& bridge, IolPort port, const IolEnd& end) override;
  Result<void> close_iol(const std::string& bridge, IolPort port) override;
  Result<void> set_iol_filters(const std::string& bridge, IolPort port,
                               const std::vector<Filter>& filters) override;
  Result<void> start_iol_capture(const std::string& bridge, IolPort port,
                                 const Capture& capture) override;
  Result<void> stop_iol_capture(const std::string& bridge, IolPort port) override;
  Result<NioStatistics> iol_statistics(const std::string& bridge, IolPort port) override;
  Result<void> reset_iol_statistics(const std::string& bridge) override;

 private:
  CarriedBridge& at(const std::string& bridge);  // made where it is missing
  void drop_blank(const std::string& bridge);
  Result<CarriedIol*> find_iol(const std::string& bridge);

  std::unique_ptr<Workshop> workshop_;
  std::map<std::string, std::unique_ptr<CarriedBridge>> bridges_;
  std::map<std::string, std::unique_ptr<CarriedIol>> iol_bridges_;
};

}  // namespace linkfab::ubridge
