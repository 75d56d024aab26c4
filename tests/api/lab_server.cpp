// The API over a real database server and in front of an agent that is none: it takes every change
// as done. For lab_api_test.py: `lab_server DIRECTORY TOPOLOGY [WEB]` serves DIRECTORY/api.sock and
// a port of TCP, which it prints, until its standard input ends; `lab_server --routes` prints what
// the router knows.
#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/lab_api.hpp"
#include "fabric/edit.hpp"
#include "fabric/rows.hpp"
#include "fabric/topology_file.hpp"
#include "ovsdb/session.hpp"
#include "tests/support/ovsdb_server.hpp"

namespace linkfab {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using ovsdb::get;
using ovsdb::Transaction;
using namespace std::chrono_literals;

// A link whose name has "bad" in it fails.
Transaction pretend(const ovsdb::Replica& replica, std::int64_t number) {
  Transaction done{fabric::database};
  for (const auto& [uuid, row] : replica.rows("Node"))
    done.update("Node", ovsdb::by_uuid(uuid),
                {{"state", get(row, "wanted")},
                 {"restart_done", get(row, "restart_request")},
                 {"pid", std::int64_t{1}}});
  for (const auto& [uuid, row] : replica.rows("Interface"))
    done.update("Interface", ovsdb::by_uuid(uuid), {{"state", "up"}, {"device", "lf-test"}});
  for (const char* table : {"Link", "Segment"})
    for (const auto& [uuid, row] : replica.rows(table)) {
      const bool bad = get(row, "name").string().find("bad") != std::string::npos;
      if (bad)
        done.update(table, ovsdb::by_uuid(uuid), {{"state", "error"}, {"error", "join it: no"}});
      else
        done.update(table, ovsdb::by_uuid(uuid), {{"state", get(row, "wanted")}});
    }
  for (const auto& [uuid, row] : replica.rows("Scenario"))
    done.update("Scenario", ovsdb::by_uuid(uuid), {{"state", "playing"}});
  done.update("Host", {}, {{"cur_cfg", number}});
  return done;
}

class Agent {
 public:
  Agent(asio::io_context& context, const std::string& remote)
      : context_(context), session_(context.get_executor(), {.remotes = {remote}}) {
    session_.monitor(fabric::state_columns());
    session_.on_change(
        [this](const auto&, const auto&, bool) { asio::post(context_, [this] { look(); }); });
    session_.start();
  }

  awaitable<void> start(fabric::Topology topology) {
    (void)co_await session_.wait_connected(10s);
    (void)co_await session_.transact(fabric::converge(replica(), topology).value());
    Transaction host{fabric::database};
    host.insert("Host", {{"name", "test"}, {"version", "0"}, {"pid", std::int64_t{1}}});
    (void)co_await session_.transact(std::move(host));
  }

  [[nodiscard]] const ovsdb::Replica& replica() const { return session_.replica(fabric::database); }

  Result<fabric::Measurements> measure() {
    fabric::Measurements measured;
    ++measured_;
    for (const auto& [uuid, node] : replica().rows("Node"))
      for (const auto& interface : get(node, "interfaces").uuids())
        if (const auto* row = replica().find("Interface", interface))
          measured.interfaces.push_back(
              {.endpoint = {get(node, "name").string(), get(*row, "name").string()},
               .counters = fabric::InterfaceCounters{.received = {.packets = 10 * measured_}}});
    return measured;
  }

 private:
  void look() {
    for (const auto& [uuid, row] : replica().rows("Fabric"))
      if (const auto next = get(row, "next_cfg").integer(); next > told_) {
        told_ = next;
        asio::co_spawn(context_, session_.transact(pretend(replica(), next)), asio::detached);
      }
  }

  asio::io_context& context_;
  ovsdb::Session session_;
  std::int64_t told_ = 0;
  std::uint64_t measured_ = 0;
};

// In place of `linkfab`: says what it was called with, and is a shell, or goes on as long as it
// may.
std::vector<std::string> stand_in_command_line() {
  return {"/bin/sh", "-c",
          "case \"$*\" in *nonsense*) echo 'linkfab: no filter' >&2; exit 2;; esac; "
          "echo \"called: $*; process $$.\"; [ $1 = shell ] || exec sleep 1000; exec /bin/sh -i",
          "linkfab"};
}

int serve(const std::string& directory, const std::string& file, const std::string& web) {
  asio::io_context context;
  test::OvsdbServer database({.schemas = {LINKFAB_SCHEMA_FILE}});
  const auto topology = fabric::read_topology(file);
  if (!topology) throw std::runtime_error(format(topology.error().front()));
  Agent agent(context, database.remote());
  asio::co_spawn(context, agent.start(*topology), asio::detached);
  const api::LabApi lab(context.get_executor(), {.remote = database.remote(),
                                                 .about = {.instance = "test", .version = "0"},
                                                 .measure = [&] { return agent.measure(); },
                                                 .web_directory = web,
                                                 .command_line = stand_in_command_line()});
  auto local = api::HttpServer::listen_local(context.get_executor(), directory + "/api.sock",
                                             lab.handler(std::nullopt), api::LabApi::limits(),
                                             api::LabApi::refusal());
  auto token = api::read_token(directory + "/api.token");
  auto tcp = api::HttpServer::listen(
      context.get_executor(), {.host = "127.0.0.1", .port = 0},
      lab.handler(api::TcpAccess{.host = "127.0.0.1", .token = token.value()}),
      api::LabApi::limits(), api::LabApi::refusal());
  local.value().start();
  tcp.value().start();
  std::cout << tcp.value().port() << std::endl;
  asio::posix::stream_descriptor input(context, ::dup(STDIN_FILENO));
  char byte = 0;
  input.async_read_some(asio::buffer(&byte, 1), [&](const auto&, std::size_t) { context.stop(); });
  context.run();
  return 0;
}

int routes() {
  asio::io_context context;
  const api::LabApi lab(context.get_executor(), {});
  for (const auto& route : lab.router().routes())
    std::cout << route.method << ' ' << route.pattern << '\n';
  return 0;
}

}  // namespace
}  // namespace linkfab

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 1 && words[0] == "--routes") return linkfab::routes();
    if (words.size() >= 2)
      return linkfab::serve(words[0], words[1], words.size() > 2 ? words[2] : "");
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
  return 1;
}
