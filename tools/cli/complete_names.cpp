// read_lab_names() of complete.hpp.
#include <chrono>
#include <exception>
#include <map>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "fabric/rows.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/complete.hpp"
#include "tools/cli/link_rows.hpp"

namespace linkfab::cli {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;
using ovsdb::get;

constexpr auto answer_limit = 250ms;

std::vector<std::string> names_of(const std::vector<ovsdb::Row>& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(get(row, "name").string());
  return names;
}

awaitable<LabNames> read(asio::any_io_executor executor, const Invocation& invocation) {
  Client client(executor, invocation, std::nullopt);
  if (!co_await client.connect()) co_return LabNames{};
  ovsdb::Transaction wanted{fabric::database};
  for (const char* table : {"Link", "Segment", "Scenario"}) wanted.select(table, {}, {"name"});
  wanted.select("Node", {}, {"name", "interfaces"});
  wanted.select("Interface", {}, {"_uuid", "name"});
  wanted.select("Host", {}, {"name"});
  const auto tables = co_await client.select(std::move(wanted));
  if (!tables) co_return LabNames{};
  ovsdb::Transaction kept{fabric::database};  // apart: an older database has no such table
  kept.select("Snapshot", {}, {"name"});
  const auto snapshots = co_await client.select(std::move(kept));
  LabNames names{.links = names_of(tables->at(0)),
                 .nodes = names_of(tables->at(3)),
                 .interfaces = {},
                 .scenarios = names_of(tables->at(2)),
                 .snapshots = {},
                 .segments = {}};
  if (snapshots) names.snapshots = names_of(snapshots->front());
  names.segments = names_of(tables->at(1));
  names.hosts = names_of(tables->at(5));
  names.links.insert(names.links.end(), names.segments.begin(), names.segments.end());
  std::map<ovsdb::Uuid, std::string> interfaces;
  for (const auto& row : tables->at(4)) interfaces[row_id(row)] = get(row, "name").string();
  for (const auto& row : tables->at(3))
    for (const auto& interface : get(row, "interfaces").uuids())
      names.interfaces.push_back(get(row, "name").string() + ":" + interfaces[interface]);
  co_return names;
}

}  // namespace

LabNames read_lab_names(const Invocation& invocation) {
  LabNames names;
  const auto socket = invocation.paths.db_socket();
  // Where connecting is not allowed the session would try for longer than anybody waits.
  if (invocation.own_database && ::access(socket.c_str(), R_OK | W_OK) != 0) return names;
  asio::io_context context{1};
  asio::co_spawn(context, read(context.get_executor(), invocation),
                 [&](const std::exception_ptr& error, LabNames found) {
                   if (!error) names = std::move(found);
                   context.stop();
                 });
  context.run_for(answer_limit);
  return names;
}

}  // namespace linkfab::cli
