// A real Podman, serving its Docker-compatible API. Needs root and mounted cgroups.
#pragma once

#include <fstream>

#include "tests/support/engine_process.hpp"

namespace linkfab::test {

class Podman : public EngineProcess {
 public:
  Podman() {
    // It would raise the limits of a container above ours, which not every host allows.
    std::ofstream(file("containers.conf"))
        << "[containers]\n"
           "default_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n"
           "[engine]\n"
           "cgroup_manager = \"cgroupfs\"\n"
           "events_logger = \"file\"\n";
    start(
        {"podman", "--root=" + file("root"), "--runroot=" + file("run"), "--tmpdir=" + file("tmp"),
         "--storage-driver=vfs", "system", "service", "--time=0", "unix://" + socket()},
        {"CONTAINERS_CONF=" + file("containers.conf")});
  }
};

}  // namespace linkfab::test
