// How long a command waits while something keeps a whole host from following.
#pragma once

#include <chrono>
#include <optional>

namespace linkfab::cli {

// It may pass: a switch or a database that is just being restarted, or a row that an agent left
// behind which was killed.
class Patience {
 public:
  // Told at each look whether there is trouble: true once there was at all of them for five
  // seconds.
  bool ends(bool trouble) {
    const auto now = std::chrono::steady_clock::now();
    if (!trouble)
      since_.reset();
    else if (!since_)
      since_ = now;
    return since_ && now - *since_ >= std::chrono::seconds{5};
  }

 private:
  std::optional<std::chrono::steady_clock::time_point> since_;
};

}  // namespace linkfab::cli
