// A real database server, the program under test as a process, and an agent that does nothing but
// answer: it reports every node and link as wanted and follows the sequence numbers, as
// fabric/edit.hpp says.
#pragma once

#include <sys/wait.h>

#include <chrono>
#include <fcntl.h>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "core/fd.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/rows.hpp"
#include "ovsdb/session.hpp"
#include "tests/support/ovsdb_server.hpp"
#include "tests/support/run.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::cli {

// Answers what clients ask for, in one transaction as the real one does.
class AnsweringAgent {
 public:
  AnsweringAgent(boost::asio::io_context& context, const std::string& remote)
      : context_(context), session_(context.get_executor(), {.remotes = {remote}}) {
    session_.monitor(fabric::all_columns());
    session_.on_change([this](const auto&, const auto&, bool) { answer(); });
    session_.start();
  }

  bool silent = false;                             // does not answer
  std::map<std::string, std::string> node_errors;  // these fail to start

 private:
  static std::int64_t number(const ovsdb::Row& row, const char* column) {
    return ovsdb::get(row, column).integer();
  }

  void answer() {
    const auto& replica = session_.replica(fabric::database);
    if (silent || replica.rows("Fabric").empty()) return;
    const auto& [uuid, fabric] = *replica.rows("Fabric").begin();
    const auto next_cfg = number(fabric, "next_cfg");
    const auto next_stats = number(fabric, "next_stats");
    if (next_cfg <= answered_ && next_stats <= counted_) return;
    ovsdb::Transaction answer{fabric::database};
    answer.update("Host", {}, {{"cur_cfg", next_cfg}, {"cur_stats", next_stats}});
    for (const auto& [id, row] : replica.rows("Node")) report_node(answer, id, row);
    for (const char* table : {"Link", "Segment"})
      for (const auto& [id, row] : replica.rows(table))
        answer.update(table, ovsdb::by_uuid(id), {{"state", ovsdb::get(row, "wanted")}});
    if (next_stats > counted_)
      for (const auto& [id, row] : replica.rows("Interface"))
        answer.update("Interface", ovsdb::by_uuid(id),
                      {{"statistics", ovsdb::Datum::map({{"rx_packets", std::int64_t{7}},
                                                         {"qdisc_drops", std::int64_t{2}}})}});
    answered_ = next_cfg;
    counted_ = next_stats;
    boost::asio::co_spawn(context_, session_.transact(std::move(answer)), boost::asio::detached);
  }

  void report_node(ovsdb::Transaction& answer, const ovsdb::Uuid& id, const ovsdb::Row& row) {
    const auto error = node_errors.find(ovsdb::get(row, "name").string());
    ovsdb::Columns columns{{"restart_done", ovsdb::get(row, "restart_request")}};
    if (error == node_errors.end()) {
      columns.emplace_back("state", ovsdb::get(row, "wanted"));
      columns.emplace_back("error", ovsdb::Datum());
    } else {
      columns.emplace_back("state", "error");
      columns.emplace_back("error", error->second);
    }
    answer.update("Node", ovsdb::by_uuid(id), columns);
  }

  boost::asio::io_context& context_;
  ovsdb::Session session_;
  std::int64_t answered_ = 0;
  std::int64_t counted_ = 0;
};

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

class WithLab : public ::testing::Test {
 protected:
  WithLab()
      : server({.schemas = {LINKFAB_SCHEMA_FILE}}),
        agent(context, server.remote()),
        observer(context.get_executor(), {.remotes = {server.remote()}}) {
    observer.monitor(fabric::wanted_columns());
    observer.on_change([this](const auto&, const ovsdb::Changes& changes, bool) {
      for (const auto& change : changes)
        if (change.table != "Fabric") written.push_back(describe(change));
    });
    observer.start();
    EXPECT_TRUE(test::run(context, observer.wait_connected(std::chrono::seconds{10})));
    ovsdb::Transaction first{fabric::database};
    first.insert("Fabric", {});
    first.insert("Host", {{"name", "test"}, {"version", "0"}});
    EXPECT_TRUE(test::run(context, observer.transact(std::move(first))));
  }

  // Runs the program to its end; the agent goes on answering meanwhile.
  Outcome linkfab(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--db", server.remote()});
    return execute(std::move(arguments));
  }

  Outcome execute(std::vector<std::string> arguments) {
    written.clear();
    arguments.insert(arguments.begin(), LINKFAB_PROGRAM);
    const pid_t child = spawn(arguments);
    int status = 0;
    const bool ended = test::run_until(
        context, [&] { return ::waitpid(child, &status, WNOHANG) == child; },
        std::chrono::seconds{30});
    if (!ended) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
    }
    test::run_until(context, [] { return false; }, std::chrono::milliseconds{50});
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            *read_file(dir / "out"), *read_file(dir / "err")};
  }

  // A lab of r1, r2 and r3, with a cable between the first two and all three on a segment. `more`
  // goes into the cable.
  std::string lab_file(const std::string& more = "", const std::string& name = "lab") {
    const std::string text = R"({"name": ")" + name + R"(",
      "nodes": {"r1": {}, "r2": {}, "r3": {}},
      "links": [{"ends": ["r1:eth0", "r2:eth0"])" +
                             more + R"(}],
      "segments": {"lan": {"interfaces": ["r1:eth1", "r2:eth1", "r3:eth1"]}}})";
    EXPECT_TRUE(write_file(dir / "lab.json", text));
    return dir / "lab.json";
  }

  fabric::LabView lab() {
    // Status columns are not replicated here: what is wanted is what counts.
    return fabric::view(observer.replica(fabric::database));
  }

  static std::string describe(const ovsdb::Change& change) {
    std::string text = (change.before.empty()  ? "+"
                        : change.after.empty() ? "-"
                                               : "~") +
                       change.table;
    if (!change.before.empty() && !change.after.empty())
      for (const auto& column : wanted_columns(change.table))
        if (ovsdb::get(change.before, column) != ovsdb::get(change.after, column))
          text += " " + column;
    return text;
  }

  // In the order of their names.
  static std::set<std::string> wanted_columns(const std::string& table) {
    const auto listed = fabric::wanted_columns().tables.at(table);
    std::set<std::string> names(listed.begin(), listed.end());
    if (table == "Impairment")
      for (const auto& [name, value] : fabric::impairment_columns({})) names.insert(name);
    return names;
  }

  boost::asio::io_context context;
  test::TempDir dir;
  test::OvsdbServer server;
  AnsweringAgent agent;
  ovsdb::Session observer;
  std::vector<std::string> written;  // "~Impairment delay_ns", of the last run

 private:
  pid_t spawn(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork");
    if (child > 0) return child;
    ::setenv("LINKFAB_RUN_DIR", (dir / "run").c_str(), 1);
    ::setenv("LINKFAB_STATE_DIR", (dir / "state").c_str(), 1);
    ::dup2(::open("/dev/null", O_RDONLY), 0);
    ::dup2(::open((dir / "out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
    ::dup2(::open((dir / "err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
};

}  // namespace linkfab::cli
