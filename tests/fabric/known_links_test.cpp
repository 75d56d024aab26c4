#include "fabric/known_links.hpp"

#include <gmock/gmock.h>

namespace linkfab::fabric {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(LinkTerm, ANameAloneIsOnlyAName) {
  const auto term = parse_link_term("uplink");
  EXPECT_THAT(term.names, ElementsAre("uplink"));
  EXPECT_THAT(term.ends, IsEmpty());
}

TEST(LinkTerm, AnInterfaceIsALinkByItsEnd) {
  EXPECT_THAT(parse_link_term("r1:eth0").ends, ElementsAre(LinkTerm::End{"r1", "eth0"}));
}

TEST(LinkTerm, TwoEndsAreLookedUpInBothOrders) {
  const auto term = parse_link_term("r1:eth0--r2");
  EXPECT_THAT(term.names, ElementsAre("r1:eth0--r2", "r2--r1:eth0"));
  EXPECT_THAT(term.ends,
              ElementsAre(LinkTerm::End{"r1", "eth0"}, LinkTerm::End{"r2", std::nullopt}));
}

class Known : public testing::Test {
 protected:
  Known() {
    add("lan", "switch", {{"r1", "eth3"}, {"r3", "eth3"}});
    add("r1:eth0--r2:eth0", "link", {{"r1", "eth0"}, {"r2", "eth0"}});
    add("r1:eth1--r2:eth1", "link", {{"r1", "eth1"}, {"r2", "eth1"}});
    add("up", "link", {{"r2", "eth2"}, {"r3", "eth0"}});
  }

  void add(const char* name, const char* kind, const std::vector<Endpoint>& ends) {
    LinkView link{.name = name, .kind = kind, .wanted = {}, .state = {}, .error = {}, .ends = {}};
    for (const auto& end : ends) {
      EndView view;
      view.endpoint = end;
      link.ends.push_back(view);
    }
    lab.links.push_back(link);
  }

  std::string found(const std::string& text) {
    const auto link = links.find(text);
    return link ? (*link)->name : format(link.error());
  }

  LabView lab;
  ovsdb::Replica replica;
  KnownLinks links{lab, replica};
};

TEST_F(Known, ALinkIsFoundByItsNameInEitherOrder) {
  EXPECT_EQ(found("up"), "up");
  EXPECT_EQ(found("r1:eth0--r2:eth0"), "r1:eth0--r2:eth0");
  EXPECT_EQ(found("r2:eth0--r1:eth0"), "r1:eth0--r2:eth0");
  EXPECT_EQ(links.find("up").value(), links.find("up").value());
}

TEST_F(Known, ALinkIsFoundByItsEnds) {
  EXPECT_EQ(found("r3--r2"), "up");
  EXPECT_EQ(found("r2:eth1--r1"), "r1:eth1--r2:eth1");
  EXPECT_EQ(found("r2:eth2"), "up");
  EXPECT_EQ(found("r1:eth3"), "lan");
  EXPECT_TRUE(links.find("r1:eth3").value()->segment);
  EXPECT_EQ(links.find("up").value()->ends.at(1).name, "r3:eth0");
}

TEST_F(Known, WhatIsNotFoundOrMeansSeveralIsSaid) {
  EXPECT_THAT(found("lam"), AllOf(HasSubstr("find link 'lam'"), HasSubstr("did you mean 'lan'?")));
  EXPECT_THAT(found("r1--r3"), HasSubstr("there is none"));
  EXPECT_THAT(found("r1--r2"), HasSubstr("there are 2: r1:eth0--r2:eth0, r1:eth1--r2:eth1"));
  EXPECT_THAT(found("r9:eth0"), HasSubstr("there is none"));
}

}  // namespace
}  // namespace linkfab::fabric
