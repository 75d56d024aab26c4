// The product from outside: its command line, and where to look for what it made.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <json/value.h>

#include "tests/kernel/command.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::test {

class Lab {
 public:
  // `linkfab ARGUMENTS`; the shell reads the arguments.
  Outcome linkfab(const std::string& arguments,
                  std::chrono::seconds limit = std::chrono::seconds{120}) const;
  // The document that it prints; throws when it fails.
  Json::Value json(const std::string& arguments) const;

  // Writes the text to the lab's file and starts it.
  Outcome up(const std::string& topology) const;
  Outcome up_file(const std::string& file) const { return linkfab("up " + file); }
  std::string write(const std::string& topology) const;  // the file's name
  Outcome exec(const std::string& node, const std::string& command) const {
    return linkfab("exec " + node + " -- " + command);
  }

  // In a netns node, without the product: "nsenter --net=… COMMAND".
  static std::string inside(const std::string& node, const std::string& command);
  static std::string netns(const std::string& node) { return "/run/linkfab/netns/" + node; }
  // Do that many pings arrive within a second each? Of a netns node.
  static bool pings(const std::string& node, const std::string& address, int count = 1);
  // What ping(8) says: the average round trip in milliseconds; 0: no answer.
  static double average(const std::string& ping);
  // The average round trip in milliseconds; throws without an answer.
  static double round_trip(const std::string& node, const std::string& address, int count = 10);

  Json::Value node(const std::string& name) const;
  Json::Value link(const std::string& name) const;
  // The host's end of an interface, "lf2q8jd7varxss8", which is asked for once: it never changes.
  std::string device(const std::string& node, const std::string& interface) const;
  static std::string qdisc(const std::string& device);  // as tc shows it
  static bool carrier(const std::string& node, const std::string& interface);

  // Of the switch that the agent uses, a private one or the system's.
  static bool private_switch();
  static std::string switch_dir();
  static std::string ofctl(const std::string& command, const std::string& more = {});
  static std::string vsctl(const std::string& arguments);

  // In a machine that tools/lab made for the command, where all is ours to break?
  static bool in_guest();

  static pid_t agent();  // 0: none
  static std::string log();
  [[nodiscard]] std::string file(const std::string& name) const { return directory_ / name; }

 private:
  TempDir directory_;
  mutable std::map<std::string, std::string> devices_;  // by "NODE:INTERFACE"
};

}  // namespace linkfab::test
