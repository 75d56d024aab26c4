#include "ubridge/filter.hpp"

#include <array>
#include <string_view>

#include "ubridge/bpf.hpp"
#include "ubridge/number.hpp"

namespace linkfab::ubridge {
namespace {

using Arguments = std::span<const std::string>;

std::unexpected<Error> invalid(std::string cause) {
  return failure(Errc::invalid, "", std::move(cause));
}

Result<FilterAction> parse_frequency_drop(Arguments arguments) {
  return FrequencyDrop{lenient_number(arguments[0])};
}

template <class Type>
Result<FilterAction> parse_percentage(Arguments arguments) {
  const int percentage = lenient_number(arguments[0]);
  if (percentage < 0 || percentage > 100) return invalid("A percentage is 0 to 100");
  return Type{percentage};
}

Result<FilterAction> parse_delay(Arguments arguments) {
  const Delay delay{
      .latency = milliseconds(lenient_number(arguments[0])),
      .jitter = milliseconds(arguments.size() > 1 ? lenient_number(arguments[1]) : 0)};
  if (delay.latency <= milliseconds::zero() || delay.jitter < milliseconds::zero())
    return invalid("A delay is above 0 ms, its jitter not below");
  return delay;
}

Result<FilterAction> parse_bpf(Arguments arguments) {
  Bpf bpf{.expression = arguments[0], .link_type = {}};
  if (arguments.size() > 1) {
    const auto link_type = parse_link_type(arguments[1]);
    if (!link_type) return invalid("Unknown link type " + arguments[1]);
    bpf.link_type = *link_type;
  }
  const auto program = compile_bpf(bpf.expression, bpf.link_type);
  if (!program) return std::unexpected(program.error());
  return bpf;
}

struct Type {
  std::string_view name;
  std::size_t most;  // arguments; at least one
  Result<FilterAction> (*parse)(Arguments);
};

constexpr std::array types{
    Type{"frequency_drop", 1, parse_frequency_drop},
    Type{"packet_loss", 1, parse_percentage<PacketLoss>},
    Type{"delay", 2, parse_delay},
    Type{"corrupt", 1, parse_percentage<Corrupt>},
    Type{"bpf", 2, parse_bpf},
};

}  // namespace

Result<FilterAction> parse_filter(const std::string& type, Arguments arguments) {
  for (const Type& known : types) {
    if (known.name != type) continue;
    if (arguments.empty() || arguments.size() > known.most)
      return invalid("Filter type '" + type + "' takes another number of arguments");
    return known.parse(arguments);
  }
  return invalid("Filter type '" + type + "' doesn't exist");
}

}  // namespace linkfab::ubridge
