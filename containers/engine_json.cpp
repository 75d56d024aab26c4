#include "containers/engine_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <compare>
#include <utility>

#include <fmt/format.h>

#include "containers/json_fields.hpp"

namespace linkfab::containers {
namespace {

std::optional<ContainerState> parse_state(std::string_view text) {
  using enum ContainerState;
  static constexpr std::pair<std::string_view, ContainerState> states[] = {
      {"created", created},     {"running", running},
      {"paused", paused},       {"restarting", restarting},
      {"removing", removing},   {"exited", exited},
      {"dead", dead},           {"configured", created},
      {"initialized", created}, {"stopping", running},
      {"stopped", exited},
  };
  for (const auto& [name, state] : states) {
    if (name == text) return state;
  }
  return std::nullopt;
}

std::string without_slash(std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

Json::Value environment_json(const std::map<std::string, std::string>& environment) {
  Json::Value array(Json::arrayValue);
  for (const auto& [name, value] : environment) array.append(name + "=" + value);
  return array;
}

struct ApiVersion {
  int major = 0;
  int minor = 0;
  auto operator<=>(const ApiVersion&) const = default;
};

// Beyond what is used here nothing has changed between these two; the newest engines accept none
// older than 1.44.
constexpr ApiVersion oldest_known{1, 24};
constexpr ApiVersion newest_known{1, 47};

std::string format(ApiVersion version) {
  return fmt::format("{}.{}", version.major, version.minor);
}

std::optional<ApiVersion> parse_version(std::string_view text) {
  ApiVersion version;
  const char* end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc{} || minor.ptr != end) return std::nullopt;
  return version;
}

bool is_podman(const Json::Value& answer) {
  const Json::Value& components = field(answer, "Components");
  if (!components.isArray()) return false;
  for (const Json::Value& component : components) {
    if (text_field(component, "Name") == "Podman Engine") return true;
  }
  return false;
}

}  // namespace

Result<Container> container_from_listing(const Json::Value& entry) {
  Container container{.id = text_field(entry, "Id"), .image = text_field(entry, "Image")};
  const auto names = strings_field(entry, "Names");
  if (!names.empty()) container.name = without_slash(names.front());
  container.labels = map_field(entry, "Labels");
  const auto state = parse_state(text_field(entry, "State"));
  if (container.id.empty() || !state) {
    return failure(Errc::failed, "read a container of the engine's list",
                   "no Id or no known State in " + to_text(entry));
  }
  container.state = *state;
  return container;
}

Result<Container> container_from_inspection(const Json::Value& answer) {
  const Json::Value& config = field(answer, "Config");
  const Json::Value& status = field(answer, "State");
  Container container{.id = text_field(answer, "Id"),
                      .name = without_slash(text_field(answer, "Name")),
                      .image = text_field(config, "Image"),
                      .pid = static_cast<int>(integer_field(status, "Pid")),
                      .exit_code = static_cast<int>(integer_field(status, "ExitCode")),
                      .error = text_field(status, "Error"),
                      .started_at = text_field(status, "StartedAt"),
                      .labels = map_field(config, "Labels")};
  const auto state = parse_state(text_field(status, "Status"));
  if (container.id.empty() || !state) {
    return failure(Errc::failed, "read the engine's description of a container",
                   "no Id or no known State.Status in it");
  }
  container.state = *state;
  return container;
}

Result<Image> image_from_json(const Json::Value& answer) {
  const Json::Value& config = field(answer, "Config");
  Image image{.id = text_field(answer, "Id"),
              .entrypoint = strings_field(config, "Entrypoint"),
              .command = strings_field(config, "Cmd")};
  if (image.id.empty()) {
    return failure(Errc::failed, "read the engine's description of an image", "no Id in it");
  }
  return image;
}

std::optional<ContainerEvent> event_from_json(const Json::Value& event) {
  if (text_field(event, "Type") != "container") return std::nullopt;
  const Json::Value& actor = field(event, "Actor");
  ContainerEvent result{.action = text_field(event, "Action"),
                        .id = text_field(actor, "ID"),
                        .name = {},
                        .attributes = map_field(actor, "Attributes")};
  if (result.action.empty() || result.id.empty()) return std::nullopt;
  if (result.action == "died") result.action = "die";
  if (result.action == "remove") result.action = "destroy";
  if (const auto name = result.attributes.find("name"); name != result.attributes.end()) {
    result.name = name->second;
  }
  return result;
}

Json::Value to_json(const ContainerSpec& spec) {
  Json::Value host(Json::objectValue);
  host["NetworkMode"] = "none";
  host["RestartPolicy"]["Name"] = "no";
  host["Binds"] = to_json(spec.binds);
  host["Sysctls"] = to_json(spec.sysctls);
  host["CapAdd"] = to_json(spec.capabilities);
  host["Privileged"] = spec.privileged;
  if (spec.memory > 0) host["Memory"] = static_cast<Json::UInt64>(spec.memory);
  if (spec.cpus > 0) host["NanoCpus"] = static_cast<Json::Int64>(std::llround(spec.cpus * 1e9));

  Json::Value body(Json::objectValue);
  body["Image"] = spec.image;
  body["Env"] = environment_json(spec.environment);
  body["Labels"] = to_json(spec.labels);
  body["HostConfig"] = std::move(host);
  body["Tty"] = spec.terminal;
  body["OpenStdin"] = spec.terminal;
  // Present, even empty, they would replace the image's own.
  if (!spec.entrypoint.empty()) body["Entrypoint"] = to_json(spec.entrypoint);
  if (!spec.command.empty()) body["Cmd"] = to_json(spec.command);
  if (!spec.hostname.empty()) body["Hostname"] = spec.hostname;
  if (!spec.user.empty()) body["User"] = spec.user;
  if (!spec.working_directory.empty()) body["WorkingDir"] = spec.working_directory;
  return body;
}

Json::Value to_json(const ExecSpec& spec) {
  Json::Value body(Json::objectValue);
  body["Cmd"] = to_json(spec.command);
  body["Env"] = environment_json(spec.environment);
  body["Tty"] = spec.tty;
  body["AttachStdin"] = spec.stdin_open;
  body["AttachStdout"] = true;
  body["AttachStderr"] = true;
  if (!spec.user.empty()) body["User"] = spec.user;
  if (!spec.working_directory.empty()) body["WorkingDir"] = spec.working_directory;
  return body;
}

std::string message_of(std::string_view body) {
  if (const auto answer = parse_json(body)) {
    if (auto message = text_field(*answer, "message"); !message.empty()) return message;
  }
  constexpr std::size_t bound = 400;
  std::string text(body.substr(0, bound));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

Result<EngineInfo> agree_version(const Json::Value& answer) {
  EngineInfo info{.name = is_podman(answer) ? "Podman Engine" : "Docker Engine",
                  .version = text_field(answer, "Version"),
                  .api_version = {}};
  const std::string attempt = "agree on an API version with " + info.name + " " + info.version;
  const auto newest = parse_version(text_field(answer, "ApiVersion"));
  if (!newest) return failure(Errc::failed, attempt, "no ApiVersion in its answer");
  // An engine that names no oldest version is older than the idea.
  const auto oldest = parse_version(text_field(answer, "MinAPIVersion")).value_or(oldest_known);
  if (*newest < oldest_known) {
    return failure(Errc::unsupported, attempt,
                   fmt::format("it speaks {} at most, {} is needed; upgrade the engine",
                               format(*newest), format(oldest_known)));
  }
  if (oldest > newest_known) {
    return failure(Errc::unsupported, attempt,
                   fmt::format("it speaks {} at least, and linkfab {} at most; upgrade linkfab",
                               format(oldest), format(newest_known)));
  }
  info.api_version = format(std::min(*newest, newest_known));
  return info;
}

}  // namespace linkfab::containers
