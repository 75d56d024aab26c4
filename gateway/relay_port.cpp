#include "gateway/relay_port.hpp"

#include <memory>
#include <set>
#include <utility>

#include <json/json.h>

namespace linkfab::gateway {
namespace {

constexpr const char* reading = "read the relay's ports";

std::string one_line(const Json::Value& value) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  builder["emitUTF8"] = true;  // as it is: names of devices and files are bytes of any kind
  return Json::writeString(builder, value);
}

Result<Json::Value> read(std::string_view line, const char* what) {
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  builder["stackLimit"] = 16;
  const std::unique_ptr<Json::CharReader> reader{builder.newCharReader()};
  Json::Value value;
  std::string problem;
  try {
    if (!reader->parse(line.data(), line.data() + line.size(), &value, &problem))
      return failure(Errc::invalid, what, problem);
  } catch (const Json::Exception& thrown) {  // nested too deep
    return failure(Errc::invalid, what, thrown.what());
  }
  return value;
}

Result<RelayPort> port_from_json(const Json::Value& value) {
  if (!value.isObject()) return failure(Errc::invalid, reading, "a port is an object");
  for (const char* name : {"outer", "netns", "local", "remote"}) {
    if (!value[name].isString())
      return failure(Errc::invalid, reading, std::string{name} + " is a text");
  }
  if (!value["longer_than"].isUInt())
    return failure(Errc::invalid, reading, "longer_than is a number from 0 to 4294967295");
  auto local = parse_udp_address(value["local"].asString());
  if (!local) return std::unexpected(local.error());
  auto remote = parse_udp_address(value["remote"].asString());
  if (!remote) return std::unexpected(remote.error());
  return RelayPort{.outer = value["outer"].asString(),
                   .netns = value["netns"].asString(),
                   .local = *std::move(local),
                   .remote = *std::move(remote),
                   .longer_than = value["longer_than"].asUInt()};
}

}  // namespace

std::string to_json(const std::vector<RelayPort>& ports) {
  Json::Value list{Json::arrayValue};
  for (const RelayPort& port : ports) {
    Json::Value value;
    value["outer"] = port.outer;
    value["netns"] = port.netns;
    value["local"] = format(port.local);
    value["remote"] = format(port.remote);
    value["longer_than"] = port.longer_than;
    list.append(std::move(value));
  }
  return one_line(list);
}

Result<std::vector<RelayPort>> relay_ports_from_json(std::string_view line) {
  const auto list = read(line, reading);
  if (!list) return std::unexpected(list.error());
  if (!list->isArray()) return failure(Errc::invalid, reading, "a list is wanted");
  std::vector<RelayPort> ports;
  std::set<std::pair<std::string, std::string>> seen;
  for (const Json::Value& value : *list) {
    auto port = port_from_json(value);
    if (!port) return std::unexpected(port.error());
    if (!seen.emplace(port->netns, port->outer).second)
      return failure(Errc::invalid, reading, port->outer + " is there twice");
    ports.push_back(*std::move(port));
  }
  return ports;
}

std::string to_json(const RelayErrors& errors) {
  Json::Value answer;
  answer["errors"] = Json::objectValue;
  for (const auto& [outer, error] : errors) {
    Json::Value& value = answer["errors"][outer];
    value["code"] = static_cast<int>(error.code);
    value["attempt"] = error.attempt;
    value["cause"] = error.cause;
  }
  return one_line(answer);
}

Result<RelayErrors> relay_errors_from_json(std::string_view line) {
  constexpr const char* what = "read the relay's answer";
  const auto answer = read(line, what);
  if (!answer) return std::unexpected(answer.error());
  if (!answer->isObject() || !(*answer)["errors"].isObject())
    return failure(Errc::invalid, what, "no errors are told");
  RelayErrors errors;
  for (const std::string& outer : (*answer)["errors"].getMemberNames()) {
    const Json::Value& value = (*answer)["errors"][outer];
    const int last = static_cast<int>(Errc::failed);
    if (!value.isObject() || !value["code"].isInt() || value["code"].asInt() < 0 ||
        value["code"].asInt() > last || !value["attempt"].isString() || !value["cause"].isString())
      return failure(Errc::invalid, what, "an error has a code, an attempt and a cause");
    errors[outer] = Error{.code = static_cast<Errc>(value["code"].asInt()),
                          .attempt = value["attempt"].asString(),
                          .cause = value["cause"].asString()};
  }
  return errors;
}

}  // namespace linkfab::gateway
