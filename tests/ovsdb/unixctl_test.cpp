#include "ovsdb/unixctl.hpp"

#include <gmock/gmock.h>

#include "tests/ovsdb/session_fixture.hpp"

namespace linkfab::ovsdb {
namespace {

using ::testing::HasSubstr;

class Unixctl : public WithOvsdbServer {
 protected:
  Result<std::string> command(const std::string& name, std::vector<std::string> arguments = {},
                              std::chrono::milliseconds limit = std::chrono::seconds{5}) {
    return run(
        unixctl(context.get_executor(), server.file("ctl"), name, std::move(arguments), limit));
  }
};

TEST_F(Unixctl, ACommandGivesWhatItPrints) {
  const auto databases = command("ovsdb-server/list-dbs");
  ASSERT_TRUE(databases) << format(databases.error());
  EXPECT_EQ(*databases, "Linkfab\nOpen_vSwitch\n_Server\n");
}

TEST_F(Unixctl, ACommandThatIsRefusedSaysWhy) {
  const auto refused = command("ovsdb-server/remove-db", {"nothing"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_THAT(format(refused.error()), HasSubstr("ovsdb-server/remove-db at "));
  EXPECT_FALSE(refused.error().cause.ends_with('\n')) << refused.error().cause;
  const auto unknown = command("no/such");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().cause, HasSubstr("is not a valid command"));
}

TEST_F(Unixctl, ADaemonThatIsGoneOrSilentIsToldApart) {
  server.freeze();
  const auto silent = command("ovsdb-server/list-dbs", {}, std::chrono::milliseconds{100});
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, Errc::timeout);
  server.kill();
  const auto gone = command("ovsdb-server/list-dbs");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::unreachable);
}

}  // namespace
}  // namespace linkfab::ovsdb
