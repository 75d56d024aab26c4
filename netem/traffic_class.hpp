// The classes of an impairment: one direction's frames of one kind, told by a filter.
//
// Their text form is a filter and options: "priority=2 delay=80ms loss=1%". Those of a class are
// the keys of set_option() and "priority".
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "netem/impairment.hpp"

namespace linkfab::netem {

[[nodiscard]] const TrafficClass* find_class(const Impairment& impairment, std::string_view match);
// In its place by rank, and instead of one with the same filter.
void put_class(Impairment& impairment, TrafficClass added);
// False: there is none.
bool erase_class(Impairment& impairment, std::string_view match);

// One option of a class. Errors as those of set_option().
[[nodiscard]] Result<void> set_class_option(TrafficClass& traffic, std::string_view key,
                                            std::string_view value);
// Without the filter; empty where nothing is set.
[[nodiscard]] std::string class_options(const TrafficClass& traffic);
[[nodiscard]] Result<TrafficClass> parse_class(std::string match, std::string_view options);

// Rules of one class alone and of all together. Errors name the class.
[[nodiscard]] Result<void> validate_classes(const Impairment& impairment);

}  // namespace linkfab::netem
