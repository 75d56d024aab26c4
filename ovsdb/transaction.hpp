// One OVSDB transaction as a value: its operations in order, atomic as a whole (RFC 7047 §4.1.3,
// §5.2).
//
// Building one needs no connection. Rows inserted earlier in the same transaction are referred to
// by the Uuid that insert() returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <json/value.h>

#include "core/result.hpp"
#include "ovsdb/datum.hpp"
#include "ovsdb/row.hpp"

namespace linkfab::ovsdb {

// One clause of a where: column, function, value.
struct Clause {
  std::string column;
  std::string function;  // "==", "!=", "<", "<=", ">", ">=", "includes", "excludes"
  Datum value;
};
using Where = std::vector<Clause>;  // all must hold; empty: every row

[[nodiscard]] Where by_uuid(const Uuid& row);
[[nodiscard]] Where by_column(std::string column, Datum value);
// A <condition> for each clause (RFC 7047 §5.1).
[[nodiscard]] Json::Value to_json(const std::vector<Clause>& clauses);

class Transaction {
 public:
  explicit Transaction(std::string database) : database_(std::move(database)) {}

  Uuid insert(const std::string& table, const Columns& columns);
  void update(const std::string& table, const Where& where, const Columns& columns);
  // mutator: "insert", "delete", "+=", "-=" …
  void mutate(const std::string& table, const Where& where, const std::string& column,
              const std::string& mutator, const Datum& value);
  void erase(const std::string& table, const Where& where);
  void select(const std::string& table, const Where& where,
              const std::vector<std::string>& columns);
  // Fails the whole transaction, with Errc::conflict, unless exactly these values stand there now:
  // a `wait` operation with timeout 0.
  void require(const std::string& table, const Where& where, const Columns& columns);
  // Fails the whole transaction unless at least one row matches.
  void require_exists(const std::string& table, const Where& where);
  void comment(std::string_view text);
  void assert_lock(const std::string& lock);
  void durable();

  [[nodiscard]] const std::string& database() const { return database_; }
  [[nodiscard]] bool empty() const { return operations_.empty(); }
  [[nodiscard]] std::size_t size() const { return operations_.size(); }
  // The params of the "transact" request, as JSON text. Errc::invalid where a value cannot be sent
  // (ovsdb/json_text.hpp).
  [[nodiscard]] Result<std::string> params_text() const;
  // What operation `index` is, for messages: "insert Port".
  [[nodiscard]] std::string describe(std::size_t index) const;

 private:
  struct Operation {
    const char* name;
    std::string table;
  };
  void add(const char* operation, const std::string& table, Json::Value json);

  std::string database_;
  std::vector<Operation> operations_;
  std::string text_;                 // of the operations, a comma before each
  std::optional<Error> unsendable_;  // of the first that cannot be sent
  unsigned inserted_ = 0;
};

// What the server answered, one element an operation.
struct Reply {
  struct Operation {
    std::uint64_t count = 0;   // update, mutate, delete
    std::optional<Uuid> uuid;  // insert
    std::vector<Row> rows;     // select
  };
  std::vector<Operation> operations;
};

// Decodes the reply's result array. An error of any operation, and the extra element that carries
// an error at commit (RFC 7047 §4.1.3), becomes an Error: "constraint violation", "referential
// integrity violation" and the like are Errc::refused; "timed out" (a wait that did not hold) is
// Errc::conflict; "permission error" is Errc::denied; "resources exhausted"/"I/O error"
// Errc::failed. The cause has the server's details, which operation and which table.
[[nodiscard]] Result<Reply> decode_reply(const Transaction& transaction, const Json::Value& result);

}  // namespace linkfab::ovsdb
