// The result of "transact" (RFC 7047 §4.1.3): an element an operation; null for one that was not
// reached because an earlier one failed; one element more where the commit itself failed.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "ovsdb/json_text.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::ovsdb {
namespace {

std::string text_or_nothing(const Json::Value& json) {
  return json.isString() ? json.asString() : std::string{};
}

Errc classify(const std::string& error) {
  if (error == "timed out" || error == "not owner" || error == "aborted") return Errc::conflict;
  if (error == "permission error") return Errc::denied;
  if (error == "resources exhausted" || error == "I/O error") return Errc::failed;
  return Errc::refused;
}

Error operation_error(const std::string& attempt, const std::string& place,
                      const Json::Value& element) {
  const std::string error = text_or_nothing(element["error"]);
  std::string cause = place + ": " + error;
  if (const std::string details = text_or_nothing(element["details"]); !details.empty())
    cause += ": " + details;
  return {classify(error), attempt, std::move(cause)};
}

bool has_columns(const Json::Value& row, const TableColumns& columns) {
  return row.size() == columns.size() && std::ranges::all_of(columns, [&](const auto& column) {
           return row.isMember(column.first);
         });
}

// `columns` are those of the row before: all that one select found have the same.
Result<Row> decode_row(const Json::Value& json, std::shared_ptr<const TableColumns>& columns) {
  if (!json.isObject())
    return failure(Errc::invalid, "decode a selected row",
                   "expected an object, found " + excerpt(json));
  if (columns == nullptr || !has_columns(json, *columns)) {
    auto own = std::make_shared<TableColumns>();
    for (auto& name : json.getMemberNames()) own->emplace(std::move(name), ColumnType{});
    columns = std::move(own);
  }
  Row row(columns);
  for (auto column = json.begin(); column != json.end(); ++column) {
    Result<Datum> value = datum_from_json(*column);
    if (!value) return std::unexpected(std::move(value.error()));
    row.set(column.name(), std::move(*value));
  }
  return row;
}

Result<Reply::Operation> decode_operation(const Json::Value& element) {
  Reply::Operation operation;
  if (const Json::Value& count = element["count"]; count.isUInt64())
    operation.count = count.asUInt64();
  if (element.isMember("uuid")) {
    const Result<Datum> uuid = datum_from_json(element["uuid"]);
    if (!uuid) return std::unexpected(uuid.error());
    operation.uuid = uuid->uuid();
  }
  std::shared_ptr<const TableColumns> columns;
  for (const Json::Value& json : element["rows"]) {
    auto row = decode_row(json, columns);
    if (!row) return std::unexpected(std::move(row.error()));
    operation.rows.push_back(std::move(*row));
  }
  return operation;
}

}  // namespace

Result<Reply> decode_reply(const Transaction& transaction, const Json::Value& result) {
  const std::string attempt = "transact on database " + transaction.database();
  if (!result.isArray())
    return failure(Errc::invalid, attempt, "expected an array as result, found " + excerpt(result));
  Reply reply;
  for (Json::ArrayIndex i = 0; i < result.size(); ++i) {
    const Json::Value& element = result[i];
    const std::string place = i < transaction.size()
                                  ? fmt::format("operation {} ({})", i + 1, transaction.describe(i))
                                  : "commit";
    if (!element.isObject())
      return failure(Errc::invalid, attempt,
                     place + ": expected an object, found " + excerpt(element));
    if (element.isMember("error") && !element["error"].isNull())
      return std::unexpected(operation_error(attempt, place, element));
    if (i >= transaction.size()) break;
    Result<Reply::Operation> operation = decode_operation(element);
    if (!operation)
      return failure(Errc::invalid, attempt, place + ": " + format(operation.error()));
    reply.operations.push_back(std::move(*operation));
  }
  if (reply.operations.size() < transaction.size())
    return failure(
        Errc::invalid, attempt,
        fmt::format("{} operations, but only {} results", transaction.size(), result.size()));
  return reply;
}

}  // namespace linkfab::ovsdb
