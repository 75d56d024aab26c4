#include "tools/cli/database.hpp"

#include <cstdlib>

#include <gmock/gmock.h>

#include "core/fd.hpp"
#include "fabric/remote_file.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Options = std::map<std::string, std::string>;

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() {
    ::setenv("LINKFAB_RUN_DIR", directory_.path().c_str(), 1);
    for (const char* name : {"key", "cert", "ca"}) EXPECT_TRUE(write_file(directory_ / name, "x"));
  }
  ~DatabaseTest() override {
    for (const char* variable : {"LINKFAB_RUN_DIR", "LINKFAB_DB", "LINKFAB_PRIVATE_KEY",
                                 "LINKFAB_CERTIFICATE", "LINKFAB_CA_CERT"})
      ::unsetenv(variable);
  }

  static Invocation located(Options options) {
    Invocation invocation;
    invocation.options = std::move(options);
    locate_database(invocation);
    return invocation;
  }
  static std::string unusable(Options options) {
    const auto invocation = located(std::move(options));
    return invocation.unusable ? format(*invocation.unusable) : "it is taken";
  }
  [[nodiscard]] Options with_files(Options options) const {
    options.insert({{"private-key", directory_ / "key"},
                    {"certificate", directory_ / "cert"},
                    {"ca-cert", directory_ / "ca"}});
    return options;
  }
  void record() const {
    EXPECT_TRUE(fabric::write_remote(fabric::paths_of("linkfab"),
                                     {.remotes = "ssl:192.0.2.1:6640",
                                      .tls = {.private_key = directory_ / "key",
                                              .certificate = directory_ / "cert",
                                              .ca_certificate = directory_ / "ca"}}));
  }

  test::TempDir directory_;
};

TEST_F(DatabaseTest, IsTheAgentsOwnWhereNothingElseIsSaid) {
  const auto invocation = located({});
  EXPECT_TRUE(invocation.own_database);
  EXPECT_EQ(invocation.remote, "unix:" + directory_ / "db.sock");
  EXPECT_FALSE(invocation.unusable);
}

TEST_F(DatabaseTest, IsTheOneThatTheAgentOfThisHostUses) {
  record();
  const auto invocation = located({});
  EXPECT_FALSE(invocation.own_database);
  EXPECT_EQ(invocation.remote, "ssl:192.0.2.1:6640");
  EXPECT_FALSE(invocation.unusable) << format(*invocation.unusable);
}

TEST_F(DatabaseTest, WhatIsGivenGoesBeforeWhatIsWrittenDown) {
  record();
  EXPECT_EQ(located({{"db", "unix:/x"}}).remote, "unix:/x");
  EXPECT_THAT(unusable(with_files({{"private-key", directory_ / "other"}})),
              AllOf(HasSubstr("other (--private-key)"), HasSubstr("No such file")));
  ::setenv("LINKFAB_DB", "tcp:127.0.0.1:1", 1);
  EXPECT_EQ(located({}).remote, "tcp:127.0.0.1:1");
}

TEST_F(DatabaseTest, AnEncryptedOneNeedsAllFilesAndSaysWhichAreMissing) {
  EXPECT_EQ(unusable({{"db", "ssl:h:1"}}),
            "connect to the database ssl:h:1: it needs --private-key, --certificate and --ca-cert");
  EXPECT_EQ(unusable({{"db", "ssl:h:1"}, {"private-key", "/k"}, {"ca-cert", "/c"}}),
            "connect to the database ssl:h:1: --private-key, --certificate and --ca-cert go "
            "together; --certificate is missing");
  EXPECT_EQ(unusable({{"db", "ssl:h:1"}, {"certificate", "/c"}}),
            "connect to the database ssl:h:1: --private-key, --certificate and --ca-cert go "
            "together; --private-key and --ca-cert are missing");
  EXPECT_EQ(unusable(with_files({{"db", "tcp:127.0.0.1:1,ssl:h:1"}})), "it is taken");
}

TEST_F(DatabaseTest, AFileThatCannotBeReadIsNamedWithWhatNamedIt) {
  auto options = with_files({{"db", "ssl:h:1"}});
  options.erase("certificate");
  ::setenv("LINKFAB_CERTIFICATE", "/nowhere/cert.pem", 1);
  EXPECT_EQ(unusable(options),
            "read the certificate /nowhere/cert.pem ($LINKFAB_CERTIFICATE): No such file or "
            "directory");
}

TEST_F(DatabaseTest, ARecordThatIsDamagedIsNotTakenForNone) {
  EXPECT_TRUE(write_file(directory_ / "database.json", "{"));
  EXPECT_THAT(unusable({}), HasSubstr("database.json: it does not name a database"));
  EXPECT_EQ(unusable({{"db", "unix:/x"}}), "it is taken");
}

}  // namespace
}  // namespace linkfab::cli
