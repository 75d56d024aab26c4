#include "gateway/path.hpp"

#include <gtest/gtest.h>

namespace linkfab::gateway {
namespace {

using Paths = std::map<std::string, Path>;

Tunnel tunnel(const char* local, const char* remote) {
  return {*parse_udp_address(local), *parse_udp_address(remote)};
}

TEST(SplicedPaths, TunnelsThatMirrorEachOtherNeedNoUdp) {
  const Paths wanted{{"a", tunnel("127.0.0.1:1", "127.0.0.1:2")},
                     {"b", tunnel("127.0.0.1:2", "127.0.0.1:1")},
                     {"c", tunnel("127.0.0.1:3", "127.0.0.1:1")},
                     {"d", Patch{"eth1"}}};
  EXPECT_EQ(
      splice(wanted),
      (Paths{
          {"a", Splice{"b"}}, {"b", Splice{"a"}}, {"c", wanted.at("c")}, {"d", wanted.at("d")}}));
}

TEST(SplicedPaths, AWildcardIsEveryAddressOfThisHostAndNoOther) {
  const Paths near{{"a", tunnel("0.0.0.0:1", "127.0.0.1:2")},
                   {"b", tunnel("0.0.0.0:2", "127.0.0.1:1")}};
  EXPECT_EQ(splice(near), (Paths{{"a", Splice{"b"}}, {"b", Splice{"a"}}}));

  const Paths far{{"a", tunnel("0.0.0.0:1", "10.0.0.5:2")},
                  {"b", tunnel("0.0.0.0:2", "10.0.0.5:1")}};
  EXPECT_EQ(splice(far), far);
  EXPECT_EQ(splice(far, {"10.0.0.5"}), (Paths{{"a", Splice{"b"}}, {"b", Splice{"a"}}}));

  const Paths ipv6{{"a", tunnel("[::]:1", "[::1]:2")}, {"b", tunnel("[::]:2", "[2001:db8::1]:1")}};
  EXPECT_EQ(splice(ipv6), ipv6);
  EXPECT_EQ(splice(ipv6, {"2001:db8::1"}), (Paths{{"a", Splice{"b"}}, {"b", Splice{"a"}}}));
}

TEST(SplicedPaths, OnlyWholeMirrorImagesAreTaken) {
  for (const Paths& wanted :
       {Paths{{"self", tunnel("127.0.0.1:1", "127.0.0.1:1")}},
        Paths{{"a", tunnel("127.0.0.1:1", "127.0.0.1:2")},
              {"b", tunnel("127.0.0.1:2", "127.0.0.1:3")}},
        Paths{{"a", tunnel("127.0.0.1:1", "127.0.0.1:2")},
              {"b", tunnel("127.0.0.2:2", "127.0.0.1:1")}},
        Paths{{"a", tunnel("0.0.0.0:1", "127.0.0.1:2")}, {"b", tunnel("[::]:2", "[::1]:1")}}})
    EXPECT_EQ(splice(wanted), wanted);
}

TEST(SplicedPaths, ATunnelIsSplicedOnce) {
  const Paths wanted{{"a", tunnel("127.0.0.1:1", "127.0.0.1:2")},
                     {"b", tunnel("127.0.0.1:2", "127.0.0.1:1")},
                     {"c", tunnel("127.0.0.1:2", "127.0.0.1:1")}};
  EXPECT_EQ(splice(wanted), (Paths{{"a", Splice{"b"}}, {"b", Splice{"a"}}, {"c", wanted.at("c")}}));
}

TEST(SplicedPaths, PathsAreWrittenAsAPersonReadsThem) {
  EXPECT_EQ(format(Path{tunnel("127.0.0.1:1", "[::1]:2")}), "tunnel 127.0.0.1:1 to [::1]:2");
  EXPECT_EQ(format(Path{Patch{"eth1"}}), "patch to eth1");
  EXPECT_EQ(format(Path{Splice{"lg2"}}), "splice to lg2");
}

}  // namespace
}  // namespace linkfab::gateway
