// What scenarios say now of links, on top of what the links' own rows say: an input of the plan of
// a port (fabric/ports.hpp).
//
// Only the keys that a scenario names are overlaid; all others are the row's.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "fabric/scenario.hpp"
#include "fabric/topology.hpp"
#include "netem/impairment.hpp"

namespace linkfab::fabric {

// The impairment with some of its keys set; an error where the two together make no sense.
[[nodiscard]] Result<netem::Impairment> overlaid(netem::Impairment row, Settings settings);

class Overlay {
 public:
  struct Direction {
    Settings settings;
    // Sooner or later frames count one by one: said for the whole scenario, because each change of
    // it costs the sender's node a message of its own.
    bool single_frames = false;
  };

  [[nodiscard]] const Direction* direction(const std::string& link, const Endpoint& toward) const;
  // Is the cable in? nullopt: no scenario says so.
  [[nodiscard]] std::optional<bool> up(const std::string& link) const;

  void set(const std::string& link, const Endpoint& toward, Direction direction);
  void set_up(const std::string& link, std::optional<bool> up);
  void erase(const std::string& link, const Endpoint& toward);

 private:
  std::map<std::string, std::map<Endpoint, Direction>> directions_;  // by link
  std::map<std::string, bool> cables_;
};

}  // namespace linkfab::fabric
