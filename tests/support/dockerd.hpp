// A real dockerd, without a bridge and without firewall rules. Needs root and mounted cgroups.
#pragma once

#include "tests/support/engine_process.hpp"

namespace linkfab::test {

class Dockerd : public EngineProcess {
 public:
  Dockerd() {
    start({"dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none",
           "--storage-driver=vfs", "--data-root=" + file("data"), "--exec-root=" + file("exec"),
           "--pidfile=" + file("pid"), "--host=unix://" + socket()});
  }
};

}  // namespace linkfab::test
