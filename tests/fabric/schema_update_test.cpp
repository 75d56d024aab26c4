// Databases of other versions, under a real ovsdb-server.
#include "fabric/schema_update.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <json/reader.h>
#include <json/writer.h>

#include "core/fd.hpp"
#include "ovsdb/linkfab_schema.hpp"
#include "tests/fabric/desired_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Transaction;

class SchemaUpdate : public testing::Test {
 protected:
  // A server of a schema as this program has it but for its version and the tables that it lacks.
  void serve(const std::string& version, const std::vector<std::string>& without = {}) {
    Json::Value schema;
    ASSERT_TRUE(Json::Reader().parse(std::string(ovsdb::linkfab_schema()), schema));
    schema["version"] = version;
    for (const auto& table : without) schema["tables"].removeMember(table);
    const std::string file = directory_ / "schema";
    ASSERT_TRUE(write_file(file, Json::FastWriter().write(schema)));
    server_ = std::make_unique<test::OvsdbServer>(test::OvsdbServer::Options{.schemas = {file}});
  }
  Result<void> update() {
    return test::run(context_, update_schema(context_.get_executor(), server_->remote(),
                                             ovsdb::linkfab_schema()));
  }
  Result<ovsdb::Reply> transact(Transaction change) {
    return fabric::transact(context_, server_->remote(), std::move(change));
  }
  Result<ovsdb::Reply> select(const std::string& table) {
    Transaction question{database};
    question.select(table, {}, {"name"});
    return transact(std::move(question));
  }

  boost::asio::io_context context_;
  test::TempDir directory_;
  std::unique_ptr<test::OvsdbServer> server_;
};

TEST_F(SchemaUpdate, AnEarlierOneIsBroughtUpAndItsRowsStay) {
  serve("0.1.9", {"Scenario", "Change", "Snapshot"});
  Transaction change{database};
  add_node(change, "r1", {"eth0"});
  ASSERT_TRUE(transact(std::move(change)));
  EXPECT_FALSE(select("Scenario"));

  const auto updated = update();
  ASSERT_TRUE(updated) << format(updated.error());
  EXPECT_TRUE(select("Scenario"));
  Transaction history{database};
  history.select("Change", {}, {"number"});
  EXPECT_TRUE(transact(std::move(history)));
  const auto nodes = select("Node");
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->operations.front().rows.size(), 1U);
  EXPECT_TRUE(update()) << "of the same version now";
}

TEST_F(SchemaUpdate, ALaterOneIsLeftAlone) {
  serve("0.10.0");
  const auto updated = update();
  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().code, Errc::unsupported);
  EXPECT_NE(updated.error().cause.find("version 0.10.0"), std::string::npos)
      << updated.error().cause;
}

}  // namespace
}  // namespace linkfab::fabric
