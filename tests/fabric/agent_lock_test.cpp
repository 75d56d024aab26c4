#include "fabric/agent_lock.hpp"

#include <chrono>
#include <filesystem>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace linkfab::fabric {
namespace {

class AgentLock : public testing::Test {
 protected:
  test::TempDir directory_;
  Paths paths_{.instance = "test", .run_dir = directory_ / "run", .state_dir = directory_ / "lib"};
};

TEST_F(AgentLock, ASecondAgentIsToldWhoHasIt) {
  const auto first = take_agent_lock(paths_);
  ASSERT_TRUE(first) << format(first.error());
  EXPECT_TRUE(agent_alive(paths_));
  const auto second = take_agent_lock(paths_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::exists);
  EXPECT_NE(format(second.error()).find(paths_.lock_file()), std::string::npos);
}

TEST_F(AgentLock, ItGoesWithItsAgent) {
  {
    const auto first = take_agent_lock(paths_);
  }
  EXPECT_FALSE(agent_alive(paths_));
  EXPECT_TRUE(take_agent_lock(paths_));
}

TEST_F(AgentLock, WhoWaitedForAnAgentThatLeavesHasALockOfItsOwn) {
  auto first = take_agent_lock(paths_);
  ASSERT_TRUE(first);
  auto second = std::async(std::launch::async, [this] { return take_agent_lock(paths_); });
  std::this_thread::sleep_for(std::chrono::milliseconds{100});  // it has the file open by now
  remove_run_directory(paths_);
  EXPECT_FALSE(std::filesystem::exists(paths_.run_dir));
  first->reset();
  const auto lock = second.get();
  ASSERT_TRUE(lock) << format(lock.error());
  EXPECT_TRUE(std::filesystem::exists(paths_.lock_file()));
  EXPECT_TRUE(agent_alive(paths_));
}

}  // namespace
}  // namespace linkfab::fabric
