// Traffic of a test's own between nodes: pings that are counted, and frames of any shape.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/kernel/command.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::test {

// A ping each 10 ms, from a namespace, for as long as the object lives.
class SteadyPing {
 public:
  SteadyPing(const std::string& node, const std::string& address);

  struct Count {
    int sent = 0;  // up to the last that was answered
    int lost = 0;
  };
  // Ends it.
  Count stop();

 private:
  TempDir directory_;
  std::unique_ptr<Background> ping_;
};

// Sends and receives whole frames on a device of a namespace, tags included.
class FrameSocket {
 public:
  FrameSocket(const std::string& netns, const std::string& device);
  ~FrameSocket();
  FrameSocket(const FrameSocket&) = delete;
  FrameSocket& operator=(const FrameSocket&) = delete;

  void send(const std::string& frame) const;
  // Does exactly this frame arrive?
  [[nodiscard]] bool receives(const std::string& frame, std::chrono::milliseconds limit) const;

 private:
  [[nodiscard]] std::optional<std::string> next() const;
  int fd_ = -1;
};

// By name: what bridges keep to themselves or change, and a cable must pass untouched.
std::vector<std::pair<std::string, std::string>> strange_frames();

}  // namespace linkfab::test
