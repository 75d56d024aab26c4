#include "tools/cli/commands.hpp"

#include <array>

#include <fmt/format.h>

#include "core/version.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

Result<int> version(const Invocation& invocation) {
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["version"] = project_version;
    print_json(json);
  } else {
    print(fmt::format("linkfab {}\n", project_version));
  }
  return success;
}

}  // namespace

const Command version_command{
    .name = "version",
    .group = "Host",
    .synopsis = "[--json]",
    .summary = "Show the version",
    .text = "The version of this program. `linkfabd --version` shows that of the agent.\n",
    .examples = "  linkfab version --json\n",
    .options = {{"json", "", "print JSON"}},
    .run = version,
};

std::span<const Command* const> commands() {
  static const std::array all{
      &up_command,      &plan_command,     &down_command,       &import_command,
      &export_command,  &schema_command,   &topo_command,       &ps_command,
      &exec_command,    &shell_command,    &console_command,    &start_command,
      &stop_command,    &restart_command,  &pause_command,      &unpause_command,
      &pingall_command, &iperf_command,    &links_command,      &stats_command,
      &top_command,     &set_command,      &presets_command,    &distribution_command,
      &verify_command,  &capture_command,  &play_command,       &cut_command,
      &restore_command, &connect_command,  &disconnect_command, &move_command,
      &flows_command,   &reset_command,    &trace_command,      &log_command,
      &undo_command,    &snapshot_command, &rollback_command,   &diff_command,
      &hosts_command,   &host_command,     &doctor_command,     &version_command};
  return all;
}

}  // namespace linkfab::cli
