#include "fabric/status.hpp"

#include <algorithm>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

#include "fabric/column_values.hpp"
#include "fabric/names.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Columns;
using ovsdb::Datum;

template <class Number>
Datum number_or_nothing(Number number) {
  return number == 0 ? Datum() : Datum(static_cast<std::int64_t>(number));
}

std::uint64_t digest(const ovsdb::Atom& atom) {
  return std::visit(
      [](const auto& value) -> std::uint64_t {
        using Value = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::string>)
          return stable_hash(value);
        else if constexpr (std::is_same_v<Value, ovsdb::Uuid>)
          return stable_hash(value.text());
        else
          return std::hash<Value>{}(value);
      },
      atom);
}

std::uint64_t digest(const Datum& datum) {
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;  // the golden ratio's: every bit spreads
  std::uint64_t sum = datum.is_map() ? 1 : 0;
  for (const auto& atom : datum.as_set()) sum = (sum + 2) * factor ^ digest(atom);
  for (const auto& [key, value] : datum.as_map())
    sum = ((sum + 3) * factor ^ digest(key)) * factor ^ digest(value);
  return sum;
}

std::string format(InterfaceStatus::State state) {
  switch (state) {
    case InterfaceStatus::State::absent:
      return "absent";
    case InterfaceStatus::State::down:
      return "down";
    case InterfaceStatus::State::up:
      return "up";
    case InterfaceStatus::State::error:
      return "error";
  }
  return {};
}

}  // namespace

std::string format(JointStatus::State state) {
  switch (state) {
    case JointStatus::State::up:
      return "up";
    case JointStatus::State::cut:
      return "cut";
    case JointStatus::State::down:
      return "down";
    case JointStatus::State::dangling:
      return "dangling";
    case JointStatus::State::error:
      return "error";
  }
  return {};
}

std::string format(NodeStatus::State state) {
  switch (state) {
    case NodeStatus::State::pending:
      return "pending";
    case NodeStatus::State::starting:
      return "starting";
    case NodeStatus::State::running:
      return "running";
    case NodeStatus::State::paused:
      return "paused";
    case NodeStatus::State::stopped:
      return "stopped";
    case NodeStatus::State::error:
      return "error";
  }
  return {};
}

Columns status_columns(const NodeStatus& status) {
  return {{"state", format(status.state)},
          {"pid", number_or_nothing(status.pid)},
          {"container", text_or_nothing(status.container)},
          {"progress", text_or_nothing(status.progress)},
          {"error", text_or_nothing(status.error)},
          {"restart_done", status.restart_done}};
}

Columns status_columns(const InterfaceStatus& status) {
  return {{"state", format(status.state)},
          {"device", text_or_nothing(status.device)},
          {"ofport", number_or_nothing(status.ofport)},
          {"error", text_or_nothing(status.error)},
          {"warning", text_or_nothing(status.warning)},
          {"carrier", Datum::optional(status.carrier)}};
}

Columns status_columns(const JointStatus& status) {
  return {{"state", format(status.state)}, {"error", text_or_nothing(status.error)}};
}

void StatusWriter::set(const std::string& table, const ovsdb::Uuid& row, const Columns& columns) {
  auto& written = written_[row];
  written.reserve(columns.size());
  Columns changed;
  for (const auto& [name, value] : columns) {
    const Written now{.column = stable_hash(name), .value = digest(value)};
    const auto there = std::ranges::find(written, now.column, &Written::column);
    if (there != written.end() && there->value == now.value) continue;
    if (there == written.end())
      written.push_back(now);
    else
      there->value = now.value;
    changed.emplace_back(name, value);
  }
  if (!changed.empty()) transaction_.update(table, ovsdb::by_uuid(row), changed);
}

ovsdb::Transaction StatusWriter::take() {
  return std::exchange(transaction_, ovsdb::Transaction{database});
}

}  // namespace linkfab::fabric
