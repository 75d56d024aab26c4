#include "tools/cli/top_screen.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/units.hpp"

namespace linkfab::cli {
namespace {

constexpr std::size_t head_lines = 3;  // title, totals, header
constexpr std::size_t foot_lines = 1;

constexpr std::array<std::pair<TopSort, const char*>, 4> sort_names{{{TopSort::rate, "rate"},
                                                                     {TopSort::drops, "drops"},
                                                                     {TopSort::backlog, "backlog"},
                                                                     {TopSort::name, "name"}}};

bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return part.empty() || !std::ranges::search(text, part, same).empty();
}

bool passes(const fabric::TrafficDirection& direction, const std::string& filter) {
  return contains(direction.link, filter) || contains(direction.from, filter) ||
         contains(direction.to, filter) || contains(direction.state, filter) ||
         contains(direction.impairment, filter);
}

const fabric::TrafficRates& rates_of(const TopData& data, std::size_t i) {
  static const fabric::TrafficRates none;
  return i < data.rates.size() ? data.rates[i] : none;
}

double weight(const TopData& data, std::size_t i, TopSort sort) {
  switch (sort) {
    case TopSort::rate:
      return rates_of(data, i).bits().value_or(0);
    case TopSort::drops:
      return rates_of(data, i).drops();
    case TopSort::backlog:
      return static_cast<double>(data.directions[i].counters.queued_bytes.value_or(0));
    case TopSort::name:
      return 0;
  }
  return 0;
}

// The directions that are shown, the first one at the top. Equals stay in the order of their names.
std::vector<std::size_t> order(const TopData& data, const TopView& view) {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < data.directions.size(); ++i)
    if (passes(data.directions[i], view.filter)) shown.push_back(i);
  std::ranges::sort(shown, {},
                    [&](std::size_t i) { return std::pair(-weight(data, i, view.sort), i); });
  if (view.reversed) std::ranges::reverse(shown);
  return shown;
}

std::string rate_text(const fabric::TrafficRates::Rate& rate) {
  return rate ? fabric::short_number(*rate) : "-";
}

std::string bytes_text(const fabric::TrafficCounters::Count& count) {
  return count ? fabric::short_number(static_cast<double>(*count)) : "-";
}

struct Column {
  const char* name;
  bool right;  // numbers stand at the right edge
};
constexpr std::array<Column, 10> columns{{{"LINK", false},
                                          {"STATE", false},
                                          {"FROM", false},
                                          {"TO", false},
                                          {"FRAMES/S", true},
                                          {"BIT/S", true},
                                          {"DROPS/S", true},
                                          {"QUEUED", true},
                                          {"BYTES", true},
                                          {"IMPAIRMENT", false}}};
using Row = std::array<Cell, columns.size()>;

Row row_of(const TopData& data, std::size_t i) {
  const auto& direction = data.directions[i];
  const auto& rates = rates_of(data, i);
  const double drops = rates.drops();
  const bool known = rates.frames().has_value();
  const bool failed = !direction.error.empty();
  return {
      Cell(direction.link),
      Cell(direction.state, colour_of_state(direction.state)),
      Cell(direction.from),
      Cell(direction.to),
      Cell(rate_text(rates.frames())),
      Cell(rate_text(rates.bits())),
      Cell(known ? fabric::short_number(drops) : "-", drops > 0 ? Colour::yellow : Colour::none),
      Cell(bytes_text(direction.counters.queued_frames)),
      Cell(bytes_text(direction.counters.queued_bytes)),
      failed ? Cell(direction.error, Colour::red)
             : Cell(direction.impairment.empty() ? "-" : direction.impairment)};
}

using Widths = std::array<std::size_t, columns.size()>;

ScreenLine line_of(const Row& row, const Widths& widths) {
  ScreenLine line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string blanks(widths.at(i) - width(row.at(i).text), ' ');
    if (i > 0) line.spans.emplace_back("  ");
    if (columns.at(i).right) line.spans.emplace_back(blanks);
    line.spans.push_back(row.at(i));
    if (!columns.at(i).right && i + 1 < row.size()) line.spans.emplace_back(blanks);
  }
  return line;
}

ScreenLine title_line(const TopData& data, const TopView& view, std::size_t shown) {
  std::string text = fmt::format("linkfab top - {} - by {}{} - ", data.title, name_of(view.sort),
                                 view.reversed ? ", reversed" : "");
  text += shown == data.directions.size()
              ? fmt::format("{} directions", shown)
              : fmt::format("{} of {} directions", shown, data.directions.size());
  return {.spans = {Cell(text)}, .inverse = false};
}

ScreenLine totals_line(const TopData& data, const std::vector<std::size_t>& shown) {
  double frames = 0;
  double bits = 0;
  double drops = 0;
  std::int64_t queued = 0;
  for (const auto i : shown) {
    frames += rates_of(data, i).frames().value_or(0);
    bits += rates_of(data, i).bits().value_or(0);
    drops += rates_of(data, i).drops();
    queued += data.directions[i].counters.queued_frames.value_or(0);
  }
  return {.spans = {Cell(fmt::format("together {} frames/s, {}bit/s, ",
                                     fabric::short_number(frames), fabric::short_number(bits))),
                    Cell(fmt::format("{} drops/s", fabric::short_number(drops)),
                         drops > 0 ? Colour::yellow : Colour::none),
                    Cell(fmt::format(", {} queued", queued))},
          .inverse = false};
}

ScreenLine foot_line(const TopView& view) {
  std::string text =
      "q quit  n name  r rate  d drops  b backlog  R reverse  / filter  arrows, PgUp, PgDn scroll";
  if (view.typing)
    text = "filter: " + view.filter + "_";
  else if (!view.filter.empty())
    text = fmt::format("filter: {}  (/ changes it, Esc clears it)  q quit", view.filter);
  return {.spans = {Cell(text)}, .inverse = true};
}

void cut_line(ScreenLine& line, std::size_t most) {
  std::size_t used = 0;
  for (auto& span : line.spans) {
    span.text = cut(span.text, most - used);
    used += width(span.text);
  }
}

std::size_t page(ScreenSize size) {
  const auto around = head_lines + foot_lines;
  return size.rows > around ? size.rows - around : 1;
}

std::size_t most_scrolled(const TopData& data, const TopView& view, ScreenSize size) {
  const auto shown = static_cast<std::size_t>(std::ranges::count_if(
      data.directions,
      [&](const fabric::TrafficDirection& each) { return passes(each, view.filter); }));
  return shown > page(size) ? shown - page(size) : 0;
}

void type(const KeyPress& pressed, TopView& view) {
  if (pressed.key == Key::character) {
    view.filter += pressed.character;
  } else if (pressed.key == Key::backspace && !view.filter.empty()) {
    view.filter.pop_back();
  } else if (pressed.key == Key::escape) {
    view.filter.clear();
    view.typing = false;
  } else if (pressed.key == Key::enter) {
    view.typing = false;
  }
}

void sort_by(TopView& view, TopSort sort) {
  view.sort = sort;
  view.reversed = false;
  view.scrolled = 0;
}

bool command(char character, TopView& view) {
  switch (character) {
    case 'q':
      return false;
    case 'n':
      sort_by(view, TopSort::name);
      break;
    case 'r':
      sort_by(view, TopSort::rate);
      break;
    case 'd':
      sort_by(view, TopSort::drops);
      break;
    case 'b':
      sort_by(view, TopSort::backlog);
      break;
    case 'R':
      view.reversed = !view.reversed;
      break;
    case '/':
      view.typing = true;
      break;
    default:
      break;
  }
  return true;
}

void scroll(Key key, TopView& view, std::size_t lines) {
  const auto back = [&](std::size_t by) { view.scrolled -= std::min(view.scrolled, by); };
  if (key == Key::up) back(1);
  if (key == Key::down) ++view.scrolled;
  if (key == Key::page_up) back(lines);
  if (key == Key::page_down) view.scrolled += lines;
  if (key == Key::home) view.scrolled = 0;
  if (key == Key::end) view.scrolled = static_cast<std::size_t>(-1);
  if (key == Key::escape) view.filter.clear();
}

}  // namespace

Result<TopSort> parse_sort(std::string_view text) {
  for (const auto& [sort, name] : sort_names)
    if (text == name) return sort;
  return failure(Errc::invalid, fmt::format("sort by '{}'", text),
                 "it is one of rate, drops, backlog and name");
}

std::string name_of(TopSort sort) {
  return std::ranges::find(sort_names, sort, &std::pair<TopSort, const char*>::first)->second;
}

std::string ScreenLine::text() const {
  std::string all;
  for (const auto& span : spans) all += span.text;
  return all;
}

std::vector<ScreenLine> top_screen(const TopData& data, const TopView& view, ScreenSize size) {
  const auto shown = order(data, view);
  Row header{"", "", "", "", "", "", "", "", "", ""};
  Widths widths{};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    header.at(i) = Cell(columns.at(i).name, Colour::dim);
    widths.at(i) = width(columns.at(i).name);
  }
  std::vector<Row> rows;
  rows.reserve(shown.size());
  for (const auto i : shown) {
    rows.push_back(row_of(data, i));
    for (std::size_t k = 0; k < columns.size(); ++k)
      widths.at(k) = std::max(widths.at(k), width(rows.back().at(k).text));
  }
  std::vector<ScreenLine> lines{title_line(data, view, shown.size()), totals_line(data, shown),
                                line_of(header, widths)};
  const bool whole = size == ScreenSize{};
  const auto first = whole ? 0 : std::min(view.scrolled, most_scrolled(data, view, size));
  const auto last = whole ? rows.size() : std::min(rows.size(), first + page(size));
  for (auto i = first; i < last; ++i) lines.push_back(line_of(rows[i], widths));
  if (whole) return lines;
  while (lines.size() + foot_lines < size.rows) lines.emplace_back();
  lines.resize(size.rows > foot_lines ? size.rows - foot_lines : 0);
  lines.push_back(foot_line(view));
  for (auto& line : lines) cut_line(line, size.columns);
  return lines;
}

bool press(const KeyPress& pressed, TopView& view, const TopData& data, ScreenSize size) {
  bool stay = true;
  if (view.typing) {
    type(pressed, view);
    view.scrolled = 0;
  } else if (pressed.key == Key::character && pressed.character == ' ') {
    scroll(Key::page_down, view, page(size));
  } else if (pressed.key == Key::character) {
    stay = command(pressed.character, view);
  } else {
    scroll(pressed.key, view, page(size));
  }
  view.scrolled = std::min(view.scrolled, most_scrolled(data, view, size));
  return stay;
}

std::string cut(std::string_view text, std::size_t most) {
  std::size_t characters = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (starts && characters == most) break;
    if (starts) ++characters;
  }
  return std::string(text.substr(0, end));
}

}  // namespace linkfab::cli
