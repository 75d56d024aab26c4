#include "fabric/owners.hpp"

#include <sys/wait.h>

#include <csignal>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "containers/process.hpp"

namespace linkfab::fabric {
namespace {

const ovsdb::Uuid node_row{"11111111-1111-1111-1111-111111111111"};
const ovsdb::Uuid link_row{"22222222-2222-2222-2222-222222222222"};

// A process that waits until it is killed.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ != 0) return;
    for (;;) ::pause();
  }
  ~Sleeper() { end(); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  [[nodiscard]] std::string owner() const { return format(*containers::identify(pid_)); }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_;
};

bool all(const ovsdb::Row& /*row*/) {
  return true;
}

class OwnersTest : public testing::Test {
 protected:
  void row(const std::string& table, const ovsdb::Uuid& uuid, const std::string& owner) {
    owners.apply({{.table = table, .uuid = uuid, .before = {}, .after = {{"owner", owner}}}}, all);
  }
  void erase(const std::string& table, const ovsdb::Uuid& uuid) {
    owners.apply({{.table = table, .uuid = uuid, .before = {}, .after = {}}}, all);
  }
  bool told() {
    context.restart();
    context.run_for(std::chrono::seconds{5});
    return calls > 0;
  }

  boost::asio::io_context context;
  int calls = 0;
  Owners owners{context.get_executor(), [this] {
                  ++calls;
                  context.stop();
                }};
};

TEST_F(OwnersTest, AProcessThatEndsIsTold) {
  Sleeper process;
  const auto owner = process.owner();
  row("Node", node_row, owner);
  row("Link", link_row, owner);
  EXPECT_TRUE(owners.ended().empty());
  process.end();
  EXPECT_TRUE(told());
  EXPECT_EQ(owners.ended(), std::set{owner});
}

TEST_F(OwnersTest, OneThatEndedEarlierAndOneThatNeverWasAreTold) {
  Sleeper process;
  const auto owner = process.owner();
  process.end();
  row("Node", node_row, owner);
  row("Link", link_row, "nobody");
  EXPECT_EQ(owners.ended(), (std::set<std::string>{owner, "nobody"}));
}

TEST_F(OwnersTest, AnotherProcessOfTheSameNumberIsNotTheOwner) {
  const Sleeper process;
  auto id = *containers::parse_process_id(process.owner());
  id.start_time -= 1;
  row("Node", node_row, format(id));
  EXPECT_EQ(owners.ended(), std::set{format(id)});
}

TEST_F(OwnersTest, WhoHasNoRowsAnyMoreIsForgotten) {
  Sleeper process;
  row("Node", node_row, process.owner());
  row("Link", link_row, process.owner());
  erase("Node", node_row);
  row("Link", link_row, "");
  process.end();
  EXPECT_FALSE(told());
  EXPECT_TRUE(owners.ended().empty());
}

TEST_F(OwnersTest, RowsOfNobodyAreNothingToWatch) {
  row("Node", node_row, "");
  EXPECT_TRUE(owners.ended().empty());
}

}  // namespace
}  // namespace linkfab::fabric
