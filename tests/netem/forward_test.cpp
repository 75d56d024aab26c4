#include "netem/forward.hpp"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <gtest/gtest.h>

#include "netem/attributes.hpp"

namespace linkfab::netem {
namespace {

constexpr IfIndex device{7};

TEST(Forward, WhatIsSetIsReadBack) {
  for (const auto forward : {Forward{{9}}, Forward{}}) {
    const auto message = set_forward(device, forward);
    EXPECT_EQ(decode_forward(message.header()), forward);
    EXPECT_TRUE(is_ingress_filter(message.header()));
    EXPECT_EQ(load<tcmsg>(payload(message.header())).tcm_ifindex, 7);
  }
}

TEST(Forward, OtherFiltersAreNotOurs) {
  const auto altered = [](auto alter) {
    auto message = set_forward(device, {{9}});
    auto* header = reinterpret_cast<tcmsg*>(NLMSG_DATA(&message.header()));
    alter(*header);
    return decode_forward(message.header());
  };
  EXPECT_TRUE(altered([](tcmsg&) {}));
  EXPECT_FALSE(altered([](tcmsg& header) { header.tcm_parent = TC_H_ROOT; }));
  EXPECT_FALSE(altered([](tcmsg& header) { header.tcm_handle = 2; }));
  EXPECT_FALSE(altered([](tcmsg& header) { header.tcm_info = 2U << 16; }));
  EXPECT_FALSE(decode_forward(add_clsact(device).header()));
}

TEST(Forward, OneThatIsGoneIsTold) {
  EXPECT_TRUE(is_ingress_filter(delete_forward(device).header()));
  EXPECT_FALSE(decode_forward(delete_forward(device).header()));
  EXPECT_FALSE(is_ingress_filter(add_clsact(device).header()));
}

}  // namespace
}  // namespace linkfab::netem
