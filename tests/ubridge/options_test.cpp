#include "ubridge/options.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace linkfab::ubridge {
namespace {

Result<Options> parse(const std::vector<std::string>& arguments) {
  return parse_options("ubridge", arguments);
}

TEST(Options, NoneMeansTheIniFileOfTheCurrentDirectory) {
  EXPECT_EQ(*parse({}), Options{});
  EXPECT_EQ(parse({})->ini_file, "ubridge.ini");
  EXPECT_FALSE(parse({})->control);
}

TEST(Options, TheControlAddressIsSplitAtItsLastColon) {
  const struct {
    std::string typed;
    ControlAddress address;
  } table[]{
      {"127.0.0.1:4777", {"127.0.0.1", 4777}},
      {"4777", {"", 4777}},
      {"::1:4778", {"::1", 4778}},
      {"localhost:0", {"localhost", 4242}},
      {"localhost:x", {"localhost", 4242}},
      {"x", {"", 4242}},
      {"0", {"", 4242}},
      {":4777", {"", 4777}},
      {"127.0.0.1:", {"127.0.0.1", 4242}},
  };
  for (const auto& [typed, address] : table) {
    EXPECT_EQ(parse({"-H", typed})->control, address) << typed;
    EXPECT_EQ(parse({"-H" + typed})->control, address) << typed;
  }
}

TEST(Options, AreReadAsGetoptDoes) {
  EXPECT_EQ(parse({"-f", "a.ini", "-d", "2"})->ini_file, "a.ini");
  EXPECT_EQ(parse({"-f", "a.ini", "-d2"})->debug_level, 2);
  EXPECT_EQ(parse({"-d", "x"})->debug_level, 0);
  EXPECT_EQ(parse({"word", "-d", "1"})->debug_level, 1);
  EXPECT_EQ(parse({"--", "-d", "1"})->debug_level, 0);
  EXPECT_EQ(parse({"-H", "-v"})->control, (ControlAddress{"", 4242}));
  EXPECT_EQ(parse({"-"}), Options{});
}

TEST(Options, ATextIsShownAsSoonAsItIsAskedFor) {
  EXPECT_EQ(parse({"-v"})->action, Action::show_version);
  EXPECT_EQ(parse({"-h"})->action, Action::show_usage);
  EXPECT_EQ(parse({"-e"})->action, Action::list_devices);
  EXPECT_EQ(parse({"-vx"})->action, Action::show_version);
  EXPECT_EQ(parse({"-H", "4777", "-v"})->action, Action::show_version);
}

TEST(Options, WhatIsNoneIsGetoptsError) {
  EXPECT_EQ(format(parse({"-x"}).error()), "ubridge: invalid option -- 'x'");
  EXPECT_EQ(format(parse({"-xv"}).error()), "ubridge: invalid option -- 'x'");
  EXPECT_EQ(format(parse({"--help"}).error()), "ubridge: invalid option -- '-'");
  EXPECT_EQ(format(parse({"-H"}).error()), "ubridge: option requires an argument -- 'H'");
  EXPECT_EQ(format(parse({"-d"}).error()), "ubridge: option requires an argument -- 'd'");
}

TEST(Options, TheUsageNamesAllSix) {
  for (const char* option : {"-h ", "-f ", "-H ", "-e ", "-d ", "-v "})
    EXPECT_NE(usage().find(option), std::string_view::npos) << option;
}

}  // namespace
}  // namespace linkfab::ubridge
