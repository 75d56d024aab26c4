// Bridges and their parts as values: what the hypervisor remembers between two commands.
//
// An ordinary bridge has two slots; an IOL bridge has ports, each with a NIO, filters and a capture
// of its own. Lists are newest first, as they are shown.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ubridge/filter.hpp"
#include "ubridge/nio.hpp"

namespace linkfab::ubridge {

enum class Slot { source, destination };

inline constexpr std::array both_slots{Slot::source, Slot::destination};

[[nodiscard]] std::string_view format(Slot slot);  // "source", "destination"

struct Capture {
  std::string file;
  LinkType link_type;
  bool operator==(const Capture&) const = default;
};

// IN is what came from a NIO before the filters, OUT what was sent to it.
struct NioStatistics {
  std::uint64_t packets_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_out = 0;
  bool operator==(const NioStatistics&) const = default;
};

[[nodiscard]] std::string format(const NioStatistics& statistics);

struct Bridge {
  std::string name;
  std::array<std::optional<Nio>, 2> nios = {};
  bool running = false;
  std::vector<Filter> filters = {};
  std::optional<Capture> capture = {};

  [[nodiscard]] std::optional<Nio>& at(Slot slot) {
    return nios.at(static_cast<std::size_t>(slot));
  }
  [[nodiscard]] const std::optional<Nio>& at(Slot slot) const {
    return nios.at(static_cast<std::size_t>(slot));
  }
  [[nodiscard]] std::optional<Slot> free_slot() const;  // source before destination
  [[nodiscard]] int nio_count() const;
  bool operator==(const Bridge&) const = default;
};

// A port of an IOU process; bay and unit are 0 to 15.
struct IolPort {
  int bay = 0;
  int unit = 0;
  [[nodiscard]] bool valid() const { return bay >= 0 && bay < 16 && unit >= 0 && unit < 16; }
  auto operator<=>(const IolPort&) const = default;
};

[[nodiscard]] std::string format(IolPort port);  // "bay/unit"

struct IolEnd {
  int iol_id = 0;  // whose port it is
  UdpNio nio;
  bool operator==(const IolEnd&) const = default;
};

struct IolPortState {
  std::optional<IolEnd> end = {};
  std::vector<Filter> filters = {};
  std::optional<Capture> capture = {};
  bool operator==(const IolPortState&) const = default;
};

struct IolBridge {
  std::string name;
  int id = 0;
  bool running = false;
  std::map<IolPort, IolPortState> ports = {};

  [[nodiscard]] int nio_count() const;
  bool operator==(const IolBridge&) const = default;
};

struct Bridges {
  std::vector<Bridge> bridges = {};
  std::vector<IolBridge> iol_bridges = {};

  // Null where there is none.
  [[nodiscard]] Bridge* find(const std::string& name);
  [[nodiscard]] IolBridge* find_iol(const std::string& name);
  bool operator==(const Bridges&) const = default;
};

[[nodiscard]] const Filter* find_filter(const std::vector<Filter>& filters,
                                        const std::string& name);

}  // namespace linkfab::ubridge
