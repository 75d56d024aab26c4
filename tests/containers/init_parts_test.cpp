#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "containers/init/arguments.hpp"
#include "containers/init/interface_list.hpp"

namespace linkfab::init {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Parsed {
  std::string interfaces;
  std::vector<std::string> command;
  std::string wrong;
};

Parsed parse(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const auto arguments = parse_arguments(pointers.data());
  Parsed parsed;
  if (arguments.interfaces != nullptr) parsed.interfaces = arguments.interfaces;
  if (arguments.wrong != nullptr) parsed.wrong = arguments.wrong;
  for (auto* const* word = arguments.command; word != nullptr && *word != nullptr; ++word)
    parsed.command.emplace_back(*word);
  return parsed;
}

std::vector<std::string> names(std::string_view text) {
  std::vector<std::string> all;
  for (auto name = next_name(text); !name.empty(); name = next_name(text)) all.emplace_back(name);
  return all;
}

TEST(InitArguments, TheCommandStartsAtTheFirstWordThatIsNoOption) {
  const auto parsed = parse({"--interfaces", "list", "sh", "-c", "--interfaces"});
  EXPECT_EQ(parsed.interfaces, "list");
  EXPECT_THAT(parsed.command, ElementsAre("sh", "-c", "--interfaces"));
}

TEST(InitArguments, TwoDashesEndTheOptions) {
  EXPECT_THAT(parse({"--", "--interfaces", "x"}).command, ElementsAre("--interfaces", "x"));
  EXPECT_THAT(parse({"--"}).command, IsEmpty());
}

TEST(InitArguments, NoneAtAllIsNoCommand) {
  EXPECT_THAT(parse({}).command, IsEmpty());
  EXPECT_EQ(parse({}).wrong, "");
}

TEST(InitArguments, TheFirstWrongOneIsNamed) {
  EXPECT_EQ(parse({"-x", "-y"}).wrong, "-x");
  EXPECT_EQ(parse({"--interfaces"}).wrong, "--interfaces");
}

TEST(InterfaceNames, AreOneALine) {
  EXPECT_THAT(names("eth0\neth1\n"), ElementsAre("eth0", "eth1"));
  EXPECT_THAT(names("eth0\r\n\n  eth1"), ElementsAre("eth0", "eth1"));
  EXPECT_THAT(names(" \n\n"), IsEmpty());
  EXPECT_THAT(names(""), IsEmpty());
}

}  // namespace
}  // namespace linkfab::init
