// What `linkfab top` shows, and what its keys do: values in, lines out. Pure; who draws is
// tools/cli/terminal_screen.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "fabric/traffic.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {

enum class TopSort { rate, drops, backlog, name };
[[nodiscard]] Result<TopSort> parse_sort(std::string_view text);  // "rate"
[[nodiscard]] std::string name_of(TopSort sort);

// What the person in front of it has chosen.
struct TopView {
  TopSort sort = TopSort::rate;
  bool reversed = false;
  std::string filter;   // part of a link, an end, a state or an impairment; case does not count
  bool typing = false;  // the keys go into the filter
  std::size_t scrolled = 0;  // lines
  bool operator==(const TopView&) const = default;
};

// At one moment. Of the first one there are no rates.
struct TopData {
  std::string title;  // "lab pair, 12:00:05, every 1s"
  std::vector<fabric::TrafficDirection> directions;
  std::vector<fabric::TrafficRates> rates;
};

struct ScreenSize {
  std::size_t rows = 0;
  std::size_t columns = 0;
  bool operator==(const ScreenSize&) const = default;
};

struct ScreenLine {
  std::vector<Cell> spans;  // one after another
  bool inverse = false;     // over the whole width
  [[nodiscard]] std::string text() const;
};

// As many lines as the screen has at most, none wider than it: what is longer is cut off. The last
// one is the foot, which says the keys or takes the filter. With a size of zero, everything,
// without a foot.
[[nodiscard]] std::vector<ScreenLine> top_screen(const TopData& data, const TopView& view,
                                                 ScreenSize size);

enum class Key { up, down, page_up, page_down, home, end, enter, escape, backspace, character };
struct KeyPress {
  Key key = Key::character;
  char character = 0;  // of Key::character
};

// False: leave. `view` is kept within what there is to be seen.
[[nodiscard]] bool press(const KeyPress& pressed, TopView& view, const TopData& data,
                         ScreenSize size);

// The first `columns` characters of a UTF-8 text.
[[nodiscard]] std::string cut(std::string_view text, std::size_t columns);

}  // namespace linkfab::cli
