// A real server with the Linkfab database, a session that follows what clients write, and a Desired
// that follows the session.
#pragma once

#include <chrono>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "fabric/desired.hpp"
#include "fabric/rows.hpp"
#include "ovsdb/session.hpp"
#include "tests/support/ovsdb_server.hpp"
#include "tests/support/run.hpp"

namespace linkfab::fabric {

// How GoogleTest prints them.
inline void PrintTo(const Endpoint& endpoint, std::ostream* out) {
  *out << format(endpoint);
}

// The columns together with more of them.
inline ovsdb::Columns with(ovsdb::Columns columns, ovsdb::Columns more) {
  for (auto& column : more) columns.push_back(std::move(column));
  return columns;
}

// Adds a node; returns the rows of its interfaces.
inline std::vector<ovsdb::Uuid> add_node(ovsdb::Transaction& change, const std::string& name,
                                         const std::vector<std::string>& interfaces,
                                         const Node& node = {}) {
  std::vector<ovsdb::Uuid> rows;
  std::vector<ovsdb::Atom> set;
  for (const auto& interface : interfaces) {
    rows.push_back(change.insert("Interface", interface_columns(interface, {})));
    set.emplace_back(rows.back());
  }
  change.insert("Node", with(node_columns(name, node), {{"interfaces", ovsdb::Datum::set(set)}}));
  return rows;
}

// By a session of its own.
inline Result<ovsdb::Reply> transact(boost::asio::io_context& context, const std::string& remote,
                                     ovsdb::Transaction change) {
  ovsdb::Session session(context.get_executor(), {.remotes = {remote}});
  session.start();
  if (auto connected = test::run(context, session.wait_connected(std::chrono::seconds{10}));
      !connected)
    return std::unexpected(connected.error());
  return test::run(context, session.transact(std::move(change)));
}

inline ovsdb::Uuid add_link(ovsdb::Transaction& change, const std::string& name,
                            const ovsdb::Uuid& a, const ovsdb::Uuid& b,
                            const ovsdb::Columns& more = {}) {
  return change.insert("Link", with({{"name", name}, {"wanted", "up"}, {"a", a}, {"b", b}}, more));
}

inline ovsdb::Uuid add_segment(ovsdb::Transaction& change, const std::string& name,
                               const std::vector<ovsdb::Uuid>& members,
                               const ovsdb::Columns& more = {}) {
  return change.insert("Segment",
                       with({{"name", name},
                             {"kind", "switch"},
                             {"wanted", "up"},
                             {"interfaces", ovsdb::Datum::set({members.begin(), members.end()})}},
                            more));
}

inline Impairment delayed(int milliseconds) {
  Impairment impairment;
  impairment.delay = std::chrono::milliseconds{milliseconds};
  return impairment;
}

class WithLinkfabDatabase : public testing::Test {
 protected:
  explicit WithLinkfabDatabase(Site site = {})
      : site_(std::move(site)), server_({.schemas = {LINKFAB_SCHEMA_FILE}}) {
    session_.monitor(site_.shared ? wanted_columns(true) : topology_columns());
    session_.on_change([this](const std::string&, const ovsdb::Changes& changes, bool) {
      ++updates_;
      scope_.add(desired_.apply(session_.replica(database), changes));
    });
    session_.start();
    const auto connected = run(session_.wait_connected(std::chrono::seconds{10}));
    EXPECT_TRUE(connected) << format(connected.error());
  }

  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return test::run(context_, std::move(task));
  }

  // Its scope. ovsdb-server tells of a change before it acknowledges it.
  Scope commit(ovsdb::Transaction change) {
    scope_ = {};
    const auto reply = run(session_.transact(std::move(change)));
    if (!reply) ADD_FAILURE() << format(reply.error());
    return scope_;
  }

  // Of the replica: what is written now.
  [[nodiscard]] const ovsdb::Row& row(const std::string& table, const ovsdb::Uuid& uuid) const {
    return *session_.replica(database).find(table, uuid);
  }
  [[nodiscard]] ovsdb::Uuid interface(const std::string& node, const std::string& name) const {
    const auto row = desired_.interface_row({node, name});
    if (!row) ADD_FAILURE() << "no row of " << node << ":" << name;
    return row.value_or(ovsdb::Uuid{});
  }
  [[nodiscard]] const std::map<std::string, Link>& links() const {
    return desired_.topology().links;
  }
  [[nodiscard]] const std::map<std::string, Node>& nodes() const {
    return desired_.topology().nodes;
  }
  [[nodiscard]] const std::map<std::string, Segment>& segments() const {
    return desired_.topology().segments;
  }

  // What an agent that starts now makes of the same rows: following must not differ from reading.
  void expect_same_as_a_new_reader() {
    Desired fresh(site_);
    ovsdb::Changes changes;
    for (const auto& [table, columns] : wanted_columns(site_.shared).tables)
      for (const auto& [uuid, row] : session_.replica(database).rows(table))
        changes.push_back({.table = table, .uuid = uuid, .before = {}, .after = row});
    (void)fresh.apply(session_.replica(database), changes);
    EXPECT_EQ(desired_.topology(), fresh.topology());
    const auto all = fresh.everything();
    EXPECT_EQ(desired_.everything().interfaces, all.interfaces);
    EXPECT_EQ(desired_.everything().links, all.links);
    for (const auto& endpoint : all.interfaces) {
      EXPECT_EQ(desired_.interface_row(endpoint), fresh.interface_row(endpoint))
          << format(endpoint);
      EXPECT_EQ(desired_.peers(endpoint), fresh.peers(endpoint)) << format(endpoint);
    }
    for (const auto& name : all.nodes) EXPECT_EQ(desired_.node_row(name), fresh.node_row(name));
  }

  Site site_;
  boost::asio::io_context context_;
  test::OvsdbServer server_;
  ovsdb::Session session_{context_.get_executor(), {.remotes = {server_.remote()}}};
  Desired desired_{site_};
  Scope scope_;
  int updates_ = 0;
};

}  // namespace linkfab::fabric
