#include "containers/engine_json.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "containers/json_fields.hpp"

namespace linkfab::containers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Json::Value json(std::string_view text) {
  return parse_json(text).value();
}

TEST(EngineJson, AListedContainerLosesTheSlashOfItsName) {
  const auto container = container_from_listing(json(R"({"Id":"9e14","Names":["/r1"],
      "Image":"frr","State":"running","Labels":{"linkfab.owner":"lab"},"Ports":[],"Mounts":[]})"));
  ASSERT_TRUE(container);
  EXPECT_EQ(*container, (Container{.id = "9e14",
                                   .name = "r1",
                                   .image = "frr",
                                   .state = ContainerState::running,
                                   .labels = {{"linkfab.owner", "lab"}}}));
}

TEST(EngineJson, AnInspectedContainerHasItsPidItsErrorAndTheNameOfItsImage) {
  const auto container = container_from_inspection(json(R"({"Id":"9e14","Name":"/r1",
      "Image":"sha256:c011","State":{"Status":"exited","Pid":0,"ExitCode":137,
      "Error":"no space","StartedAt":"2026-11-24T03:01:42.867177986Z"},
      "Config":{"Image":"frr:10","Labels":null}})"));
  ASSERT_TRUE(container);
  EXPECT_EQ(container->image, "frr:10");
  EXPECT_EQ(container->state, ContainerState::exited);
  EXPECT_EQ(container->exit_code, 137);
  EXPECT_EQ(container->error, "no space");
  EXPECT_EQ(container->started_at, "2026-11-24T03:01:42.867177986Z");
  EXPECT_TRUE(container->labels.empty());
}

TEST(EngineJson, PodmansStatesAreDockers) {
  EXPECT_EQ(container_from_listing(json(R"({"Id":"a","State":"configured"})"))->state,
            ContainerState::created);
  EXPECT_EQ(container_from_listing(json(R"({"Id":"a","State":"stopped"})"))->state,
            ContainerState::exited);
}

TEST(EngineJson, AnUnknownStateIsAnErrorThatShowsIt) {
  const auto container = container_from_listing(json(R"({"Id":"a","State":"levitating"})"));
  ASSERT_FALSE(container);
  EXPECT_THAT(container.error().cause, HasSubstr("levitating"));
}

TEST(EngineJson, AnAnswerOfTheWrongTypesIsAnErrorAndNoException) {
  EXPECT_FALSE(container_from_listing(json(R"([1,2])")));
  EXPECT_FALSE(container_from_listing(json(R"({"Id":7,"State":{},"Names":"r1","Labels":[]})")));
  EXPECT_FALSE(container_from_inspection(json(R"({"State":[],"Config":"x"})")));
  EXPECT_FALSE(image_from_json(json("null")));
  EXPECT_FALSE(event_from_json(json(R"({"Type":"container","Actor":[]})")));
  EXPECT_FALSE(agree_version(json("[]")));
}

TEST(EngineJson, TextNestedTooDeepIsAnErrorAndNoException) {
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
}

TEST(EngineJson, AnImageWithoutACommandHasAnEmptyOne) {
  const auto image = image_from_json(
      json(R"({"Id":"sha256:c011","Config":{"Entrypoint":["/start","now"],"Cmd":null}})"));
  ASSERT_TRUE(image);
  EXPECT_THAT(image->entrypoint, ElementsAre("/start", "now"));
  EXPECT_TRUE(image->command.empty());
}

TEST(EngineJson, AnEventCarriesTheLabelsOfItsContainer) {
  const auto event = event_from_json(json(R"({"status":"die","Type":"container","Action":"die",
      "Actor":{"ID":"9e14","Attributes":{"exitCode":"3","name":"r1","linkfab.node":"r1"}}})"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->action, "die");
  EXPECT_EQ(event->id, "9e14");
  EXPECT_EQ(event->name, "r1");
  EXPECT_THAT(event->attributes, testing::Contains(Pair("linkfab.node", "r1")));
}

TEST(EngineJson, PodmansEventsHaveDockersNames) {
  const auto named = [](const char* action) {
    Json::Value event(Json::objectValue);
    event["Type"] = "container";
    event["Action"] = action;
    event["Actor"]["ID"] = "9e14";
    return event_from_json(event)->action;
  };
  EXPECT_EQ(named("died"), "die");
  EXPECT_EQ(named("remove"), "destroy");
}

TEST(EngineJson, WhatHappensToNetworksAndImagesIsNoContainerEvent) {
  EXPECT_FALSE(event_from_json(
      json(R"({"Type":"network","Action":"connect","Actor":{"ID":"47d7","Attributes":{}}})")));
}

TEST(EngineJson, AContainerIsMadeWithoutANetworkAndNeverRestartedByTheEngine) {
  const auto body = to_json(ContainerSpec{.name = "r1", .image = "frr"});
  EXPECT_EQ(body["HostConfig"]["NetworkMode"], "none");
  EXPECT_EQ(body["HostConfig"]["RestartPolicy"]["Name"], "no");
  // An empty list would replace the image's own.
  EXPECT_FALSE(body.isMember("Entrypoint"));
  EXPECT_FALSE(body.isMember("Cmd"));
  EXPECT_FALSE(body["HostConfig"].isMember("Memory"));
  EXPECT_FALSE(body["HostConfig"].isMember("NanoCpus"));
}

TEST(EngineJson, EveryFieldOfASpecificationReachesTheEngine) {
  const auto body = to_json(ContainerSpec{.name = "r1",
                                          .image = "frr:10",
                                          .entrypoint = {"/.linkfab/init"},
                                          .command = {"/usr/lib/frr/docker-start"},
                                          .environment = {{"A", "1"}, {"B", "x=y"}},
                                          .binds = {"/run/r1:/.linkfab:ro"},
                                          .labels = {{"linkfab.owner", "lab"}},
                                          .sysctls = {{"net.ipv4.ip_forward", "1"}},
                                          .capabilities = {"NET_ADMIN"},
                                          .hostname = "r1",
                                          .user = "frr",
                                          .working_directory = "/etc/frr",
                                          .privileged = true,
                                          .terminal = true,
                                          .memory = 5'000'000'000,
                                          .cpus = 0.5});
  // As text: a number read from text has another sign type than the same one written.
  EXPECT_EQ(to_text(body), to_text(json(R"({"Image":"frr:10","Entrypoint":["/.linkfab/init"],
      "Cmd":["/usr/lib/frr/docker-start"],"Env":["A=1","B=x=y"],
      "Labels":{"linkfab.owner":"lab"},"Hostname":"r1","User":"frr","WorkingDir":"/etc/frr",
      "Tty":true,"OpenStdin":true,
      "HostConfig":{"NetworkMode":"none","RestartPolicy":{"Name":"no"},
        "Binds":["/run/r1:/.linkfab:ro"],"Sysctls":{"net.ipv4.ip_forward":"1"},
        "CapAdd":["NET_ADMIN"],"Privileged":true,"Memory":5000000000,"NanoCpus":500000000}})")));
}

TEST(EngineJson, TheMessageOfAnErrorIsTheEnginesOwn) {
  EXPECT_EQ(message_of(R"({"message":"No such container: r1"})"), "No such container: r1");
  EXPECT_EQ(message_of("404 page not found\n"), "404 page not found");
  EXPECT_EQ(message_of(""), "");
}

TEST(ApiVersion, TheNewestThatBothKnowIsAgreedNumberByNumber) {
  const auto docker =
      agree_version(json(R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})"));
  ASSERT_TRUE(docker);
  EXPECT_EQ(docker->name, "Docker Engine");
  EXPECT_EQ(docker->version, "20.10.24");
  EXPECT_EQ(docker->api_version, "1.41");
  // As text "1.100" would be the lesser one.
  EXPECT_EQ(agree_version(json(R"({"ApiVersion":"1.100","MinAPIVersion":"1.44"})"))->api_version,
            "1.47");
}

TEST(ApiVersion, AnEngineTooOldOrTooNewIsUnsupportedAndTheErrorSaysWhatToUpgrade) {
  const auto old = agree_version(json(R"({"Version":"1.10","ApiVersion":"1.22"})"));
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, Errc::unsupported);
  EXPECT_THAT(old.error().cause, HasSubstr("upgrade the engine"));
  const auto young = agree_version(json(R"({"ApiVersion":"1.99","MinAPIVersion":"1.90"})"));
  ASSERT_FALSE(young);
  EXPECT_EQ(young.error().code, Errc::unsupported);
  EXPECT_THAT(young.error().cause, HasSubstr("upgrade linkfab"));
}

TEST(ApiVersion, PodmanIsKnownByItsComponents) {
  const auto podman = agree_version(json(R"({"Components":[{"Name":"Podman Engine"},
      {"Name":"Conmon"}],"Version":"4.3.1","ApiVersion":"1.41","MinAPIVersion":"1.24"})"));
  ASSERT_TRUE(podman);
  EXPECT_EQ(podman->name, "Podman Engine");
}

}  // namespace
}  // namespace linkfab::containers
