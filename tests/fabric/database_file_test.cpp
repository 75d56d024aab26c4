// What is written for ovsdb-server, against what ovsdb-tool writes and reads.
#include "fabric/database_file.hpp"

#include <gtest/gtest.h>
#include <json/reader.h>

#include "core/fd.hpp"
#include "fabric/rows.hpp"
#include "ovsdb/linkfab_schema.hpp"
#include "tests/support/ovsdb_server.hpp"

namespace linkfab::fabric {
namespace {

using test::OvsdbServer;

const std::string schema{ovsdb::linkfab_schema()};

class DatabaseFile : public testing::Test {
 protected:
  // The only record of a file. A header's length and checksum are ovsdb-tool's to check.
  static Json::Value record(const std::string& file) {
    const auto text = read_file(file);
    Json::Value json;
    if (!text || !Json::Reader().parse(text->substr(text->find('\n') + 1), json))
      ADD_FAILURE() << "no record in " << file;
    return json;
  }
  test::TempDir directory_;
};

TEST_F(DatabaseFile, OfAFirstMemberIsWhatOvsdbToolMakes) {
  const std::string ours = directory_ / "ours";
  const std::string theirs = directory_ / "theirs";
  ASSERT_TRUE(create_cluster(ours, schema, "tcp:127.0.0.1:6644"));
  OvsdbServer::command(
      {"ovsdb-tool", "create-cluster", theirs, LINKFAB_SCHEMA_FILE, "tcp:127.0.0.1:6644"});
  auto made = record(ours);
  auto expected = record(theirs);
  EXPECT_NE(made["cluster_id"], expected["cluster_id"]);
  EXPECT_EQ(made["prev_servers"].getMemberNames().at(0), made["server_id"].asString());
  // What is as random as theirs; and their schema is written out another way.
  for (auto* json : {&made, &expected}) {
    (*json)["prev_servers"]["it"] = (*json)["prev_servers"][(*json)["server_id"].asString()];
    (*json)["prev_servers"].removeMember((*json)["server_id"].asString());
    for (const auto* name : {"server_id", "cluster_id", "prev_eid"}) {
      EXPECT_TRUE(ovsdb::Uuid::parse((*json)[name].asString()));
      (*json).removeMember(name);
    }
    (*json)["prev_data"][0] = (*json)["prev_data"][0]["version"];
  }
  EXPECT_EQ(made, expected);
}

TEST_F(DatabaseFile, OfAJoiningMemberIsWhatOvsdbToolMakes) {
  const std::string ours = directory_ / "ours";
  const std::string theirs = directory_ / "theirs";
  ASSERT_TRUE(
      join_cluster(ours, database, "tcp:127.0.0.1:1", {"tcp:127.0.0.1:2", "tcp:127.0.0.1:3"}));
  OvsdbServer::command({"ovsdb-tool", "join-cluster", theirs, "Linkfab", "tcp:127.0.0.1:1",
                        "tcp:127.0.0.1:2", "tcp:127.0.0.1:3"});
  auto made = record(ours);
  auto expected = record(theirs);
  // In an order of its own.
  for (auto* json : {&made, &expected}) {
    json->removeMember("server_id");
    auto& remotes = (*json)["remote_addresses"];
    if (remotes[0] > remotes[1]) remotes[0].swap(remotes[1]);
  }
  EXPECT_EQ(made, expected);
}

TEST_F(DatabaseFile, OvsdbToolReadsWhatIsMade) {
  const std::string first = directory_ / "first";
  const std::string joining = directory_ / "joining";
  const std::string alone = directory_ / "alone";
  ASSERT_TRUE(create_cluster(first, schema, "ssl:[fd00::1]:6644"));
  ASSERT_TRUE(join_cluster(joining, database, "ssl:10.0.0.1:6644", {"ssl:10.0.0.2:6644"}));
  ASSERT_TRUE(create_database(alone, schema));
  for (const auto& file : {first, joining})
    EXPECT_NO_THROW(OvsdbServer::command({"ovsdb-tool", "db-is-clustered", file}));
  EXPECT_NO_THROW(OvsdbServer::command({"ovsdb-tool", "db-cid", first}));
  EXPECT_NO_THROW(OvsdbServer::command({"ovsdb-tool", "db-local-address", joining}));
  EXPECT_NO_THROW(OvsdbServer::command({"ovsdb-tool", "db-is-standalone", alone}));
}

TEST_F(DatabaseFile, IsKeptWhereItIsThere) {
  const std::string file = directory_ / "file";
  ASSERT_TRUE(write_file(file, "precious"));
  ASSERT_TRUE(create_database(file, schema));
  ASSERT_TRUE(create_cluster(file, schema, "tcp:127.0.0.1:1"));
  ASSERT_TRUE(join_cluster(file, database, "tcp:127.0.0.1:1", {"tcp:127.0.0.1:2"}));
  EXPECT_EQ(*read_file(file), "precious");
}

TEST_F(DatabaseFile, OfAMemberThatHasLeftIsTold) {
  const std::string file = directory_ / "file";
  ASSERT_TRUE(create_cluster(file, schema, "tcp:127.0.0.1:1"));
  const auto member = *read_file(file);
  const std::string note =
      "\nOVSDB CLUSTER 57 809fad401f5dce233e614021dc9ec18b6aad25a3\n"
      "{\"comment\":\"this server left the cluster\",\"note\":\"left\"}";
  ASSERT_TRUE(write_file(file, member.substr(0, member.size() - 1) + note));
  EXPECT_EQ(database_kind(file), DatabaseKind::left);
}

}  // namespace
}  // namespace linkfab::fabric
