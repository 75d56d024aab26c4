#include "fabric/schema_update.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/log.hpp"
#include "fabric/json_text.hpp"
#include "fabric/rows.hpp"
#include "ovsdb/session.hpp"

namespace linkfab::fabric {
namespace {

using Version = std::array<int, 3>;

// "0.2.0" (RFC 7047 §3.1); what is missing or no number is 0.
Version version_of(std::string_view text) {
  Version version{};
  const char* at = text.data();
  for (int& part : version) {
    at = std::from_chars(at, text.data() + text.size(), part).ptr;
    if (at == text.data() + text.size() || *at != '.') break;
    ++at;
  }
  return version;
}

}  // namespace

boost::asio::awaitable<Result<void>> update_schema(boost::asio::any_io_executor executor,
                                                   std::string remote, std::string_view schema,
                                                   std::chrono::milliseconds limit) {
  ovsdb::Session session(executor, {.remotes = {remote}});
  session.start();
  if (auto connected = co_await session.wait_connected(limit); !connected) co_return connected;
  Json::Value named(Json::arrayValue);
  named.append(database);
  const auto there = co_await session.request("get_schema", named);
  if (!there) co_return std::unexpected(there.error());
  auto wanted = parse_json(schema);
  if (!wanted) co_return failure(Errc::invalid, "read the schema", wanted.error().cause);
  const auto before = (*there)["version"].asString();
  const auto after = (*wanted)["version"].asString();
  if (version_of(before) == version_of(after)) co_return Result<void>{};
  if (version_of(before) > version_of(after))
    co_return failure(
        Errc::unsupported, "use the database of " + remote,
        fmt::format("its schema has version {}, and this linkfab knows {}: a later one made it; "
                    "`linkfab down` of that one ends its lab",
                    before, after));
  named.append(std::move(*wanted));
  if (const auto converted = co_await session.request("convert", named); !converted)
    co_return std::unexpected(converted.error());
  log::info(fmt::format("database: brought from version {} of the schema to {}", before, after));
  co_return Result<void>{};
}

}  // namespace linkfab::fabric
