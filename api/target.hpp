// The parts of a request's target (RFC 3986).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace linkfab::api {

// "%3A" is ':'. nullopt: a '%' without two digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

// "/a/b%2Fc" is "a" and "b/c"; "/" has none. nullopt: it does not start with '/', or cannot be
// decoded.
[[nodiscard]] std::optional<std::vector<std::string>> path_segments(std::string_view path);

// "a=1&b=x%20y"; of one name twice, or what cannot be decoded, nullopt.
using Query = std::map<std::string, std::string>;
[[nodiscard]] std::optional<Query> parse_query(std::string_view query);

}  // namespace linkfab::api
