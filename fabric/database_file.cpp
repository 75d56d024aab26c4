#include "fabric/database_file.hpp"

#include <sys/random.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <openssl/sha.h>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <json/value.h>

#include "core/fd.hpp"
#include "fabric/json_text.hpp"
#include "ovsdb/json_text.hpp"

namespace linkfab::fabric {
namespace {

namespace fs = std::filesystem;

std::string hex(std::span<const unsigned char> bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

// The header's length and checksum are of all that follows it.
std::string file_record(const char* magic, const std::string& text) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return fmt::format("OVSDB {} {} {}\n{}", magic, text.size(), hex(digest), text);
}

std::string member_record(const Json::Value& json) {
  std::string text;
  // It cannot fail: schemas and addresses were read as text that can be sent.
  (void)ovsdb::append_json(text, json);
  return file_record("CLUSTER", text + "\n");
}

Result<ovsdb::Uuid> random_uuid() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return system_failure("make a random identity");
  // RFC 4122 §4.4.
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text = hex(bytes);
  for (const auto place : {20UZ, 16UZ, 12UZ, 8UZ}) text.insert(place, 1, '-');
  return ovsdb::Uuid(text);
}

// What ovsdb-server writes last into the file of a member that has left.
bool ends_with_leaving(std::ifstream& file) {
  constexpr std::streamoff longest_note = 200;
  file.clear();
  file.seekg(0, std::ios::end);
  file.seekg(-std::min<std::streamoff>(file.tellg(), longest_note), std::ios::end);
  const std::string tail(std::istreambuf_iterator<char>(file), {});
  const auto last = tail.rfind("\nOVSDB CLUSTER ");
  return last != std::string::npos && tail.find(R"("note":"left")", last) != std::string::npos;
}

}  // namespace

Result<DatabaseKind> database_kind(const std::string& file) {
  std::error_code failed;
  if (!fs::exists(file, failed)) {
    if (failed) return failure(Errc::denied, "look at " + file, failed.message());
    return DatabaseKind::none;
  }
  std::ifstream stream(file, std::ios::binary);
  std::string first;
  if (!std::getline(stream, first)) return failure(Errc::invalid, "read " + file, "it is empty");
  if (first.starts_with("OVSDB JSON ")) return DatabaseKind::standalone;
  if (first.starts_with("OVSDB CLUSTER "))
    return ends_with_leaving(stream) ? DatabaseKind::left : DatabaseKind::member;
  return failure(Errc::invalid, "read " + file, "it is no database of ovsdb-server");
}

// In JSON the quotes within a text are escaped: what looks like the member is the member.
Result<std::string> member_address(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  std::getline(stream, line);
  std::getline(stream, line);
  constexpr std::string_view before = R"("local_address":")";
  const auto begin = line.find(before);
  if (begin == std::string::npos)
    return failure(Errc::invalid, "read " + file, "it does not say its member's address");
  const auto from = begin + before.size();
  return line.substr(from, line.find('"', from) - from);
}

std::string standalone_text(const std::string& schema) {
  return file_record("JSON", schema);
}

Result<std::string> first_member_text(const std::string& schema, const std::string& address,
                                      const FreshIds& ids) {
  auto parsed = parse_json(schema);
  if (!parsed) return failure(Errc::invalid, "read the schema", parsed.error().cause);
  Json::Value json(Json::objectValue);
  json["server_id"] = ids.server.text();
  json["local_address"] = address;
  json["name"] = (*parsed)["name"];
  json["cluster_id"] = ids.cluster.text();
  json["prev_term"] = 1;
  json["prev_index"] = 1;
  json["prev_servers"][ids.server.text()] = address;
  json["prev_eid"] = ids.data.text();
  json["prev_data"].append(std::move(*parsed));
  json["prev_data"].append(Json::Value(Json::objectValue));
  return member_record(json);
}

std::string joining_member_text(const std::string& name, const std::string& address,
                                const std::vector<std::string>& remotes,
                                const ovsdb::Uuid& server) {
  Json::Value json(Json::objectValue);
  json["server_id"] = server.text();
  json["local_address"] = address;
  json["name"] = name;
  json["remote_addresses"] = Json::Value(Json::arrayValue);
  for (const auto& remote : remotes) json["remote_addresses"].append(remote);
  return member_record(json);
}

Result<void> create_database(const std::string& file, const std::string& schema) {
  if (fs::exists(file)) return {};
  return write_file(file, standalone_text(schema), 0640);
}

Result<void> create_cluster(const std::string& file, const std::string& schema,
                            const std::string& address) {
  if (fs::exists(file)) return {};
  FreshIds ids;
  for (auto* id : {&ids.server, &ids.cluster, &ids.data}) {
    auto made = random_uuid();
    if (!made) return std::unexpected(made.error());
    *id = *made;
  }
  const auto text = first_member_text(schema, address, ids);
  return text ? write_file(file, *text, 0640) : std::unexpected(text.error());
}

Result<void> join_cluster(const std::string& file, const std::string& name,
                          const std::string& address, const std::vector<std::string>& remotes) {
  if (fs::exists(file)) return {};
  const auto server = random_uuid();
  if (!server) return std::unexpected(server.error());
  return write_file(file, joining_member_text(name, address, remotes, *server), 0640);
}

}  // namespace linkfab::fabric
