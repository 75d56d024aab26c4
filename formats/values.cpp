#include "formats/values.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "netem/address.hpp"

namespace linkfab::formats {
namespace {

constexpr double longest = 9e18;  // what the units of core/units.hpp go up to

}  // namespace

void set_impairment(const Item& at, fabric::Impairment& impairment, std::string_view key,
                    const std::string& value) {
  if (const auto set = set_option(impairment, std::string{key}, value); !set)
    at.wrong(fmt::format("{}: {}", key, set.error().cause));
}

void set_delay(const Item& at, fabric::Impairment& impairment, std::string_view key,
               double nanoseconds_each) {
  const auto value = at.number(0, longest / nanoseconds_each);
  if (value && *value > 0)
    set_impairment(at, impairment, key,
                   fmt::format("{}ns", std::llround(*value * nanoseconds_each)));
}

void set_percent(const Item& at, fabric::Impairment& impairment, std::string_view key) {
  const auto value = at.number(0, 100);
  if (value && *value > 0) set_impairment(at, impairment, key, fmt::format("{}%", *value));
}

void set_rate(const Item& at, fabric::Impairment& impairment, double bits_each) {
  const auto value = at.number(0, longest / bits_each);
  if (value && *value > 0)
    set_impairment(at, impairment, "rate", fmt::format("{}bit", std::llround(*value * bits_each)));
}

void add_address(const Item& at, fabric::Interface& interface, std::string_view address) {
  auto prefix = netem::canonical_prefix(address);
  if (!prefix) return at.wrong(fmt::format("'{}': {}", address, prefix.error().cause));
  auto& all = interface.addresses;
  if (std::ranges::find(all, *prefix) == all.end()) all.push_back(*std::move(prefix));
}

void set_mac(const Item& at, fabric::Interface& interface, std::string_view mac) {
  auto canonical = netem::canonical_mac(mac);
  if (!canonical) return at.wrong(fmt::format("'{}': {}", mac, canonical.error().cause));
  interface.mac = *std::move(canonical);
}

void set_mtu(fabric::Interface& interface, std::uint32_t mtu) {
  if (mtu == 1500) {
    interface.mtu.reset();
  } else {
    interface.mtu = mtu;
  }
}

std::string memory_of(std::string_view text) {
  std::string memory;
  for (const char c : text)
    if (c != ' ') memory += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const std::string_view end : {"ib", "b"})
    if (memory.size() > end.size() + 1 && memory.ends_with(end) &&
        std::string_view{"kmg"}.contains(memory[memory.size() - end.size() - 1])) {
      memory.resize(memory.size() - end.size());
      break;
    }
  return memory;
}

void add_route(fabric::Node& node, fabric::Route route) {
  if (std::ranges::find(node.routes, route) == node.routes.end())
    node.routes.push_back(std::move(route));
}

std::optional<std::vector<std::string>> shell_words(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (quote == '\'') {
      if (c == '\'') {
        quote = 0;
      } else {
        words.back() += c;
      }
      continue;
    }
    if (c == '$' || c == '`') return std::nullopt;
    if (quote == '"' && c == '"') {
      quote = 0;
      continue;
    }
    if (quote == 0) {
      if (c == ' ' || c == '\t') {
        in_word = false;
        continue;
      }
      if (std::string_view{"|&;<>()*?[]{}~\n\r"}.contains(c) || (c == '#' && !in_word))
        return std::nullopt;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
      continue;
    }
    if (c == '\\') {
      if (i + 1 == line.size()) return std::nullopt;
      const char next = line[i + 1];
      if (quote == 0 || std::string_view{"\\\"$`"}.contains(next)) {
        c = next;
        ++i;
      }
    }
    words.back() += c;
  }
  if (quote != 0) return std::nullopt;
  return words;
}

std::vector<std::string> command_of(const std::string& line) {
  if (auto words = shell_words(line); words && !words->empty()) return *std::move(words);
  return {"/bin/sh", "-c", line};
}

}  // namespace linkfab::formats
