// The hypervisor: a line of text in, a reply out, over the bridges it remembers and the Effects
// that carry their frames.
//
// It follows ubridge 0.9.19 to the letter in what it answers and remembers, and not where that one
// dies or hangs. Every line has an answer. It knows nothing of sockets; whoever calls it sends the
// reply and does what `Reply::after` says. One command at a time.
#pragma once

#include <string>
#include <string_view>

#include "ubridge/bridge.hpp"
#include "ubridge/command.hpp"
#include "ubridge/effects.hpp"
#include "ubridge/line.hpp"
#include "ubridge/reply.hpp"

namespace linkfab::ubridge {

inline constexpr std::string_view version = "0.9.19";

class Hypervisor {
 public:
  // The log is what ubridge writes to its standard output: reasons of failures. Clients show it to
  // their users, so it is short. The effects outlive the hypervisor.
  Hypervisor(Effects& effects, Log log);

  Reply execute(std::string_view line);
  Reply execute(const Tokens& tokens);

  // Every bridge away: the program ends.
  void clear();

  [[nodiscard]] const Bridges& bridges() const { return bridges_; }

 private:
  Effects& effects_;
  Log log_;
  Bridges bridges_;
};

}  // namespace linkfab::ubridge
