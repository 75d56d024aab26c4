// What is read as a value is written so that it reads as the same value; replies and schemas never
// crash.
#include <cstdlib>

#include "ovsdb/datum.hpp"
#include "ovsdb/schema.hpp"
#include "ovsdb/transaction.hpp"
#include "tests/fuzz/ovsdb_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linkfab::ovsdb;
  JsonStream stream;
  stream.feed(text_of_input(data, size));
  const auto message = first_message(stream);
  if (!message) return 0;
  const Json::Value& json = *message;

  if (const auto datum = datum_from_json(json["value"]))
    if (datum_from_json(to_json(*datum)) != *datum) std::abort();

  Transaction transaction("D");
  transaction.insert("T", {});
  transaction.select("T", {}, {});
  (void)decode_reply(transaction, json["result"]);
  (void)schema_from_json(json["schema"], {{"T", {}}});
  (void)schema_from_json(json["schema"], {{"T", {"a", "b"}}});
  return 0;
}
