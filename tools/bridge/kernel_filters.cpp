#include "tools/bridge/kernel_filters.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "netem/traffic_class.hpp"

namespace linkfab::tools {
namespace {

constexpr const char* unnoticed_rate = "100gbit";

class Builder {
 public:
  bool operator()(const ubridge::FrequencyDrop& drop) {
    if (drop.frequency > 0) return set("drop-every", std::to_string(drop.frequency));
    return drop.frequency == -1 ? set("loss", "100%") : true;
  }
  bool operator()(const ubridge::PacketLoss& loss) {
    return set("loss", fmt::format("{}%", std::clamp(loss.percentage, 0, 100)));
  }
  bool operator()(const ubridge::Delay& delay) {
    if (!set("delay", fmt::format("{}ms", delay.latency.count()))) return false;
    if (delay.jitter.count() == 0) return true;
    return set("jitter", fmt::format("{}ms", delay.jitter.count())) && set("rate", unnoticed_rate);
  }
  bool operator()(const ubridge::Corrupt&) { return false; }
  bool operator()(const ubridge::Bpf& bpf) {
    if (bpf.link_type != ubridge::LinkType{}) return false;
    auto traffic = netem::parse_class(bpf.expression, "loss=100%");
    if (traffic) netem::put_class(impairment_, *std::move(traffic));
    return traffic.has_value();
  }

  [[nodiscard]] const netem::Impairment& impairment() const { return impairment_; }

 private:
  bool set(const char* key, const std::string& value) {
    return netem::set_option(impairment_, key, value).has_value();
  }

  netem::Impairment impairment_;
};

}  // namespace

std::optional<netem::Impairment> kernel_filters(const std::vector<ubridge::Filter>& filters) {
  Builder builder;
  std::vector<std::size_t> kinds;
  for (const auto& filter : filters) {
    // All that one of several expressions matches is dropped: in whatever order.
    const bool bpf = std::holds_alternative<ubridge::Bpf>(filter.action);
    if (!bpf && std::ranges::count(kinds, filter.action.index()) != 0) return std::nullopt;
    kinds.push_back(filter.action.index());
    if (!std::visit(builder, filter.action)) return std::nullopt;
  }
  if (!netem::validate(builder.impairment())) return std::nullopt;
  return builder.impairment();
}

}  // namespace linkfab::tools
