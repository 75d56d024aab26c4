#include "fabric/earlier_boot.hpp"

#include <vector>

#include "fabric/hosts.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"
#include "fabric/status.hpp"

namespace linkfab::fabric {
namespace {

// But for what outlives a boot: a container, and that it was restarted as often as was asked for.
ovsdb::Columns emptied(ovsdb::Columns columns) {
  std::erase_if(columns, [](const auto& column) {
    return column.first == "container" || column.first == "restart_done";
  });
  for (auto& column : columns) column.second = ovsdb::Datum();
  return columns;
}

}  // namespace

boost::asio::awaitable<Result<void>> forget_earlier_boot(ovsdb::Session& session, std::string host,
                                                         bool shared) {
  ovsdb::Transaction question{database};
  question.select("Host", ovsdb::by_column("name", host), {"capabilities"});
  const auto answer = co_await session.transact(std::move(question));
  if (!answer) co_return std::unexpected(answer.error());
  const auto& rows = answer->operations.front().rows;
  if (rows.empty()) co_return Result<void>{};
  const auto machine = copy_of(get(rows.front(), "capabilities").string_map(), "machine");
  if (machine == this_machine()) co_return Result<void>{};

  const ovsdb::Where own = shared ? ovsdb::by_column("host", host) : ovsdb::Where{};
  ovsdb::Transaction change{database};
  change.update("Node", own, emptied(status_columns(NodeStatus{})));
  change.update("Interface", own, emptied(status_columns(InterfaceStatus{})));
  for (const char* table : {"Link", "Segment"})
    change.update(table, own, emptied(status_columns(JointStatus{})));
  const auto forgotten = co_await session.transact(std::move(change));
  if (!forgotten) co_return std::unexpected(forgotten.error());
  co_return Result<void>{};
}

}  // namespace linkfab::fabric
