// Against real engines, Docker and Podman.
#include "containers/engine.hpp"

#include <sys/wait.h>

#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/containers/engine_fixture.hpp"
#include "tests/support/run.hpp"

namespace linkfab::containers {
namespace {

using std::chrono::seconds;
using test::EngineTest;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Pair;

TEST_P(EngineTest, ConnectTellsWhoTheEngineIs) {
  const auto info = value(run(engine.connect()));
  EXPECT_EQ(info.name, docker() ? "Docker Engine" : "Podman Engine");
  EXPECT_EQ(info.version, process->docker("version --format '{{.Server.Version}}'"));
  EXPECT_FALSE(info.api_version.empty());
}

TEST_P(EngineTest, AContainerLivesFromItsCreationToItsRemoval) {
  const auto id = value(run(engine.create(sleeper("r1"))));
  EXPECT_EQ(value(run(engine.inspect("r1"))).state, ContainerState::created);

  done(run(engine.start(id)));
  const auto running = value(run(engine.inspect(id)));
  EXPECT_EQ(running.id, id);
  EXPECT_EQ(running.name, "r1");
  EXPECT_EQ(running.state, ContainerState::running);
  EXPECT_EQ(std::to_string(running.pid), process->docker("inspect -f '{{.State.Pid}}' r1"));
  EXPECT_GT(running.pid, 1);
  EXPECT_FALSE(running.started_at.empty());
  done(run(engine.start(id)));  // 304: it runs already

  done(run(engine.restart(id, seconds{0})));
  EXPECT_NE(value(run(engine.inspect(id))).pid, running.pid);

  done(run(engine.stop(id, seconds{0})));
  const auto exited = value(run(engine.inspect(id)));
  EXPECT_EQ(exited.state, ContainerState::exited);
  EXPECT_EQ(exited.exit_code, 137);
  EXPECT_EQ(exited.pid, 0);
  done(run(engine.stop(id, seconds{0})));  // 304: it is stopped already

  done(run(engine.remove(id)));
  EXPECT_EQ(run(engine.inspect(id)).error().code, Errc::not_found);
  done(run(engine.remove(id)));  // gone already
}

TEST_P(EngineTest, ARunningContainerIsPausedResumedAndRemoved) {
  const auto id = started(sleeper("r1"));
  const auto paused = run(engine.pause(id));
  if (!paused && paused.error().cause.find("reezer") != std::string::npos) {
    GTEST_SKIP() << format(paused.error());
  }
  done(paused);
  EXPECT_EQ(value(run(engine.inspect(id))).state, ContainerState::paused);
  done(run(engine.unpause(id)));
  EXPECT_EQ(value(run(engine.inspect(id))).state, ContainerState::running);
  done(run(engine.remove(id)));
}

TEST_P(EngineTest, AContainerIsMadeAsItIsSpecified) {
  std::filesystem::create_directories(process->file("bound"));
  auto spec = sleeper("r1");
  spec.environment = {{"LAB", "a=b c"}};
  spec.binds = {process->file("bound") + ":/bound:ro"};
  spec.sysctls = {{"net.ipv4.ip_forward", "1"}};
  spec.capabilities = {"NET_ADMIN"};
  spec.hostname = "router";
  spec.working_directory = "/bin";
  spec.memory = 64 << 20;
  // A kernel without CFS bandwidth control cannot start a container with a share of a processor.
  const bool shares = std::filesystem::exists("/proc/sys/kernel/sched_cfs_bandwidth_slice_us");
  spec.cpus = shares ? 0.5 : 0;
  const auto id = started(spec);
  const auto inspect = [&](const std::string& field) {
    return process->docker("inspect -f '{{" + field + "}}' " + id);
  };
  EXPECT_EQ(inspect(".HostConfig.NetworkMode"), "none");
  EXPECT_THAT(inspect(".HostConfig.RestartPolicy.Name"), testing::AnyOf("", "no"));
  EXPECT_EQ(inspect(".HostConfig.Memory"), "67108864");
  EXPECT_EQ(inspect(".HostConfig.NanoCpus"), shares ? "500000000" : "0");
  EXPECT_THAT(inspect(".HostConfig.CapAdd"), HasSubstr("NET_ADMIN"));
  EXPECT_EQ(process->docker("exec r1 sh -c 'echo $LAB; busybox hostname; pwd'"),
            "a=b c\nrouter\n/bin");
  EXPECT_THAT(process->docker("exec r1 sh -c 'echo > /bound/x'"), HasSubstr("Read-only"));
  EXPECT_EQ(process->docker("exec r1 cat /proc/sys/net/ipv4/ip_forward"), "1");
  EXPECT_EQ(process->docker("exec r1 busybox find /sys/class/net -name 'eth*'"), "");
}

TEST_P(EngineTest, AListHoldsTheContainersWithTheLabelWhetherTheyRunOrNot) {
  EXPECT_THAT(value(run(engine.list("linkfab.owner=lab"))), ElementsAre());
  auto spec = sleeper("r1");
  spec.labels = {{"linkfab.owner", "lab"}, {"linkfab.node", "r1"}};
  const auto running = started(spec);
  spec.labels["linkfab.node"] = spec.name = "r2";
  value(run(engine.create(spec)));
  spec.labels = {{"linkfab.owner", "other lab, \"quoted\""}};
  spec.name = "r3";
  value(run(engine.create(spec)));
  spec.labels = {};
  spec.name = "foreign";
  value(run(engine.create(spec)));

  EXPECT_THAT(names("linkfab.owner=lab"), ElementsAre("r1", "r2"));
  EXPECT_THAT(names("linkfab.owner=other lab, \"quoted\""), ElementsAre("r3"));
  EXPECT_THAT(names("linkfab.owner"), ElementsAre("r1", "r2", "r3"));
  EXPECT_THAT(names(""), ElementsAre("foreign", "r1", "r2", "r3"));
  const auto listed = value(run(engine.list("linkfab.node=r1")));
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].id, running);
  EXPECT_EQ(listed[0].state, ContainerState::running);
  EXPECT_THAT(listed[0].labels,
              IsSupersetOf({Pair("linkfab.owner", "lab"), Pair("linkfab.node", "r1")}));
}

TEST_P(EngineTest, AnImageTellsItsEntryPointAndCommand) {
  process->import_image("linkfab-two:v1",
                        R"(-c 'ENTRYPOINT ["/bin/busybox"]' -c 'CMD ["sleep","99"]')");
  const auto image = value(run(engine.image("linkfab-two:v1")));
  EXPECT_THAT(image.entrypoint, ElementsAre("/bin/busybox"));
  EXPECT_THAT(image.command, ElementsAre("sleep", "99"));
  EXPECT_FALSE(image.id.empty());

  // An entry point of our own takes the place of the image's, and its command with it.
  auto spec = sleeper("r1");
  spec.image = "linkfab-two:v1";
  spec.entrypoint = {"/bin/sleep", "100"};
  spec.command = {};
  started(spec);
  EXPECT_EQ(process->docker("inspect -f '{{.Path}} {{.Args}}' r1"), "/bin/sleep [100]");
}

TEST_P(EngineTest, AMissingImageIsNotFoundAndTheErrorNamesIt) {
  EXPECT_EQ(run(engine.image("linkfab/absent")).error().code, Errc::not_found);
  auto spec = sleeper("r1");
  spec.image = "linkfab/absent";
  const auto made = run(engine.create(spec));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::not_found);
  EXPECT_EQ(made.error().attempt, "create container r1");
  EXPECT_THAT(made.error().cause,
              AllOf(testing::ContainsRegex("[Nn]o such image"), HasSubstr("linkfab/absent")));
}

TEST_P(EngineTest, ATakenNameIsAConflict) {
  value(run(engine.create(sleeper("r1"))));
  const auto second = run(engine.create(sleeper("r1")));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict) << format(second.error());
}

TEST_P(EngineTest, ACommandThatIsNotInTheImageFailsToStartAndTheErrorNamesIt) {
  auto spec = sleeper("r1");
  spec.command = {"/bin/absent"};
  value(run(engine.create(spec)));
  const auto start = run(engine.start("r1"));
  ASSERT_FALSE(start);
  EXPECT_THAT(start.error().cause, HasSubstr("/bin/absent"));
}

TEST_P(EngineTest, APullWithoutANetworkIsAnErrorThatNamesTheImage) {
  const auto pulled = run(engine.pull("localhost:1/linkfab/absent:v1", nullptr));
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().attempt, "pull image localhost:1/linkfab/absent:v1");
  EXPECT_THAT(pulled.error().cause, HasSubstr("localhost:1")) << format(pulled.error());
}

TEST_P(EngineTest, EventsComeInOrderForTheContainersWithTheLabelOnly) {
  std::vector<std::string> seen;
  bool subscribed = false;
  boost::asio::co_spawn(context,
                        engine.events(
                            "linkfab.owner=lab", [&] { subscribed = true; },
                            [&](const ContainerEvent& event) {
                              EXPECT_EQ(event.attributes.at("linkfab.owner"), "lab");
                              seen.push_back(event.name + " " + event.action);
                            }),
                        [](std::exception_ptr, const Result<void>&) {});
  ASSERT_TRUE(test::run_until(context, [&] { return subscribed; }));

  started(sleeper("foreign"));
  auto spec = sleeper("r1");
  spec.labels = {{"linkfab.owner", "lab"}};
  const auto id = started(spec);
  done(run(engine.stop(id, seconds{0})));
  done(run(engine.remove(id)));
  const auto has = [&](const char* event) { return std::ranges::find(seen, event) != seen.end(); };
  EXPECT_TRUE(test::run_until(context, [&] { return has("r1 destroy"); }));
  // Docker has "kill" and "stop" around "die", Podman "init" and "cleanup".
  std::erase_if(seen, [](const std::string& event) {
    return event != "r1 create" && event != "r1 start" && event != "r1 die" &&
           event != "r1 destroy";
  });
  EXPECT_THAT(seen, ElementsAre("r1 create", "r1 start", "r1 die", "r1 destroy"));
}

TEST_P(EngineTest, WhoMayNotUseTheSocketIsDeniedAndToldWhatToDo) {
  const std::string socket = process->socket();
  std::filesystem::permissions(std::filesystem::path(socket).parent_path(),
                               std::filesystem::perms{0755});
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    if (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0) {
      ::_exit(1);
    }
    boost::asio::io_context own;
    Engine refused(own.get_executor(), socket);
    const auto info = test::run(own, refused.connect());
    const bool right = !info && info.error().code == Errc::denied &&
                       info.error().cause.find("group") != std::string::npos;
    ::_exit(right ? 0 : 2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineTest, testing::Values("docker", "podman"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace linkfab::containers
