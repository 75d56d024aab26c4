#include "tools/cli/show_difference.hpp"

#include <fmt/format.h>

#include "fabric/lab_json.hpp"

namespace linkfab::cli {

using fabric::Difference;

const char* mark(Difference::Action action) {
  switch (action) {
    case Difference::Action::add:
      return "+";
    case Difference::Action::change:
      return "~";
    case Difference::Action::remove:
      return "-";
  }
  return "";
}

Colour colour(Difference::Action action) {
  switch (action) {
    case Difference::Action::add:
      return Colour::green;
    case Difference::Action::change:
      return Colour::yellow;
    case Difference::Action::remove:
      return Colour::red;
  }
  return Colour::none;
}

void print_difference(const Difference& difference, bool json) {
  if (json) return print_json(to_json(difference));
  const bool coloured = coloured_output();
  if (difference.name_before != difference.name_after)
    print(fmt::format("lab: {} -> {}\n",
                      difference.name_before.empty() ? "none" : difference.name_before,
                      difference.name_after.empty() ? "none" : difference.name_after));
  for (const auto& item : difference.items) {
    print(paint(fmt::format("{} {} {}", mark(item.action), item.kind, item.name),
                colour(item.action), coloured) +
          "\n");
    for (const auto& field : item.fields) print(fmt::format("    {}\n", format(field)));
  }
  print(summary(difference) + "\n");
}

}  // namespace linkfab::cli
