#include "fabric/remote_file.hpp"

#include <cstdio>

#include <json/value.h>
#include <json/writer.h>

#include "core/fd.hpp"
#include "fabric/json_text.hpp"

namespace linkfab::fabric {
namespace {

constexpr unsigned mode = 0640;

std::string text_of(const Json::Value& object, const char* key) {
  const auto& value = object[key];
  return value.isString() ? value.asString() : std::string();
}

}  // namespace

Result<void> write_remote(const Paths& paths, const DatabaseRemote& remote) {
  Json::Value json(Json::objectValue);
  json["remotes"] = remote.remotes;
  json["private_key"] = remote.tls.private_key;
  json["certificate"] = remote.tls.certificate;
  json["ca_certificate"] = remote.tls.ca_certificate;
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "  ";
  return write_file(paths.remote_file(), Json::writeString(builder, json) + "\n", mode);
}

void remove_remote(const Paths& paths) {
  (void)std::remove(paths.remote_file().c_str());
}

Result<DatabaseRemote> read_remote(const Paths& paths) {
  const auto file = paths.remote_file();
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  const auto json = parse_json(*text);
  if (!json || !json->isObject() || text_of(*json, "remotes").empty())
    return failure(Errc::invalid, "read " + file,
                   "it does not name a database; start linkfabd again, which writes it");
  return DatabaseRemote{.remotes = text_of(*json, "remotes"),
                        .tls = {.private_key = text_of(*json, "private_key"),
                                .certificate = text_of(*json, "certificate"),
                                .ca_certificate = text_of(*json, "ca_certificate")}};
}

}  // namespace linkfab::fabric
