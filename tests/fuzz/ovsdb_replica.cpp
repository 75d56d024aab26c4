// An update, of whatever version, is applied whole or leaves the replica as it was; its changes
// lead from the one state to the other.
#include <cstdlib>

#include "ovsdb/replica.hpp"
#include "tests/fuzz/ovsdb_json.hpp"

namespace {

using namespace linkfab::ovsdb;

const std::vector<std::string> tables{"T", "U"};

Schema schema() {
  TableColumns columns{{"name", {.fallback = ""}},
                       {"maybe", {}},
                       {"real", {.fallback = 0.0, .real_keys = true}},
                       {"set", {.composite = true}},
                       {"map", {.fallback = Datum::map({}), .composite = true}}};
  return {{"T", std::move(columns)}};
}

void check(const Replica& before, const Replica& after, const linkfab::Result<Changes>& changes) {
  for (const std::string& table : tables) {
    Rows rows = before.rows(table);
    if (changes)
      for (const Change& change : *changes) {
        if (change.table != table) continue;
        if (change.after.empty())
          rows.erase(change.uuid);
        else
          rows[change.uuid] = change.after;
      }
    // Without a schema a row may have no columns at all, which a change cannot tell from none.
    if (table == "T" && rows != after.rows(table)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool version2 = (data[0] & 1U) != 0;
  JsonStream stream;
  stream.feed(text_of_input(data + 1, size - 1));
  Replica replica;
  replica.learn(schema());
  for (bool dump = (data[0] & 2U) != 0; const auto message = first_message(stream); dump = false) {
    const Replica before = replica;
    const auto changes =
        dump ? replica.replace(*message, version2) : replica.apply(*message, version2);
    check(before, replica, changes);
  }
  return 0;
}
