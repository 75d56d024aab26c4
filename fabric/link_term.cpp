#include "fabric/link_term.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/suggest.hpp"

namespace linkfab::fabric {
namespace {

LinkTerm::End parse_end(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {std::string(text), std::nullopt};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

std::string attempt(const LinkTerm& term) {
  return fmt::format("find link '{}'", term.text);
}

}  // namespace

LinkTerm parse_link_term(std::string_view text) {
  LinkTerm term{.text = std::string(text), .names = {std::string(text)}, .ends = {}};
  const auto dashes = text.find("--");
  if (dashes == std::string_view::npos) {
    if (auto end = parse_end(text); end.interface) term.ends.push_back(std::move(end));
    return term;
  }
  const auto a = text.substr(0, dashes);
  const auto b = text.substr(dashes + 2);
  if (a.empty() || b.empty()) return term;
  term.names.push_back(fmt::format("{}--{}", b, a));
  term.ends = {parse_end(a), parse_end(b)};
  return term;
}

Error no_such_link(const LinkTerm& term, std::vector<std::string> names) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  Error error{Errc::not_found, attempt(term), "there is none" + did_you_mean(term.text, known)};
  std::erase_if(names,
                [&](const std::string& name) { return name.find(term.text) == std::string::npos; });
  std::ranges::sort(names);
  constexpr std::size_t most = 5;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
    error.cause += (i == 0 ? "; there are " : ", ") + names[i];
  if (names.size() > most) error.cause += fmt::format(" and {} more", names.size() - most);
  if (names.empty()) error.cause += "; `linkfab links` lists what there is";
  return error;
}

Error ambiguous_link(const LinkTerm& term, const std::vector<std::string>& names) {
  return {Errc::invalid, attempt(term),
          fmt::format("there are {}: {}; name one of them", names.size(), fmt::join(names, ", "))};
}

}  // namespace linkfab::fabric
