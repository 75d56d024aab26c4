// A hypervisor over FakeEffects, driven by transcripts: lines of "> what is sent" and "< what comes
// back", without CR LF.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ubridge/fake_effects.hpp"
#include "ubridge/hypervisor.hpp"

namespace linkfab::ubridge::test {

class Session : public testing::Test {
 protected:
  // Lines of the reply, joined by LF.
  std::string ask(std::string_view line) {
    std::string out = encode(hypervisor.execute(line));
    std::erase(out, '\r');
    if (!out.empty()) out.pop_back();
    return out;
  }

  void play(const std::string& transcript) {
    std::istringstream in(transcript);
    std::vector<std::string> replies;
    std::string asked;
    const auto compare = [&] {
      if (asked.empty()) return;
      EXPECT_EQ(ask(asked), fmt::format("{}", fmt::join(replies, "\n"))) << "after: " << asked;
      replies.clear();
    };
    for (std::string line; std::getline(in, line);) {
      line.erase(0, line.find_first_not_of(' '));
      if (line.starts_with("> ")) {
        compare();
        asked = line.substr(2);
      } else if (line.starts_with("< ")) {
        replies.push_back(line.substr(2));
      }
    }
    compare();
  }

  // Two UDP NIOs, not started.
  void make_bridge(const std::string& name) {
    for (const std::string rest :
         {"bridge create {}", "bridge add_nio_udp {} 1 h 2", "bridge add_nio_udp {} 3 h 4"})
      (void)ask(fmt::format(fmt::runtime(rest), name));
    effects.calls.clear();
  }

  FakeEffects effects;
  std::vector<std::string> log;
  Hypervisor hypervisor{effects, [this](const std::string& line) { log.push_back(line); }};
};

}  // namespace linkfab::ubridge::test
