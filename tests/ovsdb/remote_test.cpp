#include "ovsdb/remote.hpp"

#include <gmock/gmock.h>

namespace linkfab::ovsdb {
namespace {

using Kind = Remote::Kind;

TEST(Remote, IsReadInTheNotationOfOvsdb) {
  EXPECT_EQ(parse_remote("unix:/run/db.sock"), (Remote{Kind::unix_socket, "/run/db.sock", ""}));
  EXPECT_EQ(parse_remote("unix:a:b"), (Remote{Kind::unix_socket, "a:b", ""}));
  EXPECT_EQ(parse_remote("tcp:127.0.0.1:6641"), (Remote{Kind::tcp, "127.0.0.1", "6641"}));
  EXPECT_EQ(parse_remote("tcp:host"), (Remote{Kind::tcp, "host", "6640"}));
  EXPECT_EQ(parse_remote("ssl:[::1]:6640"), (Remote{Kind::tls, "::1", "6640"}));
  EXPECT_EQ(parse_remote("ssl:[fe80::1%eth0]"), (Remote{Kind::tls, "fe80::1%eth0", "6640"}));
}

TEST(Remote, WhatIsWrongIsSaid) {
  for (const char* text :
       {"", "unix", "unix:", "tcp:", "tcp::1", "tcp:h:", "tcp:h:0", "tcp:h:65536", "tcp:h:x",
        "tcp:::1:6640", "tcp:[::1", "tcp:[::1]6640", "udp:h:1", "/run/db.sock"}) {
    const auto remote = parse_remote(text);
    ASSERT_FALSE(remote) << text;
    EXPECT_EQ(remote.error().code, Errc::invalid);
  }
  EXPECT_FALSE(parse_remote("unix:/" + std::string(107, 'x')));
}

TEST(Remote, SeveralStandBetweenCommas) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(split_remotes("unix:/a"), Texts{"unix:/a"});
  EXPECT_EQ(split_remotes("ssl:a:1,tcp:b"), (Texts{"ssl:a:1", "tcp:b"}));
  EXPECT_EQ(split_remotes("a,"), (Texts{"a", ""})) << "each is to be parsed, and this one refused";
}

}  // namespace
}  // namespace linkfab::ovsdb
