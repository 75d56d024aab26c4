#include "netem/netem_difference.hpp"

#include <fmt/format.h>

namespace linkfab::netem {
namespace {

std::string chance(std::uint32_t value) {
  return fmt::format("{:.4g}%", value / 4294967295.0 * 100);
}

std::string time(std::int64_t ns) {
  return linkfab::format(nanoseconds(ns));
}

class Words {
 public:
  template <class T, class Text>
  void add(const char* name, const T& wanted, const T& reported, Text text) {
    if (wanted != reported)
      words_.push_back(fmt::format("{} is {}, not {}", name, text(reported), text(wanted)));
  }
  void chances(const char* name, std::uint32_t wanted, std::uint32_t reported) {
    add(name, wanted, reported, chance);
  }
  void numbers(const char* name, std::int64_t wanted, std::int64_t reported) {
    add(name, wanted, reported, [](std::int64_t value) { return std::to_string(value); });
  }
  void times(const char* name, std::int64_t wanted, std::int64_t reported) {
    add(name, wanted, reported, time);
  }
  void say(std::string words) { words_.push_back(std::move(words)); }
  [[nodiscard]] std::vector<std::string> take() && { return std::move(words_); }

 private:
  std::vector<std::string> words_;
};

std::string model_name(Netem::LossModel model) {
  switch (model) {
    case Netem::LossModel::state:
      return "state";
    case Netem::LossModel::gilbert_elliott:
      return "gemodel";
    case Netem::LossModel::random:
      break;
  }
  return "random";
}

void compare_loss(Words& words, const Netem& wanted, const Netem& reported) {
  words.chances("loss", wanted.loss, reported.loss);
  words.chances("loss-correlation", wanted.loss_correlation, reported.loss_correlation);
  if (wanted.loss_model != reported.loss_model) {
    words.say(fmt::format("the loss model is {}, not {}", model_name(reported.loss_model),
                          model_name(wanted.loss_model)));
  } else {
    for (std::size_t i = 0; i < std::size(wanted.model); ++i)
      words.chances("a chance of the loss model", wanted.model[i], reported.model[i]);
  }
  if (wanted.ecn != reported.ecn) words.say(reported.ecn ? "ecn is on" : "ecn is off");
}

void compare_rate(Words& words, const Netem& wanted, const Netem& reported) {
  words.add("rate", wanted.rate_bytes, reported.rate_bytes,
            [](std::uint64_t bytes) { return linkfab::format(BitsPerSecond{bytes * 8}); });
  words.numbers("packet-overhead", wanted.packet_overhead, reported.packet_overhead);
  words.numbers("cell-size", wanted.cell_size, reported.cell_size);
  words.numbers("cell-overhead", wanted.cell_overhead, reported.cell_overhead);
}

void compare_slot(Words& words, const Netem& wanted, const Netem& reported) {
  if (wanted.has_slot != reported.has_slot)
    return words.say(reported.has_slot ? "there are slots" : "there are no slots");
  words.times("the shortest slot", wanted.slot_min_delay, reported.slot_min_delay);
  words.times("the longest slot", wanted.slot_max_delay, reported.slot_max_delay);
  words.times("the slot's delay", wanted.slot_dist_delay, reported.slot_dist_delay);
  words.times("the slot's jitter", wanted.slot_dist_jitter, reported.slot_dist_jitter);
  words.numbers("the slot's packets", wanted.slot_packets, reported.slot_packets);
  words.numbers("the slot's bytes", wanted.slot_bytes, reported.slot_bytes);
}

}  // namespace

std::vector<std::string> differences(const Netem& wanted, const Netem& reported) {
  if (matches(wanted, reported)) return {};
  Words words;
  words.times("delay", wanted.delay_ns, reported.delay_ns);
  words.times("jitter", wanted.jitter_ns, reported.jitter_ns);
  words.chances("delay-correlation", wanted.delay_correlation, reported.delay_correlation);
  compare_loss(words, wanted, reported);
  words.chances("duplicate", wanted.duplicate, reported.duplicate);
  words.chances("duplicate-correlation", wanted.duplicate_correlation,
                reported.duplicate_correlation);
  words.chances("corrupt", wanted.corrupt, reported.corrupt);
  words.chances("corrupt-correlation", wanted.corrupt_correlation, reported.corrupt_correlation);
  words.chances("reorder", wanted.reorder, reported.reorder);
  words.chances("reorder-correlation", wanted.reorder_correlation, reported.reorder_correlation);
  words.numbers("gap", wanted.gap, reported.gap);
  compare_rate(words, wanted, reported);
  compare_slot(words, wanted, reported);
  words.numbers("limit", wanted.limit, reported.limit);
  if (wanted.seed && wanted.seed != reported.seed) words.say("the seed is not in force");
  auto found = std::move(words).take();
  if (found.empty()) found.emplace_back("it is not the one that is wanted");
  return found;
}

}  // namespace linkfab::netem
