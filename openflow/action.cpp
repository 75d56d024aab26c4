#include "openflow/action.hpp"

#include <algorithm>
#include <optional>

#include "openflow/learn.hpp"
#include "openflow/match.hpp"
#include "openflow/nicira.hpp"

namespace linkfab::openflow {
namespace {

constexpr std::uint16_t OFPAT_OUTPUT = 0;
constexpr std::uint16_t OFPAT_GROUP = 22;
constexpr std::uint16_t NXAST_RESUBMIT_TABLE = 14;
constexpr std::uint16_t NXAST_OUTPUT_REG = 15;
constexpr std::uint16_t same_in_port = 0xfff8;  // OFPP_IN_PORT in its 16-bit form

struct Encoder {
  Writer& out;

  void operator()(const Output& action) const {
    out.u16(OFPAT_OUTPUT).u16(16).u32(action.port.value).u16(0).zeros(6);
  }
  void operator()(const ToGroup& action) const {
    out.u16(OFPAT_GROUP).u16(8).u32(action.group.value);
  }
  void operator()(const Resubmit& action) const {
    const auto start = begin_nicira(out, NXAST_RESUBMIT_TABLE);
    out.u16(same_in_port).u8(action.table);
    end_nicira(out, start);
  }
  void operator()(const OutputReg0&) const {
    constexpr std::uint16_t bits_0_to_15 = 0 << 6 | (16 - 1);
    constexpr std::uint16_t whole_frame = 0xffff;
    const auto start = begin_nicira(out, NXAST_OUTPUT_REG);
    out.u16(bits_0_to_15).u32(NXM_NX_REG0).u16(whole_frame);
    end_nicira(out, start);
  }
  void operator()(const LearnSource& action) const { encode_learn(out, action); }
};

// What varies in an action of ours, read from where it stands; the rest is not looked at.
std::optional<Action> guess(ByteView bytes) {
  Reader in(bytes);
  const auto type = in.u16();
  in.skip(2);
  if (type == OFPAT_OUTPUT) return Output{PortNo{in.u32()}};
  if (type == OFPAT_GROUP) return ToGroup{GroupId{in.u32()}};
  if (type != OFPAT_EXPERIMENTER || in.u32() != nicira) return std::nullopt;
  switch (in.u16()) {
    case NXAST_RESUBMIT_TABLE:
      in.skip(2);
      return Resubmit{in.u8()};
    case NXAST_OUTPUT_REG:
      return OutputReg0{};
    case NXAST_LEARN:
      return guess_learn(in, false);
    case NXAST_LEARN2:
      return guess_learn(in, true);
    default:
      return std::nullopt;
  }
}

// An action is ours when encoding what we took it for gives the very same bytes.
std::optional<Action> decode_action(ByteView bytes) {
  auto action = guess(bytes);
  if (!action) return std::nullopt;
  Writer again;
  encode_action(again, *action);
  if (!std::ranges::equal(again.view(), bytes)) return std::nullopt;
  return action;
}

}  // namespace

void encode_action(Writer& out, const Action& action) {
  std::visit(Encoder{out}, action);
}

bool decode_actions(Reader& in, std::vector<Action>& actions) {
  bool complete = true;
  while (in.remaining() > 0) {
    Reader header = in;
    header.skip(2);
    const std::size_t length = header.u16();
    if (!header.ok() || length < 8 || length % 8 != 0) in.fail();
    const auto bytes = in.bytes(length);
    if (!in.ok()) return false;
    if (auto action = decode_action(bytes)) {
      actions.push_back(*action);
    } else {
      complete = false;
    }
  }
  return complete;
}

}  // namespace linkfab::openflow
