// What was played, when, and how late: a CSV file, one line a step.
//
// At most `most_bytes` are kept, twice: a file that is full becomes the old one, in place of the
// one before.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/player.hpp"

namespace linkfab::fabric {

// Both clocks, read at the same time.
struct Now {
  TimePoint steady;
  WallTime wall;
  [[nodiscard]] static Now read();
};

class PlayRecord {
 public:
  static constexpr std::size_t most_bytes = std::size_t{8} << 20;

  // In that directory, which is made. Goes on with what is there, or begins anew.
  PlayRecord(std::string directory, const std::string& name, bool anew);

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] Result<void> add(const std::vector<Player::Change>& changes, const Now& now);

 private:
  std::string directory_;
  std::string file_;
  std::string old_;
};

// "/var/lib/linkfab/scenarios/lte.csv", and the older part.
[[nodiscard]] std::string record_file(const std::string& directory, const std::string& name);
[[nodiscard]] std::string old_record_file(const std::string& directory, const std::string& name);

// "1700000000.123456,0,12.500000,r1--r2,r2:eth0,delay=20ms loss=1%,85.2": seconds since 1970, the
// pass, seconds of it, microseconds late.
inline constexpr const char* record_header = "time,pass,position,link,to,values,late_us\n";
[[nodiscard]] std::string record_line(const Player::Change& change, const Now& now);

}  // namespace linkfab::fabric
