#include "fabric/remote_file.hpp"

#include <sys/stat.h>

#include <gmock/gmock.h>

#include "core/fd.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::fabric {
namespace {

using ::testing::HasSubstr;

class RemoteFileTest : public testing::Test {
 protected:
  test::TempDir directory_;
  Paths paths_{.instance = "test", .run_dir = directory_ / "", .state_dir = directory_ / ""};
  DatabaseRemote remote_{.remotes = "ssl:192.0.2.1:6640,ssl:[fd00::2]:6640",
                         .tls = {.private_key = "/etc/linkfab/key.pem",
                                 .certificate = "/etc/linkfab/\"cert\".pem",
                                 .ca_certificate = "/etc/linkfab/ca.pem"}};
};

TEST_F(RemoteFileTest, IsReadAsItWasWrittenByWhoeverIsOfItsGroup) {
  ASSERT_TRUE(write_remote(paths_, remote_));
  const auto read = read_remote(paths_);
  ASSERT_TRUE(read) << format(read.error());
  EXPECT_EQ(*read, remote_);
  struct stat about{};
  ASSERT_EQ(::stat(paths_.remote_file().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777U, 0640U);
}

TEST_F(RemoteFileTest, OneThatNeedsNoFilesNamesNone) {
  ASSERT_TRUE(write_remote(paths_, {.remotes = "unix:/x", .tls = {}}));
  EXPECT_EQ(read_remote(paths_)->tls, ovsdb::TlsFiles{});
}

TEST_F(RemoteFileTest, IsNotThereWhereTheDatabaseIsTheAgentsOwn) {
  ASSERT_TRUE(write_remote(paths_, remote_));
  remove_remote(paths_);
  remove_remote(paths_);
  EXPECT_EQ(read_remote(paths_).error().code, Errc::not_found);
}

TEST_F(RemoteFileTest, ADamagedOneIsSaidToBe) {
  for (const char* text : {"", "{", "[]", "{}", R"({"remotes": 7})"}) {
    ASSERT_TRUE(write_file(paths_.remote_file(), text));
    const auto read = read_remote(paths_);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::invalid) << text;
    EXPECT_THAT(format(read.error()), HasSubstr("database.json: it does not name a database"));
  }
}

}  // namespace
}  // namespace linkfab::fabric
