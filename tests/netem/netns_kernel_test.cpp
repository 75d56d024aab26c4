// Namespaces and their settings.
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "netem/sysctl.hpp"
#include "tests/netem/namespaces.hpp"

namespace linkfab::netem::test {
namespace {

ino_t current_netns() {
  struct stat information{};
  ::stat("/proc/thread-self/ns/net", &information);
  return information.st_ino;
}

TEST_F(WithNamespaces, ANewNamespaceHasItsLoopbackUpAndTheCallerStaysAtHome) {
  const ino_t before = current_netns();
  const Namespace made{directory_ / "made"};
  EXPECT_EQ(current_netns(), before);
  EXPECT_TRUE(is_netns(made.path()));
  EXPECT_TRUE(made.device("lo").up);
  {
    const auto inside = EnteredNetns::enter(made.fd()).value();
    EXPECT_NE(current_netns(), before);
  }
  EXPECT_EQ(current_netns(), before);
}

TEST_F(WithNamespaces, APlaceIsTakenOnlyByAMountedNamespace) {
  const auto again = create_netns(host_->path());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::exists);

  const std::string left = directory_ / "left";  // the file of an interrupted removal
  std::ofstream{left};
  EXPECT_FALSE(is_netns(left));
  EXPECT_FALSE(open_netns(left));
  value_of(create_netns(left));
  EXPECT_TRUE(is_netns(left));
  value_of(remove_netns(left));
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_EQ(remove_netns(left).error().code, Errc::not_found);
}

TEST_F(WithNamespaces, OneThatIsThereIsNotTakenForGoneWhereNoFileCanBeOpened) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const bool there = is_netns(host_->path());
  const bool elsewhere = is_netns("/proc/self/stat");
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(there);
  EXPECT_FALSE(elsewhere);
}

TEST_F(WithNamespaces, TheDirectoryOfNamespacesIsPreparedAnyNumberOfTimesAndRemovedWhenEmpty) {
  const std::string directory = directory_ / "ns/deep";
  value_of(prepare_netns_directory(directory));
  value_of(prepare_netns_directory(directory));
  {
    const Namespace inside{directory + "/a"};
    EXPECT_EQ(remove_netns_directory(directory).error().code, Errc::exists);
    EXPECT_TRUE(is_netns(inside.path()));
  }
  value_of(remove_netns_directory(directory));
  EXPECT_FALSE(std::filesystem::exists(directory));
  value_of(remove_netns_directory(directory));
}

TEST_F(WithNamespaces, ASettingIsWrittenInTheEnteredNamespaceOnly) {
  const auto forwarding = [](const Namespace& where) {
    const auto inside = EnteredNetns::enter(where.fd()).value();
    return value_of(read_file("/proc/sys/net/ipv4/ip_forward"));
  };
  const std::string before = forwarding(*host_);
  {
    const auto inside = EnteredNetns::enter(node_->fd()).value();
    value_of(write_sysctl("net.ipv4.ip_forward", before == "1\n" ? "0" : "1"));
  }
  EXPECT_NE(forwarding(*node_), before);
  EXPECT_EQ(forwarding(*host_), before);
}

TEST_F(WithNamespaces, ASettingThatIsNotTheNamespacesOrDoesNotExistIsRefused) {
  const auto inside = EnteredNetns::enter(node_->fd()).value();
  EXPECT_EQ(write_sysctl("kernel.hostname", "x").error().code, Errc::invalid);
  EXPECT_EQ(write_sysctl("net.ipv4/ip_forward", "1").error().code, Errc::invalid);
  EXPECT_EQ(write_sysctl("net...kernel.hostname", "x").error().code, Errc::invalid);
  EXPECT_EQ(write_sysctl("net.", "1").error().code, Errc::invalid);
  EXPECT_EQ(write_sysctl("net.ipv4.no_such_thing", "1").error().code, Errc::not_found);
  EXPECT_EQ(write_sysctl("net.ipv4.ip_forward", "many").error().code, Errc::invalid);
}

}  // namespace
}  // namespace linkfab::netem::test
