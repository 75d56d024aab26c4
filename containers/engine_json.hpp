// The bodies of the Docker Engine API as our types. Pure: text in, values out, and back.
//
// Podman's compatible API differs in words only (its states "configured" and "stopped", its events
// "died" and "remove"); here they become Docker's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <json/value.h>

#include "containers/engine.hpp"
#include "core/result.hpp"

namespace linkfab::containers {

// One container of GET /containers/json, and the answer of GET /containers/ID/json.
[[nodiscard]] Result<Container> container_from_listing(const Json::Value& entry);
[[nodiscard]] Result<Container> container_from_inspection(const Json::Value& answer);
[[nodiscard]] Result<Image> image_from_json(const Json::Value& answer);

// nullopt: an event of something else than a container.
[[nodiscard]] std::optional<ContainerEvent> event_from_json(const Json::Value& event);

// The body of POST /containers/create.
[[nodiscard]] Json::Value to_json(const ContainerSpec& spec);
// The body of POST /containers/ID/exec.
[[nodiscard]] Json::Value to_json(const ExecSpec& spec);

// What the engine itself says went wrong: "message", or the text as it is where it is no JSON.
[[nodiscard]] std::string message_of(std::string_view body);

// From the answer of GET /version; the API version is the newest that the engine and we both know.
// Where there is none, Errc::unsupported says which side is too old.
[[nodiscard]] Result<EngineInfo> agree_version(const Json::Value& answer);

}  // namespace linkfab::containers
