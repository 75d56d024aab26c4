// A real Open vSwitch with dummy datapaths, and what the tests of the fabric bridge say often.
#pragma once

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/support/run.hpp"
#include "tests/support/vswitchd.hpp"

namespace linkfab::fabric {

class WithSwitch : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = test::Vswitchd::missing(); !missing.empty()) GTEST_SKIP() << missing;
    switch_.emplace();
  }

  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return test::run(context_, std::move(task));
  }
  template <class Condition>
  bool run_until(Condition condition) {
    return test::run_until(context_, condition);
  }

  static std::vector<std::string> sorted_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::ranges::sort(lines);
    return lines;
  }

  // All that somebody configured, in every row: what ovs-vswitchd measures changes by itself.
  std::vector<std::string> configuration() {
    const std::vector<std::pair<std::string, std::string>> tables{
        {"Open_vSwitch", "_uuid,bridges,other_config,external_ids"},
        {"Bridge", "_uuid,name,ports,fail_mode,datapath_type,other_config,external_ids"},
        {"Port", "_uuid,name,interfaces,qos,other_config,external_ids"},
        {"Interface", "_uuid,name,type,ofport,ofport_request,options,external_ids"},
        {"QoS", "_uuid,type,queues,other_config,external_ids"}};
    std::string text;
    for (const auto& [table, columns] : tables)
      text += switch_->vsctl({"--format=csv", "--columns=" + columns, "list", table});
    // ovs-vsctl's own wait leaves its mark.
    return sorted_lines(text);
  }

  boost::asio::io_context context_;
  std::optional<test::Vswitchd> switch_;
};

}  // namespace linkfab::fabric
