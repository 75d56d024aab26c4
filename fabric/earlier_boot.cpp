#include "fabric/earlier_boot.hpp"

#include "fabric/hosts.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {

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
  const ovsdb::Datum none;
  ovsdb::Transaction change{database};
  change.update("Node", own, {{"state", none}, {"pid", none}, {"progress", none}, {"error", none}});
  change.update("Interface", own,
                {{"state", none},
                 {"device", none},
                 {"ofport", none},
                 {"carrier", none},
                 {"error", none},
                 {"warning", none}});
  for (const char* table : {"Link", "Segment"})
    change.update(table, own, {{"state", none}, {"error", none}});
  const auto forgotten = co_await session.transact(std::move(change));
  if (!forgotten) co_return std::unexpected(forgotten.error());
  co_return Result<void>{};
}

}  // namespace linkfab::fabric
