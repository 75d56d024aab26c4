// A real server with the Linkfab database and Open vSwitch's own, and what the tests of a session
// say often.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "ovsdb/session.hpp"
#include "tests/support/ovsdb_server.hpp"
#include "tests/support/run.hpp"

namespace linkfab::ovsdb {

inline constexpr const char* linkfab_schema_file = LINKFAB_SCHEMA_FILE;

class WithOvsdbServer : public ::testing::Test {
 protected:
  WithOvsdbServer() : WithOvsdbServer(test::OvsdbServer::Options{}) {}
  explicit WithOvsdbServer(test::OvsdbServer::Options options)
      : server(with_schemas(std::move(options))) {}

  static test::OvsdbServer::Options with_schemas(test::OvsdbServer::Options options) {
    options.schemas = {linkfab_schema_file, test::vswitch_schema};
    return options;
  }

  // A session that monitors all of Linkfab's nodes and impairments; not started.
  std::unique_ptr<Session> make_session(SessionOptions options) {
    auto session = std::make_unique<Session>(context.get_executor(), std::move(options));
    session->monitor({.database = "Linkfab", .tables = {{"Node", {}}, {"Impairment", {}}}});
    return session;
  }
  std::unique_ptr<Session> make_session() { return make_session({.remotes = {server.remote()}}); }

  std::unique_ptr<Session> connected_session() {
    auto session = make_session();
    start(*session);
    return session;
  }

  void start(Session& session) {
    session.start();
    const auto connected = run(session.wait_connected(std::chrono::seconds{10}));
    EXPECT_TRUE(connected) << format(connected.error());
  }

  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return test::run(context, std::move(task));
  }
  template <class Condition>
  bool run_until(Condition condition) {
    return test::run_until(context, condition);
  }

  boost::asio::io_context context;
  test::OvsdbServer server;
};

inline Columns node(const std::string& name) {
  return {{"name", name}, {"kind", "netns"}, {"wanted", "running"}};
}

inline Transaction add_node(const std::string& name) {
  Transaction txn("Linkfab");
  txn.insert("Node", node(name));
  return txn;
}

}  // namespace linkfab::ovsdb
