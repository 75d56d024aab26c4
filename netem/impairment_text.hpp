// The text of the options whose values have parts: loss, slot, distribution table, seed.
//
// What these return on error has a cause but no attempt: set_option() names the key and value. Each
// format is read back by its parser as the same value, and is empty for the default.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "netem/impairment.hpp"

namespace linkfab::netem {

[[nodiscard]] Result<Loss> parse_loss(std::string_view text);
[[nodiscard]] std::string format_loss(const Loss& loss);  // without a correlation

[[nodiscard]] Result<Slot> parse_slot(std::string_view text);
[[nodiscard]] std::string format_slot(const Slot& slot);  // never empty

[[nodiscard]] Result<DistributionTable> parse_table(std::string_view text);
[[nodiscard]] std::string format_table(const DistributionTable& table);

[[nodiscard]] Result<std::optional<std::uint64_t>> parse_seed(
    std::string_view text);  // "none": nullopt

}  // namespace linkfab::netem
