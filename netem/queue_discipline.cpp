#include "netem/queue_discipline.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/suggest.hpp"

namespace linkfab::netem {
namespace {

using QueueKind = QueueDiscipline::Kind;
using linkfab::format;

constexpr std::array<std::string_view, 7> kind_names{"fifo", "codel", "fq_codel", "pie",
                                                     "red",  "cake",  "sfq"};
constexpr std::array<std::string_view, 8> isolation_names{
    "flowblind", "srchost",      "dsthost",      "hosts",
    "flows",     "dual-srchost", "dual-dsthost", "triple-isolate"};
constexpr std::array<std::string_view, 5> diffserv_names{"diffserv3", "diffserv4", "diffserv8",
                                                         "besteffort", "precedence"};
constexpr std::int64_t most_limit = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t most_bytes = 1'000'000'000;
constexpr std::int64_t most_sfq_limit =
    std::int64_t{127} * 128;  // SFQ_MAX_DEPTH of SFQ_DEFAULT_FLOWS
constexpr std::uint64_t most_memory = std::numeric_limits<std::uint32_t>::max();

std::string_view name_of(QueueKind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

std::unexpected<Error> wrong_queue(std::string cause) {
  return failure(Errc::invalid, {}, std::move(cause));
}

template <auto member, std::int64_t least, std::int64_t most>
Result<void> set_number(QueueDiscipline& queue, std::string_view text) {
  const auto value = parse_integer(text, least, most);
  if (!value) return std::unexpected(value.error());
  queue.*member = static_cast<std::uint32_t>(*value);
  return {};
}

template <auto member>
Result<void> set_time(QueueDiscipline& queue, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value) return std::unexpected(value.error());
  // The kernel counts in microseconds.
  if (*value < std::chrono::microseconds{1} || *value > std::chrono::seconds{4000})
    return wrong_queue("it lies between 1us and 4000s");
  queue.*member = *value;
  return {};
}

template <auto member, auto& names>
Result<void> set_name(QueueDiscipline& queue, std::string_view text) {
  const auto* const known = std::ranges::find(names, text);
  if (known == names.end())
    return wrong_queue(
        fmt::format("it is none of {}{}", fmt::join(names, ", "), did_you_mean(text, names)));
  using Choice = std::remove_cvref_t<decltype(*(queue.*member))>;
  queue.*member = static_cast<Choice>(known - names.begin());
  return {};
}

template <auto member, auto& names>
std::string get_name(const QueueDiscipline& queue) {
  const auto& value = queue.*member;
  return std::string{value ? names.at(static_cast<std::size_t>(*value)) : std::string_view{}};
}

template <auto member>
Result<void> set_flag(QueueDiscipline& queue, std::string_view text) {
  const auto value = parse_bool(text);
  if (!value) return std::unexpected(value.error());
  queue.*member = *value;
  return {};
}

template <auto member>
std::string get(const QueueDiscipline& queue) {
  const auto& value = queue.*member;
  if (!value) return {};
  if constexpr (std::is_same_v<std::remove_cvref_t<decltype(*value)>, std::uint32_t>) {
    return std::to_string(*value);
  } else if constexpr (std::is_same_v<std::remove_cvref_t<decltype(*value)>, bool>) {
    return *value ? "yes" : "no";
  } else {
    return format(*value);
  }
}

struct Part {
  std::string_view key;
  unsigned kinds;  // bits by QueueKind
  Result<void> (*set)(QueueDiscipline&, std::string_view);
  std::string (*get)(const QueueDiscipline&);
};

constexpr unsigned bit(QueueKind kind) {
  return 1U << static_cast<unsigned>(kind);
}
constexpr unsigned timed = bit(QueueKind::codel) | bit(QueueKind::fq_codel) | bit(QueueKind::pie);

Result<void> set_probability(QueueDiscipline& queue, std::string_view text) {
  const auto value = parse_percent(text);
  if (!value) return std::unexpected(value.error());
  if (value->value <= 0) return wrong_queue("it is more than 0%");
  queue.probability = *value;
  return {};
}

Result<void> set_memlimit(QueueDiscipline& queue, std::string_view text) {
  const auto value = parse_size(text);
  if (!value) return std::unexpected(value.error());
  if (value->value < 1 || value->value > most_memory)
    return wrong_queue("it lies between 1b and 4294967295b");
  queue.memlimit = *value;
  return {};
}

Result<void> set_perturb(QueueDiscipline& queue, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value) return std::unexpected(value.error());
  if (*value % std::chrono::seconds{1} != nanoseconds{} || *value > std::chrono::hours{1})
    return wrong_queue("it is whole seconds, 1h at most");
  queue.perturb = *value;
  return {};
}

constexpr std::array parts{
    Part{"limit", ~(bit(QueueKind::cake) | bit(QueueKind::sfq)),
         set_number<&QueueDiscipline::limit, 1, most_limit>, get<&QueueDiscipline::limit>},
    Part{"limit", bit(QueueKind::sfq), set_number<&QueueDiscipline::limit, 2, most_sfq_limit>,
         [](const QueueDiscipline&) { return std::string{}; }},
    Part{"target", timed, set_time<&QueueDiscipline::target>, get<&QueueDiscipline::target>},
    Part{"interval", timed, set_time<&QueueDiscipline::interval>, get<&QueueDiscipline::interval>},
    Part{"flows", bit(QueueKind::fq_codel), set_number<&QueueDiscipline::flows, 1, 65536>,
         get<&QueueDiscipline::flows>},
    Part{"min", bit(QueueKind::red), set_number<&QueueDiscipline::min, 1, most_bytes>,
         get<&QueueDiscipline::min>},
    Part{"max", bit(QueueKind::red), set_number<&QueueDiscipline::max, 1, most_bytes>,
         get<&QueueDiscipline::max>},
    Part{"probability", bit(QueueKind::red), set_probability, get<&QueueDiscipline::probability>},
    Part{"ecn", timed | bit(QueueKind::red), set_flag<&QueueDiscipline::ecn>,
         get<&QueueDiscipline::ecn>},
    Part{"flows", bit(QueueKind::cake), set_name<&QueueDiscipline::isolation, isolation_names>,
         get_name<&QueueDiscipline::isolation, isolation_names>},
    Part{"diffserv", bit(QueueKind::cake), set_name<&QueueDiscipline::diffserv, diffserv_names>,
         get_name<&QueueDiscipline::diffserv, diffserv_names>},
    Part{"rtt", bit(QueueKind::cake), set_time<&QueueDiscipline::rtt>, get<&QueueDiscipline::rtt>},
    Part{"ack-filter", bit(QueueKind::cake), set_flag<&QueueDiscipline::ack_filter>,
         get<&QueueDiscipline::ack_filter>},
    Part{"memlimit", bit(QueueKind::cake), set_memlimit, get<&QueueDiscipline::memlimit>},
    Part{"perturb", bit(QueueKind::sfq), set_perturb, get<&QueueDiscipline::perturb>},
    Part{"quantum", bit(QueueKind::sfq), set_number<&QueueDiscipline::quantum, 64, 1'000'000>,
         get<&QueueDiscipline::quantum>},
};

Result<void> read_part(QueueDiscipline& queue, std::string_view text) {
  const auto equals = text.find('=');
  const auto key = text.substr(0, equals);
  std::vector<std::string_view> known;
  for (const Part& part : parts)
    if ((part.kinds & bit(queue.kind)) != 0) known.push_back(part.key);
  const auto* const part = std::ranges::find_if(parts, [&](const Part& each) {
    return each.key == key && (each.kinds & bit(queue.kind)) != 0;
  });
  if (part == parts.end()) {
    return wrong_queue(fmt::format("'{}': {} has {}{}", key, name_of(queue.kind),
                                   fmt::join(known, ", "), did_you_mean(key, known)));
  }
  const auto value = equals == std::string_view::npos ? "yes" : text.substr(equals + 1);
  if (equals == std::string_view::npos && key != "ecn" && key != "ack-filter")
    return wrong_queue(fmt::format("'{}' has no value", key));
  if (const auto done = part->set(queue, value); !done)
    return wrong_queue(fmt::format("'{}': {}", text, done.error().cause));
  return {};
}

Result<void> check(const QueueDiscipline& queue) {
  if (queue.min && queue.max && *queue.min >= *queue.max)
    return wrong_queue("min is less than max");
  if (queue.max && queue.limit && *queue.max > *queue.limit)
    return wrong_queue("max is at most the limit");
  return {};
}

template <class T>
void fill(std::optional<T>& value, T usual) {
  if (!value) value = usual;
}

void fill_red(QueueDiscipline& queue, std::uint64_t rate_bytes) {
  constexpr std::uint64_t least = 12'000;  // eight long frames
  const auto usual = std::clamp<std::uint64_t>(rate_bytes / 20, least, most_bytes / 4);  // 50 ms
  if (!queue.max && queue.min)
    queue.max = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(std::uint64_t{*queue.min} * 3, most_bytes));
  fill(queue.max, static_cast<std::uint32_t>(usual));
  fill(queue.min, std::max(*queue.max / 3, std::uint32_t{1}));
  fill(queue.limit, std::uint32_t{4} * std::min<std::uint32_t>(*queue.max, most_bytes / 2));
  fill(queue.probability, Percent{2});
  fill(queue.ecn, false);
}

// As cake_set_rate() and cake_reconfigure() have it of a cake that knows its rate.
void fill_cake(QueueDiscipline& queue, std::uint64_t rate_bytes) {
  constexpr double frame = 1514;
  constexpr double longest = 4e12;  // ns; the kernel counts microseconds in 32 bits
  const auto rate = static_cast<double>(rate_bytes);
  fill(queue.isolation, QueueDiscipline::Isolation::triple_isolate);
  fill(queue.diffserv, QueueDiscipline::Diffserv::diffserv3);
  fill(queue.rtt, nanoseconds{std::chrono::milliseconds{100}});
  fill(queue.ack_filter, false);
  const auto rtt = static_cast<double>(queue.rtt->count());
  const double usual = rtt / 20;
  const double target = std::min(longest / 2, std::max(usual, 1.5e9 * frame / rate));
  const double interval = std::min(longest, std::max(rtt + target - usual, 2 * target));
  queue.target = nanoseconds{static_cast<std::int64_t>(target)};
  queue.interval = nanoseconds{static_cast<std::int64_t>(interval)};
  constexpr double least_memory = 4 << 20;
  fill(queue.memlimit, Size{static_cast<std::uint64_t>(
                           std::clamp(4 * rate * rtt / 1e9, least_memory, double{most_memory}))});
}

}  // namespace

Result<QueueDiscipline> parse_queue(std::string_view text) {
  const auto colon = text.find(':');
  const auto kind = text.substr(0, colon);
  const auto* const known = std::ranges::find(kind_names, kind);
  if (known == kind_names.end()) {
    return wrong_queue(fmt::format("'{}' is none of {}{}", kind, fmt::join(kind_names, ", "),
                                   did_you_mean(kind, kind_names)));
  }
  QueueDiscipline queue{.kind = static_cast<QueueKind>(known - kind_names.begin())};
  if (colon != std::string_view::npos) {
    auto rest = text.substr(colon + 1);
    for (;;) {
      const auto comma = rest.find(',');
      if (auto done = read_part(queue, rest.substr(0, comma)); !done)
        return std::unexpected(done.error());
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  if (auto good = check(queue); !good) return std::unexpected(good.error());
  return queue;
}

std::string format_queue(const QueueDiscipline& queue) {
  std::string text{name_of(queue.kind)};
  char before = ':';
  for (const Part& part : parts) {
    const auto value = part.get(queue);
    if (value.empty()) continue;
    text += fmt::format("{}{}={}", before, part.key, value);
    before = ',';
  }
  return text;
}

QueueDiscipline resolved(const QueueDiscipline& queue, std::uint64_t rate_bytes) {
  using std::chrono::milliseconds;
  QueueDiscipline full = queue;
  switch (queue.kind) {
    case QueueKind::fifo:
      fill(full.limit, std::uint32_t{1000});
      break;
    case QueueKind::codel:
    case QueueKind::fq_codel:
      fill(full.limit, queue.kind == QueueKind::codel ? std::uint32_t{1000} : std::uint32_t{10240});
      fill(full.target, nanoseconds{milliseconds{5}});
      fill(full.interval, nanoseconds{milliseconds{100}});
      fill(full.ecn, queue.kind == QueueKind::fq_codel);
      if (queue.kind == QueueKind::fq_codel) fill(full.flows, std::uint32_t{1024});
      break;
    case QueueKind::pie:
      fill(full.limit, std::uint32_t{1000});
      fill(full.target, nanoseconds{milliseconds{15}});
      fill(full.interval, nanoseconds{milliseconds{15}});
      fill(full.ecn, false);
      break;
    case QueueKind::red:
      fill_red(full, rate_bytes);
      break;
    case QueueKind::cake:
      fill_cake(full, rate_bytes);
      break;
    case QueueKind::sfq:
      fill(full.limit, std::uint32_t{127});
      fill(full.perturb, nanoseconds{});
      break;
  }
  return full;
}

}  // namespace linkfab::netem
