#include "tools/cli/host_table.hpp"

#include <gmock/gmock.h>

namespace linkfab::cli {
namespace {

using namespace std::chrono_literals;

TEST(HostTable, TimesAreToldByTheirSize) {
  EXPECT_EQ(ago_text(-5s), "now");
  EXPECT_EQ(ago_text(999ms), "now");
  EXPECT_EQ(ago_text(65s), "65s ago");
  EXPECT_EQ(ago_text(125s), "2min ago");
  EXPECT_EQ(ago_text(3h), "3h ago");
  EXPECT_EQ(ago_text(72h), "3d ago");
}

TEST(HostTable, TellsOfTheClusterWhereNothingIsKnownOfHosts) {
  fabric::ClusterStatus cluster{.status = "joining cluster",
                                .role = "follower",
                                .leader = {},
                                .cluster_id = {},
                                .server_id = {},
                                .address = {}};
  cluster.members = {{.id = "06f2", .address = "ssl:10.0.0.1:6644", .self = true, .heard = {}},
                     {.id = "1234", .address = "ssl:10.0.0.2:6644", .self = false, .heard = 4s},
                     {.id = "5678", .address = "ssl:10.0.0.3:6644", .self = false, .heard = {}}};
  const HostTable hosts{
      .replica = nullptr, .without_majority = true, .cluster = cluster, .now = {}};
  EXPECT_EQ(host_text(hosts, false),
            "MEMBER  ADDRESS            HEARD\n"
            "-       ssl:10.0.0.1:6644  this member\n"
            "-       ssl:10.0.0.2:6644  4s ago\n"
            "-       ssl:10.0.0.3:6644  not since its start\n");
  EXPECT_EQ(lone_notice(hosts),
            "nothing is known of the hosts; the member on this one says: joining cluster");
  const auto json = host_json(hosts);
  EXPECT_FALSE(json["majority"].asBool());
  EXPECT_EQ(json["members"][1]["heard_ago"].asDouble(), 4.0);
  EXPECT_TRUE(json["members"][2]["heard_ago"].isNull());
}

}  // namespace
}  // namespace linkfab::cli
