#include "openflow/bundle.hpp"

namespace linkfab::openflow {
namespace {

constexpr std::uint16_t OFPBF_ATOMIC = 1;
constexpr std::uint16_t OFPBF_ORDERED = 2;
constexpr std::uint16_t flags =
    OFPBF_ATOMIC | OFPBF_ORDERED;  // the same in every message of a bundle

}  // namespace

void encode_bundle_control(Writer& out, BundleId bundle, BundleControl control, Xid xid) {
  const auto start = begin_message(out, Type::bundle_control, xid);
  out.u32(bundle.value).u16(static_cast<std::uint16_t>(control)).u16(flags);
  end_message(out, start);
}

std::size_t begin_bundle_add(Writer& out, BundleId bundle, Xid xid) {
  const auto start = begin_message(out, Type::bundle_add, xid);
  out.u32(bundle.value).zeros(2).u16(flags);
  return start;
}

}  // namespace linkfab::openflow
