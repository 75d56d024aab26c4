#include "tools/cli/synopsis.hpp"

#include <algorithm>
#include <set>

namespace linkfab::cli {
namespace {

constexpr std::string_view setting = "KEY=VALUE";

// The parts between spaces that stand in no brackets.
std::vector<std::string_view> split(std::string_view synopsis) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= synopsis.size(); ++i) {
    if (i == synopsis.size() || (synopsis[i] == ' ' && depth == 0)) {
      if (i > begin) parts.push_back(synopsis.substr(begin, i - begin));
      begin = i + 1;
    } else if (synopsis[i] == '[') {
      ++depth;
    } else if (synopsis[i] == ']') {
      --depth;
    }
  }
  return parts;
}

void add_places(std::string_view synopsis, bool optional, std::vector<Place>& places) {
  for (auto part : split(synopsis)) {
    if (part.starts_with("[-") || part == "[OPTION...]") continue;
    if (part.starts_with('[')) {
      add_places(part.substr(1, part.size() - 2), true, places);
      continue;
    }
    const bool repeated = part.ends_with("...");
    if (repeated) part.remove_suffix(3);
    places.push_back({std::string(part), optional, repeated});
  }
}

bool takes(const Place& place, const std::string& word) {
  return (place.name == setting) == (word.find('=') != std::string::npos) ||
         place.name == "ARGUMENT" || place.name == "COMMAND" || place.name == "FILE";
}

// With the places that can be reached from these without a word.
std::set<std::size_t> reachable(const std::vector<Place>& places, std::set<std::size_t> from) {
  for (std::size_t i = 0; i < places.size(); ++i)
    if (from.contains(i) && places[i].optional) from.insert(i + 1);
  return from;
}

}  // namespace

std::vector<Place> parse_synopsis(std::string_view synopsis) {
  std::vector<Place> places;
  add_places(synopsis, false, places);
  return places;
}

std::vector<Place> next_places(const std::vector<Place>& places,
                               const std::vector<std::string>& words) {
  auto here = reachable(places, {0});
  for (const auto& word : words) {
    std::set<std::size_t> next;
    for (const auto i : here) {
      if (i >= places.size() || !takes(places[i], word)) continue;
      next.insert(i + 1);
      if (places[i].repeated) next.insert(i);
    }
    here = reachable(places, std::move(next));
  }
  std::vector<Place> found;
  for (const auto i : here)
    if (i < places.size()) found.push_back(places[i]);
  return found;
}

}  // namespace linkfab::cli
