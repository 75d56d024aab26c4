// A scenario as a JSON document. docs/scenarios.md.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/json_item.hpp"
#include "fabric/json_text.hpp"
#include "fabric/quantity.hpp"
#include "fabric/scenario_options.hpp"
#include "fabric/scenario_preset.hpp"
#include "fabric/scenario_reading.hpp"

namespace linkfab::fabric {
namespace {

std::optional<nanoseconds> read_time(const JsonItem& item) {
  const auto text = item.text_or_number();
  if (!text) return std::nullopt;
  const auto time = parse_time(*text);
  if (!time) item.report(time.error().cause);
  return time ? std::optional{*time} : std::nullopt;
}

// Reads one element of "steps".
class StepReader {
 public:
  explicit StepReader(const ScenarioDefaults& defaults) : defaults_(defaults) {}

  std::optional<Step> read(const JsonItem& item) {
    const auto time_into = [](std::optional<nanoseconds>& place) {
      return [&place](const JsonItem& value) { place = read_time(value); };
    };
    const std::array<JsonItem::Field, 13> fields{{
        {"at", time_into(at_)},
        {"link", [&](const JsonItem& value) { step_.link = value.text().value_or(""); }},
        {"from", [&](const JsonItem& value) { step_.from = value.text().value_or(""); }},
        {"to", [&](const JsonItem& value) { read_to(value); }},
        {"set", [&](const JsonItem& value) { read_set(value); }},
        {"ramp", [&](const JsonItem& value) { action(value, Ramp{.ranges = read_ranges(value)}); }},
        {"random",
         [&](const JsonItem& value) { action(value, Draw{.ranges = read_ranges(value)}); }},
        {"flap", [&](const JsonItem& value) { read_flap(value); }},
        {"cut", [&](const JsonItem& value) { read_cable(value, false); }},
        {"restore", [&](const JsonItem& value) { read_cable(value, true); }},
        {"for", time_into(lasts_)},
        {"every", time_into(every_)},
        {"geometric", [&](const JsonItem& value) { geometric_ = value.boolean(); }},
    }};
    item.fields(fields);
    complete(item);
    if (!at_ || actions_ != 1) return std::nullopt;
    return std::move(step_);
  }

 private:
  void action(const JsonItem& item, Action action) {
    if (++actions_ > 1) item.report_at_key("a step does one thing; this is its second");
    step_.action = std::move(action);
  }

  void read_to(const JsonItem& item) {
    if (!item.is_list()) {
      if (auto text = item.text()) step_.to = {*std::move(text)};
      return;
    }
    for (const auto& each : item.list())
      if (auto text = each.text()) step_.to.push_back(*std::move(text));
    if (step_.to.empty()) item.report("the list is empty; leave \"to\" out for every direction");
  }

  void read_set(const JsonItem& item) {
    SetValues set;
    for (const auto& [key, value] : item.members()) {
      const auto text = option_text(value);
      if (!text) continue;
      if (const auto good = check_setting(key, *text); !good) value.report(good.error().cause);
      set.settings.emplace_back(key, *text);
    }
    if (item.is_object() && set.settings.empty())
      item.report("nothing is set in it, for example {\"delay\": \"20ms\"}");
    action(item, std::move(set));
  }

  static std::vector<Range> read_ranges(const JsonItem& item) {
    std::vector<Range> ranges;
    for (const auto& [key, value] : item.members()) {
      if (!value.is_list() || value.list().size() != 2) {
        value.report_type("a list of two values such as [\"20ms\", \"200ms\"]");
        continue;
      }
      std::array<double, 2> numbers{};
      bool good = true;
      for (std::size_t i = 0; i < 2; ++i) {
        const auto each = value.list()[i];
        const auto text = each.scalar();
        if (!text) {
          good = false;
          continue;
        }
        const auto number = parse_quantity(key, *text);
        if (!number) each.report(number.error().cause);
        good = good && number;
        numbers[i] = number.value_or(0);
      }
      if (good && key == "rate" && (numbers[0] == 0 || numbers[1] == 0))
        value.report("0 is no limit, and nothing lies between that and a rate");
      if (good) ranges.push_back({.key = key, .first = numbers[0], .last = numbers[1]});
    }
    if (item.is_object() && item.members().empty())
      item.report("no key is in it, for example {\"delay\": [\"20ms\", \"200ms\"]}");
    return ranges;
  }

  void read_flap(const JsonItem& item) {
    std::optional<nanoseconds> down;
    std::optional<nanoseconds> up;
    std::optional<nanoseconds> jitter;
    const auto into = [](std::optional<nanoseconds>& place) {
      return [&place](const JsonItem& value) { place = read_time(value); };
    };
    const std::array<JsonItem::Field, 3> fields{
        {{"down", into(down)}, {"up", into(up)}, {"jitter", into(jitter)}}};
    item.fields(fields);
    const Flap flap{.down = down.value_or(nanoseconds{}),
                    .up = up.value_or(nanoseconds{}),
                    .jitter = jitter.value_or(nanoseconds{})};
    if (flap.down < shortest_flap || flap.up < shortest_flap)
      item.report(
          "it needs \"down\" and \"up\", each 10ms or more, for example {\"down\": \"1s\", "
          "\"up\": \"9s\"}");
    else if (2 * flap.jitter >= std::min(flap.down, flap.up))
      if (flap.jitter.count() > 0)
        item.report("\"jitter\" must be less than half of the shorter of \"down\" and \"up\"");
    action(item, flap);
  }

  void read_cable(const JsonItem& item, bool up) {
    if (const auto said = item.boolean(); said && !*said)
      item.report(
          fmt::format("only true makes sense; the other is \"{}\": true", up ? "cut" : "restore"));
    action(item, Cable{up});
  }

  void complete(const JsonItem& item) {
    if (!item.is_object()) return;
    if (!item.find("at")) item.report("the step needs \"at\", for example \"10s\"");
    if (actions_ == 0)
      item.report("the step does nothing; it needs one of set, ramp, random, flap, cut, restore");
    if (step_.link.empty()) step_.link = defaults_.link;
    if (step_.link.empty()) item.report("the step needs \"link\", or give LINK before the file");
    if (step_.from.empty() && step_.to.empty()) {
      step_.from = defaults_.from;
      if (!defaults_.to.empty()) step_.to = {defaults_.to};
    }
    if (at_) step_.at = *at_;
    if (is_cable(step_) && (item.find("from") || item.find("to")))
      item.report("a cable has no direction; leave \"from\" and \"to\" out");
    if (is_cable(step_)) {
      step_.from.clear();
      step_.to.clear();
    }
    std::visit([&](auto& action) { complete(item, action); }, step_.action);
  }

  void complete(const JsonItem& item, Ramp& ramp) {
    ramp.geometric = geometric_.value_or(false);
    ramp.lasts = need_duration(item);
    ramp.every = every_.value_or(std::min<nanoseconds>(std::chrono::milliseconds{100}, ramp.lasts));
    check_every(item, ramp.every);
    for (const auto& range : ramp.ranges)
      if (ramp.geometric && (range.first <= 0 || range.last <= 0))
        item.report(fmt::format("a geometric ramp of {} cannot start or end at 0", range.key));
  }

  void complete(const JsonItem& item, Draw& draw) {
    draw.lasts = need_duration(item);
    draw.every = every_.value_or(nanoseconds{});
    if (!item.find("every"))
      item.report("\"random\" needs \"every\", for example \"1s\"");
    else
      check_every(item, draw.every);
    refuse(item, "geometric", "ramp");
  }

  void complete(const JsonItem& item, Flap& flap) {
    flap.lasts = need_duration(item);
    refuse(item, "every", "ramp and random");
    refuse(item, "geometric", "ramp");
  }

  // Of what happens at once.
  static void complete(const JsonItem& item, const auto& /*action*/) {
    refuse(item, "for", "ramp, random and flap");
    refuse(item, "every", "ramp and random");
    refuse(item, "geometric", "ramp");
  }

  static void refuse(const JsonItem& item, const char* key, const char* of) {
    if (const auto there = item.find(key))
      there->report(fmt::format("\"{}\" is of {} only", key, of));
  }

  nanoseconds need_duration(const JsonItem& item) {
    if (!item.find("for"))
      item.report("it needs \"for\": how long it goes on, for example \"10s\"");
    else if (lasts_ && lasts_->count() == 0)
      item.find("for")->report("it must be more than 0");
    return lasts_.value_or(nanoseconds{});
  }

  void check_every(const JsonItem& item, nanoseconds every) {
    if (every >= shortest_interval) return;
    if (const auto there = item.find("every"))
      there->report("1ms is the least");
    else if (lasts_ && lasts_->count() > 0)
      item.find("for")->report("1ms is the least");
  }

  const ScenarioDefaults& defaults_;
  Step step_;
  int actions_ = 0;
  std::optional<nanoseconds> at_;
  std::optional<nanoseconds> lasts_;
  std::optional<nanoseconds> every_;
  std::optional<bool> geometric_;
};

void read_speed(const JsonItem& item, double& speed) {
  const auto text = item.text_or_number();
  if (!text) return;
  const auto read = parse_speed(*text);
  if (!read) return item.report(read.error().cause);
  speed = *read;
}

void read_steps(ScenarioReading& reading, const JsonItem& item) {
  for (const auto& each : item.list()) {
    const auto before = reading.report.found.size();
    auto step = StepReader{reading.defaults}.read(each);
    if (!step || reading.report.found.size() != before) continue;
    reading.read.scenario.steps.push_back(*std::move(step));
    reading.read.places.push_back({each.offset(), each.path()});
  }
}

}  // namespace

void read_json(ScenarioReading& reading) {
  const auto root = parse_json(reading.report.text);
  if (!root) {
    reading.report.found.push_back({root.error().offset, {}, root.error().cause});
    return;
  }
  auto& scenario = reading.read.scenario;
  constexpr std::array<std::string_view, 2> ends{"restore", "keep"};  // of AtEnd
  const JsonItem document{*root, reading.report};
  const std::array<JsonItem::Field, 8> fields{{
      schema_field(),
      {"name",
       [&](const JsonItem& item) {
         const auto name = item.text();
         if (!name) return;
         if (const auto good = check_scenario_name(*name); !good) item.report(good.error().cause);
         scenario.name = *name;
       }},
      {"loop", [&](const JsonItem& item) { scenario.loop = item.boolean().value_or(false); }},
      {"speed", [&](const JsonItem& item) { read_speed(item, scenario.speed); }},
      {"seed",
       [&](const JsonItem& item) {
         scenario.seed = static_cast<std::uint64_t>(item.integer(0, INT64_MAX).value_or(0));
       }},
      {"at_end",
       [&](const JsonItem& item) {
         if (const auto choice = item.choice(ends)) scenario.at_end = static_cast<AtEnd>(*choice);
       }},
      {"length",
       [&](const JsonItem& item) {
         if (const auto length = read_time(item)) {
           scenario.length = *length;
           if (length->count() == 0) item.report("it must be more than 0");
         }
       }},
      {"steps", [&](const JsonItem& item) { read_steps(reading, item); }},
  }};
  document.fields(fields);
  if (document.is_object() && !document.find("steps"))
    document.report("\"steps\" is missing: a list of what happens when");
}

}  // namespace linkfab::fabric
