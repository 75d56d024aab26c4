// Carries a switch's connections to its controller out of another network namespace: each that
// comes to a Unix stream socket is connected with a TCP address as it is found from there.
//
// Open vSwitch connects from the host's network alone, but also to Unix sockets in its own
// directory. A connection that cannot be made, or that either side ends, is ended on the other side
// too: when to try again is Open vSwitch's to say, and so is how long a silent controller is waited
// for. The namespace is looked up for each connection, since a node's may be made anew.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "core/result.hpp"
#include "gateway/control_target.hpp"

namespace linkfab::gateway {

class ControlRelay {
 public:
  // Replaces a socket that is there.
  [[nodiscard]] static Result<ControlRelay> listen(const std::string& path, std::string netns,
                                                   ControlTarget target);

  // Until `stop` is readable.
  [[nodiscard]] Result<void> run(const Fd& stop);

 private:
  struct Way {
    std::vector<char> waiting;                               // read, not yet written
    bool pump(const Fd& from, const Fd& to, bool readable);  // false: it has ended
  };
  struct Connection {
    Fd inner;  // of the switch
    Fd outer;  // of the controller
    bool connected = false;
    Way to_outer;
    Way to_inner;
  };

  ControlRelay(Fd listener, std::string netns, ControlTarget target)
      : listener_(std::move(listener)), netns_(std::move(netns)), target_(std::move(target)) {}
  void accept();
  [[nodiscard]] Result<Fd> connect() const;
  [[nodiscard]] static bool serve(Connection& connection, short inner, short outer);

  Fd listener_;
  std::string netns_;
  ControlTarget target_;
  std::list<Connection> connections_;
};

}  // namespace linkfab::gateway
