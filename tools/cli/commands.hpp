// Every command, each defined in the file of its name or group.
#pragma once

#include "tools/cli/command.hpp"

namespace linkfab::cli {

extern const Command up_command;
extern const Command plan_command;
extern const Command down_command;
extern const Command export_command;
extern const Command import_command;
extern const Command schema_command;
extern const Command topo_command;

extern const Command ps_command;
extern const Command exec_command;
extern const Command shell_command;
extern const Command console_command;
extern const Command start_command;
extern const Command stop_command;
extern const Command restart_command;
extern const Command pause_command;
extern const Command unpause_command;
extern const Command pingall_command;
extern const Command iperf_command;

extern const Command links_command;
extern const Command stats_command;
extern const Command top_command;
extern const Command set_command;
extern const Command presets_command;
extern const Command distribution_command;
extern const Command verify_command;
extern const Command capture_command;
extern const Command play_command;
extern const Command cut_command;
extern const Command restore_command;
extern const Command connect_command;
extern const Command disconnect_command;
extern const Command move_command;

extern const Command log_command;
extern const Command undo_command;
extern const Command snapshot_command;
extern const Command rollback_command;
extern const Command diff_command;
extern const Command flows_command;
extern const Command reset_command;
extern const Command trace_command;

extern const Command hosts_command;
extern const Command host_command;

extern const Command doctor_command;
extern const Command version_command;

}  // namespace linkfab::cli
