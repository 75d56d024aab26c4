// An impairment as the keys of a JSON object: those of docs/topology-file.md, which may stand among
// others.
#pragma once

#include <string_view>
#include <vector>

#include <json/value.h>

#include "fabric/json_item.hpp"
#include "netem/impairment.hpp"
#include "netem/preset.hpp"

namespace linkfab::fabric {

[[nodiscard]] const std::vector<std::string_view>& impairment_keys();

// What a null means.
enum class Nulls {
  refused,
  clear,  // the key's value, or all classes; and a list of classes replaces those that were there
};

// Sets what an object says of an impairment and leaves the rest of it as it was. In the order of
// the options, not of the text: a preset comes before what changes it, and two may depend on each
// other, "loss" and "loss-correlation". Whether it all makes sense is netem::validate()'s.
void read_impairment(const JsonItem& object, netem::Impairment& impairment,
                     netem::PresetDirection direction, Nulls nulls = Nulls::refused);

// Beside it in a link between hosts: "subtract", or "add", the default.
void read_underlay(const JsonItem& item, bool& subtract);

// Only what differs from the default.
[[nodiscard]] Json::Value to_json(const netem::Impairment& impairment);

}  // namespace linkfab::fabric
