#include "gateway/relay_port.hpp"

#include <gmock/gmock.h>

namespace linkfab::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RelayPorts, WhatIsWrittenIsReadBack) {
  const std::vector<RelayPort> ports{
      {.outer = "lg1", .local = {"127.0.0.1", 1}, .remote = {"127.0.0.1", 2}},
      {.outer = "lg1",
       .netns = "/run/netns/a \"quoted\" \x97\n",
       .local = {"::", 3},
       .remote = {"::1", 4},
       .longer_than = 1472}};
  EXPECT_EQ(relay_ports_from_json(to_json(ports)), ports);
  EXPECT_EQ(relay_ports_from_json(to_json(std::vector<RelayPort>{})), std::vector<RelayPort>{});
  EXPECT_THAT(to_json(ports), Not(HasSubstr("\n")));
}

TEST(RelayPorts, WhatIsNoListOfPortsIsRefused) {
  const std::string port =
      R"({"outer":"a","netns":"","local":"1.2.3.4:1","remote":"1.2.3.4:2","longer_than":0})";
  ASSERT_TRUE(relay_ports_from_json("[" + port + "]"));
  std::string two = "[";
  two.append(port).append(",").append(port).append("]");
  for (
      const std::string& line :
      {std::string{}, std::string{"{}"}, std::string{"[1]"}, "[" + port, two,
       std::string{R"([{"outer":"a"}])"}, std::string(100, '['),
       std::string{
           R"([{"outer":"a","netns":"","local":"x","remote":"1.2.3.4:2","longer_than":0}])"},
       std::string{
           R"([{"outer":"a","netns":"","local":"1.2.3.4:1","remote":"1.2.3.4:2","longer_than":-1}])"}}) {
    const auto read = relay_ports_from_json(line);
    ASSERT_FALSE(read) << line;
    EXPECT_EQ(read.error().code, Errc::invalid);
  }
}

TEST(RelayPorts, ErrorsComeBackWhole) {
  const RelayErrors errors{{"lg1", {Errc::not_found, "open lg1", "no such device"}},
                           {"lg2", {Errc::exists, "bind 127.0.0.1:1", "in use"}}};
  EXPECT_EQ(relay_errors_from_json(to_json(errors)), errors);
  EXPECT_EQ(relay_errors_from_json(to_json(RelayErrors{})), RelayErrors{});
  for (const char* line :
       {"", "[]", "{}", R"({"errors":{"a":{"code":99,"attempt":"","cause":""}}})"})
    EXPECT_FALSE(relay_errors_from_json(line)) << line;
}

}  // namespace
}  // namespace linkfab::gateway
