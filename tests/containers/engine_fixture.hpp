// A real engine for every test of a program, started by the first that needs it; each suite begins
// without containers, and so does each test unless its suite says otherwise.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "containers/engine.hpp"
#include "tests/support/dockerd.hpp"
#include "tests/support/podman.hpp"
#include "tests/support/run.hpp"

namespace linkfab::test {

// The parameter is the engine: "docker" or "podman".
class EngineTest : public testing::TestWithParam<const char*> {
 protected:
  EngineTest()
      : process(started_engine(GetParam())), engine(context.get_executor(), process->socket()) {}

  void SetUp() override {
    if (!process->missing().empty()) GTEST_SKIP() << process->missing();
    const auto info = run(engine.connect());
    ASSERT_TRUE(info) << format(info.error());
  }
  void TearDown() override {
    if (process->missing().empty()) remove_containers(context, engine);
  }
  // What its tests have left: those of all engines.
  static void TearDownTestSuite() {
    for (const auto& [name, started] : engines()) {
      if (!started->missing().empty()) continue;
      boost::asio::io_context own;
      containers::Engine other(own.get_executor(), started->socket());
      (void)value(test::run(own, other.connect()));
      remove_containers(own, other);
    }
  }

  [[nodiscard]] bool docker() const { return std::string(GetParam()) == "docker"; }

  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return test::run(context, std::move(task), std::chrono::seconds{60});
  }

  // What must have succeeded.
  template <class T>
  static T value(Result<T> result) {
    if (!result) throw std::runtime_error(format(result.error()));
    return std::move(*result);
  }
  static void done(const Result<void>& result) { EXPECT_TRUE(result) << format(result.error()); }

  static containers::ContainerSpec sleeper(const std::string& name) {
    return {.name = name, .image = "linkfab-test", .command = {"/bin/sleep", "1000"}};
  }
  std::string started(const containers::ContainerSpec& spec) {
    auto id = value(run(engine.create(spec)));
    done(run(engine.start(id)));
    return id;
  }
  std::vector<std::string> names(const std::string& label) {
    std::vector<std::string> result;
    for (const auto& container : value(run(engine.list(label)))) result.push_back(container.name);
    std::ranges::sort(result);
    return result;
  }

  boost::asio::io_context context;
  EngineProcess* process;
  containers::Engine engine;

 private:
  static void remove_containers(boost::asio::io_context& on, containers::Engine& of) {
    for (const auto& container : value(test::run(on, of.list(""))))
      done(test::run(on, of.remove(container.id), std::chrono::seconds{60}));
  }
  static std::map<std::string, std::unique_ptr<EngineProcess>>& engines() {
    static std::map<std::string, std::unique_ptr<EngineProcess>> all;
    return all;
  }
  static EngineProcess* started_engine(const std::string& name) {
    auto& slot = engines()[name];
    if (!slot && name == "docker") slot = std::make_unique<Dockerd>();
    if (!slot && name == "podman") slot = std::make_unique<Podman>();
    return slot.get();
  }
};

}  // namespace linkfab::test
