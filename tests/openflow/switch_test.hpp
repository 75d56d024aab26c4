// Tests with a switch of their own, a bridge "br0" with ports p1 … p4 numbered 1 … 4, and a
// session.
#pragma once

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "openflow/session.hpp"
#include "tests/openflow/flows.hpp"
#include "tests/support/run.hpp"
#include "tests/support/vswitchd.hpp"

namespace linkfab::openflow::test {

class SwitchTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = linkfab::test::Vswitchd::missing(); !missing.empty())
      GTEST_SKIP() << missing;
    switch_.emplace();
    switch_->add_bridge("br0", {"p1", "p2", "p3", "p4"});
    const auto done = run(session_.connect(switch_->mgmt("br0"), std::chrono::seconds{5}));
    ASSERT_TRUE(done) << format(done.error());
  }

  template <class T>
  T run(boost::asio::awaitable<T> request) {
    return linkfab::test::run(context_, std::move(request));
  }
  template <class Condition>
  bool run_until(Condition condition) {
    return linkfab::test::run_until(context_, condition);
  }

  void commit(const std::vector<Modification>& modifications) {
    const auto done = run(session_.commit(modifications));
    ASSERT_TRUE(done) << format(done.error());
  }
  std::vector<Flow> flows(Cookie cookie = 0, Cookie mask = 0) {
    std::vector<Flow> flows;
    const auto stats = run(session_.flows(cookie, mask));
    if (!stats) ADD_FAILURE() << format(stats.error());
    if (stats)
      for (const FlowStats& one : *stats) flows.push_back(one.flow);
    return flows;
  }
  std::vector<Group> groups() {
    const auto groups = run(session_.groups());
    if (!groups) ADD_FAILURE() << format(groups.error());
    return groups.value_or(std::vector<Group>{});
  }

  // What the datapath does with a frame: "Datapath actions: 2" without its first words.
  std::string trace(const std::string& frame) {
    const std::string label = "Datapath actions: ";
    const auto text = switch_->appctl({"ofproto/trace", "br0", frame});
    const auto start = text.rfind(label) + label.size();
    return text.substr(start, text.find('\n', start) - start);
  }

  std::optional<linkfab::test::Vswitchd> switch_;
  boost::asio::io_context context_;
  Session session_{context_.get_executor()};
};

}  // namespace linkfab::openflow::test
