// JSON merge patches (RFC 7386) between documents that hold no null. Pure.
//
// A patch names what differs and nothing else; null takes a member away. Lists are replaced whole.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <json/value.h>

namespace linkfab::fabric {

// Makes `after` of `before`. Of two equal objects: the empty object.
[[nodiscard]] Json::Value merge_patch(const Json::Value& before, const Json::Value& after);
// The document after the patch.
[[nodiscard]] Json::Value patched(Json::Value target, const Json::Value& patch);

// The names of members from the root to a value.
using JsonPath = std::vector<std::string>;
// A value in which the document does not hold what the patch makes of it; nullopt: there is none.
[[nodiscard]] std::optional<JsonPath> first_difference(const Json::Value& target,
                                                       const Json::Value& patch);
// Does the patch set the value, or one that it is a part of, or a part of it?
[[nodiscard]] bool touches(const Json::Value& patch, const JsonPath& path);
// What stands there; null: nothing.
[[nodiscard]] const Json::Value& at(const Json::Value& document, const JsonPath& path);
// The single values of a patch, lists among them.
void for_each_leaf(const Json::Value& patch,
                   const std::function<void(const JsonPath& path, const Json::Value& value)>& use);

}  // namespace linkfab::fabric
