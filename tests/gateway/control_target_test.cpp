#include "gateway/control_target.hpp"

#include <gtest/gtest.h>

namespace linkfab::gateway {
namespace {

TEST(ControlTarget, IsReadAsOpenVSwitchReadsIt) {
  EXPECT_EQ(parse_control_target("tcp:10.9.0.1:6633"), (ControlTarget{"10.9.0.1", 6633}));
  EXPECT_EQ(parse_control_target("tcp:10.9.0.1"), (ControlTarget{"10.9.0.1", 6653}));
  EXPECT_EQ(parse_control_target("tcp:[2001:db8::1]:1"), (ControlTarget{"2001:db8::1", 1}));
  EXPECT_EQ(parse_control_target("tcp:[::1]"), (ControlTarget{"::1", 6653}));
}

TEST(ControlTarget, AnythingElseIsRefused) {
  for (const auto* text : {"", "tcp:", "tcp:c0", "tcp:10.9.0.1:", "tcp:10.9.0.1:0", "tcp:[::1",
                           "tcp:10.9.0.1:65536", "tcp:[::1]1", "ssl:10.9.0.1", "ptcp:6653"})
    EXPECT_FALSE(parse_control_target(text)) << text;
}

}  // namespace
}  // namespace linkfab::gateway
