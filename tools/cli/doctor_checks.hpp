// What linkfab needs of a host, one finding each. Looks only: nothing on the host changes.
#pragma once

#include <string>
#include <vector>

namespace linkfab::cli {

struct Finding {
  enum class Verdict {
    ok,
    missing,
    optional
  };  // optional: missing, and something works less well without it
  std::string name;
  Verdict verdict = Verdict::ok;
  std::string detail;
  std::string remedy;  // empty where all is well
};

[[nodiscard]] Finding check_privileges();
[[nodiscard]] Finding check_agent_program();
[[nodiscard]] std::vector<Finding> check_openvswitch();
[[nodiscard]] Finding check_engine();
[[nodiscard]] Finding check_timers();
[[nodiscard]] Finding check_ipv6();
// May the kernel carry the frames of gateways?
[[nodiscard]] Finding check_gateways();
// openvswitch, sch_netem, veth; tun, vxlan.
[[nodiscard]] std::vector<Finding> check_kernel();

// The file of a program in PATH or in a system directory that is not in everybody's PATH; empty:
// none.
[[nodiscard]] std::string find_program(const std::string& name);

}  // namespace linkfab::cli
