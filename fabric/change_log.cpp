#include "fabric/change_log.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <pwd.h>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "ovsdb/json_text.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Datum;
using ovsdb::get;

constexpr std::size_t longest_line = 1000;  // bytes of a command line

void erase_up_to(ovsdb::Transaction& change, const std::string& column, std::int64_t last) {
  if (last <= 0) return;
  ovsdb::Where where;
  where.push_back({.column = column, .function = "<=", .value = last});
  change.erase("Change", where);
}

std::vector<Change> newest_first(std::vector<Change> changes) {
  std::ranges::sort(changes, std::greater{}, &Change::number);
  return changes;
}

}  // namespace

std::string user_name(std::uint32_t uid) {
  std::array<char, 4096> text{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, text.data(), text.size(), &found) != 0 || found == nullptr)
    return std::to_string(uid);
  return entry.pw_name;
}

void record(ovsdb::Transaction& change, const ovsdb::Replica& replica, const Author& author,
            const ChangeWords& words, const Touched& touched) {
  std::int64_t number = 0;
  std::int64_t bytes = 0;
  for (const auto& [uuid, row] : replica.rows("Fabric")) {
    if (get(row, "changes").empty()) return;  // there is no such column
    number = get(row, "changes").integer();
    bytes = get(row, "change_bytes").integer();
  }
  const auto touches = fabric::touches(touched);
  if (touches.empty()) return;
  std::string text;
  if (!ovsdb::append_json(text, to_json(touches))) return;  // the change itself cannot be sent
  change.require("Fabric", {}, {{"changes", number}});
  ++number;
  bytes += static_cast<std::int64_t>(text.size());
  change.update("Fabric", {}, {{"changes", number}, {"change_bytes", bytes}});
  change.insert("Change", {{"number", number},
                           {"time_ns", std::int64_t{author.time.time_since_epoch().count()}},
                           {"user", author.user},
                           {"uid", author.uid ? Datum(std::int64_t{*author.uid}) : Datum()},
                           {"how", cut_short(author.how, longest_line)},
                           {"summary", summary(words, touches)},
                           {"changes", text},
                           {"bytes", bytes}});
  erase_up_to(change, "number", number - most_changes);
  erase_up_to(change, "bytes", bytes - most_bytes);
}

std::int64_t newest_change(const ovsdb::Replica& replica) {
  for (const auto& [uuid, row] : replica.rows("Fabric")) return get(row, "changes").integer();
  return 0;
}

std::vector<std::string> change_columns(bool whole) {
  std::vector<std::string> columns{"number", "time_ns", "user", "uid", "how", "summary"};
  if (whole) columns.emplace_back("changes");
  return columns;
}

Result<Change> decode_change(const ovsdb::Row& row) {
  Change change{.number = get(row, "number").integer(),
                .time = WallTime(nanoseconds{get(row, "time_ns").integer()}),
                .user = get(row, "user").string(),
                .uid = {},
                .how = get(row, "how").string(),
                .summary = get(row, "summary").string(),
                .touches = {}};
  if (const auto& uid = get(row, "uid"); !uid.empty())
    change.uid = static_cast<std::uint32_t>(uid.integer());
  if (const auto text = get(row, "changes").string(); !text.empty()) {
    auto touches = parse_touches(text);
    if (!touches) return std::unexpected(touches.error());
    change.touches = *std::move(touches);
  }
  return change;
}

std::vector<Change> decode_changes(const std::vector<ovsdb::Row>& rows) {
  std::vector<Change> changes;
  for (const auto& row : rows)
    if (auto change = decode_change(row); change) changes.push_back(*std::move(change));
  return newest_first(std::move(changes));
}

std::vector<Change> decode_changes(const ovsdb::Rows& rows) {
  std::vector<Change> changes;
  for (const auto& [uuid, row] : rows)
    if (auto change = decode_change(row); change) changes.push_back(*std::move(change));
  return newest_first(std::move(changes));
}

std::string utc_text(WallTime time) {
  using std::chrono::milliseconds;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<milliseconds>(time - seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(seconds.time_since_epoch().count())),
                     rest.count());
}

Json::Value to_json(const Change& change, bool whole) {
  Json::Value json(Json::objectValue);
  json["number"] = Json::Int64{change.number};
  json["time"] = utc_text(change.time);
  json["user"] = change.user;
  json["uid"] = change.uid ? Json::Value(*change.uid) : Json::Value();
  json["how"] = change.how;
  json["summary"] = change.summary;
  if (whole) json["changes"] = to_json(change.touches);
  return json;
}

}  // namespace linkfab::fabric
