#include "fabric/sharing.hpp"

#include <gmock/gmock.h>

#include "core/fd.hpp"
#include "fabric/database_file.hpp"
#include "ovsdb/linkfab_schema.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::fabric {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Texts = std::vector<std::string>;

class SharingTest : public testing::Test {
 protected:
  SharingTest() {
    for (const auto* name : {"key", "cert", "ca"}) EXPECT_TRUE(write_file(directory_ / name, "x"));
  }
  [[nodiscard]] ovsdb::TlsFiles files() const {
    return {.private_key = directory_ / "key",
            .certificate = directory_ / "cert",
            .ca_certificate = directory_ / "ca"};
  }
  static std::string wrong(const SharingOptions& options) {
    const auto parsed = parse_sharing(options);
    return parsed ? "it is taken" : format(parsed.error());
  }
  [[nodiscard]] Result<void> prepare(const Sharing& sharing) const {
    return prepare_database(file(), std::string(ovsdb::linkfab_schema()), sharing);
  }
  [[nodiscard]] std::string file() const { return directory_ / "linkfab.db"; }

  test::TempDir directory_;
};

TEST_F(SharingTest, NothingSaidIsADatabaseOfOneHost) {
  const auto sharing = parse_sharing({});
  ASSERT_TRUE(sharing);
  EXPECT_EQ(*sharing, Sharing{});
  EXPECT_THAT(server_options(*sharing, false), IsEmpty());
}

TEST_F(SharingTest, AMemberIsMadeAtTheHostsAddress) {
  const auto sharing = parse_sharing({.address = "10.0.0.1", .cluster = "create", .tls = files()});
  ASSERT_TRUE(sharing) << format(sharing.error());
  EXPECT_EQ(sharing->cluster, Sharing::Cluster::create);
  EXPECT_EQ(sharing->member_address, "ssl:10.0.0.1:6644");
  EXPECT_THAT(
      server_options(*sharing, true),
      ElementsAre("--remote=db:Linkfab,Fabric,connections", "--private-key=" + directory_ / "key",
                  "--certificate=" + directory_ / "cert", "--ca-cert=" + directory_ / "ca"));
}

TEST_F(SharingTest, OneThatJoinsNamesMembersWithOrWithoutAPort) {
  const auto sharing = parse_sharing({.address = "fd00::1",
                                      .cluster = "join=fd00::2,[fd00::3]:7000,10.0.0.4:6644",
                                      .tls = files()});
  ASSERT_TRUE(sharing) << format(sharing.error());
  EXPECT_EQ(sharing->member_address, "ssl:[fd00::1]:6644");
  EXPECT_THAT(sharing->join,
              ElementsAre("ssl:[fd00::2]:6644", "ssl:[fd00::3]:7000", "ssl:10.0.0.4:6644"));
}

TEST_F(SharingTest, TheClusterMayHaveAnAddressOfItsOwn) {
  const auto sharing = parse_sharing({.address = "10.0.0.1",
                                      .cluster_address = "127.0.0.1:7001",
                                      .cluster = "join=127.0.0.1:7000"});
  ASSERT_TRUE(sharing) << format(sharing.error());
  EXPECT_EQ(sharing->member_address, "tcp:127.0.0.1:7001");
  EXPECT_THAT(sharing->join, ElementsAre("tcp:127.0.0.1:7000"));
}

TEST_F(SharingTest, ListeningIsByRowsOfTheDatabase) {
  const auto sharing = parse_sharing(
      {.listen = {"ssl:,ssl:7000", "ssl:10.0.0.1:6640", "ssl:[fd00::1]:6641"}, .tls = files()});
  ASSERT_TRUE(sharing) << format(sharing.error());
  EXPECT_THAT(sharing->listen.value(),
              ElementsAre("pssl:6640", "pssl:7000", "pssl:6640:10.0.0.1", "pssl:6641:[fd00::1]"));
  EXPECT_THAT(server_options(*sharing, false).front(), HasSubstr("Fabric,connections"));
  const auto none = parse_sharing({.listen = {"none"}});
  ASSERT_TRUE(none);
  EXPECT_THAT(none->listen.value(), IsEmpty());
  EXPECT_THAT(server_options(*none, false), IsEmpty());
}

TEST_F(SharingTest, BeyondTheLoopbackHostsNeedCertificates) {
  EXPECT_THAT(wrong({.address = "10.0.0.1", .cluster = "create"}), HasSubstr("--private-key"));
  EXPECT_THAT(wrong({.address = "127.0.0.1", .cluster = "join=127.0.0.2,10.0.0.1"}),
              HasSubstr("--cluster: 10.0.0.1 is no address of the loopback"));
  EXPECT_THAT(wrong({.listen = {"ssl:6640"}}), HasSubstr("needs --private-key"));
  EXPECT_THAT(wrong({.listen = {"tcp:6640"}}), HasSubstr("--private-key"));
  EXPECT_TRUE(parse_sharing({.address = "127.0.0.1", .cluster = "join=127.0.0.2"}));
  EXPECT_TRUE(parse_sharing({.listen = {"tcp:127.0.0.1:6640"}}));
}

TEST_F(SharingTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(wrong({.cluster = "create"}), HasSubstr("needs --address"));
  EXPECT_THAT(wrong({.address = "host1"}), HasSubstr("--address: 'host1'"));
  EXPECT_THAT(wrong({.address = "0.0.0.0"}), HasSubstr("--address"));
  EXPECT_THAT(wrong({.address = "127.0.0.1", .cluster = "found"}), HasSubstr("'found' is neither"));
  EXPECT_THAT(wrong({.address = "127.0.0.1", .cluster = "join="}), HasSubstr("is no address"));
  EXPECT_THAT(wrong({.address = "127.0.0.1", .cluster = "join=127.0.0.1"}),
              HasSubstr("is this host"));
  EXPECT_THAT(wrong({.listen = {"6640"}}), HasSubstr("must be ssl:[ADDRESS:]PORT"));
  EXPECT_THAT(wrong({.tls = {.private_key = directory_ / "key"}}), HasSubstr("go together"));
  auto missing = files();
  missing.ca_certificate = directory_ / "none";
  EXPECT_THAT(wrong({.tls = missing}), HasSubstr("none: No such file"));
}

TEST_F(SharingTest, AFileIsMadeOnceAndUsedAsItIs) {
  const Sharing create{.cluster = Sharing::Cluster::create, .member_address = "tcp:127.0.0.1:1"};
  ASSERT_TRUE(prepare(create));
  const auto made = *read_file(file());
  EXPECT_EQ(database_kind(file()), DatabaseKind::member);
  EXPECT_EQ(member_address(file()), "tcp:127.0.0.1:1");
  EXPECT_TRUE(prepare(create));
  EXPECT_TRUE(prepare({}));
  EXPECT_EQ(*read_file(file()), made);
}

TEST_F(SharingTest, ADatabaseOfOneHostDoesNotBecomeAMember) {
  ASSERT_TRUE(prepare({}));
  EXPECT_EQ(database_kind(file()), DatabaseKind::standalone);
  const Sharing create{.cluster = Sharing::Cluster::create, .member_address = "tcp:127.0.0.1:1"};
  const auto refused = prepare(create);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(refused.error().cause, HasSubstr("ovsdb-tool create-cluster NEW " + file()));
  const auto joins = prepare({.cluster = Sharing::Cluster::join,
                              .member_address = "tcp:127.0.0.1:1",
                              .join = {"tcp:127.0.0.1:2"}});
  ASSERT_FALSE(joins);
  EXPECT_THAT(joins.error().cause, HasSubstr("delete the file"));
}

TEST_F(SharingTest, AMemberOverTlsNeedsItsCertificates) {
  ASSERT_TRUE(prepare({.cluster = Sharing::Cluster::create,
                       .member_address = "ssl:10.0.0.1:6644",
                       .tls = files()}));
  const auto refused = prepare({});
  ASSERT_FALSE(refused);
  EXPECT_THAT(format(refused.error()), HasSubstr("--private-key"));
  EXPECT_TRUE(prepare({.tls = files()}));
}

TEST_F(SharingTest, MembersAllListenAlike) {
  Sharing create{.cluster = Sharing::Cluster::create,
                 .member_address = "tcp:127.0.0.1:1",
                 .listen = Texts{"pssl:6640:10.0.0.1"}};
  const auto refused = prepare(create);
  ASSERT_FALSE(refused);
  EXPECT_THAT(format(refused.error()), HasSubstr("leave out 10.0.0.1"));
  create.listen = {"pssl:6640"};
  EXPECT_TRUE(prepare(create));
}

TEST_F(SharingTest, WhatIsNoDatabaseIsNotTouched) {
  ASSERT_TRUE(write_file(file(), "precious\n"));
  const auto refused = prepare({});
  ASSERT_FALSE(refused);
  EXPECT_THAT(format(refused.error()), HasSubstr("it is no database"));
  ASSERT_TRUE(write_file(file(), ""));
  EXPECT_FALSE(prepare({}));
}

TEST_F(SharingTest, TheDatabaseIsSharedByWhatIsSaidOrByWhatItIs) {
  const Paths paths{
      .instance = "test", .run_dir = directory_.path(), .state_dir = directory_.path()};
  EXPECT_FALSE(is_shared(paths, "", {}));
  EXPECT_FALSE(is_shared(paths, "", {.listen = Texts{}}));
  EXPECT_TRUE(is_shared(paths, "", {.listen = Texts{"pssl:6640"}}));
  EXPECT_TRUE(is_shared(paths, "ssl:10.0.0.1", {}));
  ASSERT_TRUE(prepare({.cluster = Sharing::Cluster::create, .member_address = "tcp:127.0.0.1:1"}));
  EXPECT_TRUE(is_shared(paths, "", {}));
}

}  // namespace
}  // namespace linkfab::fabric
