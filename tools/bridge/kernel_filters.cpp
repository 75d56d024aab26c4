#include "tools/bridge/kernel_filters.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace linkfab::tools {
namespace {

constexpr const char* unnoticed_rate = "100gbit";

class Builder {
 public:
  bool operator()(const ubridge::FrequencyDrop& drop) {
    if (drop.frequency > 0) return false;  // it counts
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
  bool operator()(const ubridge::Bpf&) { return false; }

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
    if (std::ranges::count(kinds, filter.action.index()) != 0) return std::nullopt;
    kinds.push_back(filter.action.index());
    if (!std::visit(builder, filter.action)) return std::nullopt;
  }
  if (!netem::validate(builder.impairment())) return std::nullopt;
  return builder.impairment();
}

}  // namespace linkfab::tools
