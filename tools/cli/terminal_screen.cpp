#include "tools/cli/terminal_screen.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

// Functions, no macros: some of those are named as what other headers have.
#define NCURSES_NOMACROS
#include <curses.h>

namespace linkfab::cli {
namespace {

constexpr int escape_wait = 25;  // ms: how long an Esc may be the start of a key's sequence
constexpr short default_colour = -1;

short pair_of(Colour colour) {
  switch (colour) {
    case Colour::green:
      return 1;
    case Colour::yellow:
      return 2;
    case Colour::red:
      return 3;
    default:
      return 0;
  }
}

void prepare_colours() {
  const char* none = std::getenv("NO_COLOR");
  if ((none != nullptr && *none != '\0') || !::has_colors() || ::start_color() == ERR) return;
  ::use_default_colors();
  ::init_pair(pair_of(Colour::green), COLOR_GREEN, default_colour);
  ::init_pair(pair_of(Colour::yellow), COLOR_YELLOW, default_colour);
  ::init_pair(pair_of(Colour::red), COLOR_RED, default_colour);
}

attr_t attributes_of(Colour colour) {
  return colour == Colour::dim ? WA_DIM : WA_NORMAL;
}

std::optional<Key> named_key(int code) {
  switch (code) {
    case KEY_UP:
      return Key::up;
    case KEY_DOWN:
      return Key::down;
    case KEY_PPAGE:
      return Key::page_up;
    case KEY_NPAGE:
      return Key::page_down;
    case KEY_HOME:
      return Key::home;
    case KEY_END:
      return Key::end;
    case KEY_ENTER:
    case '\n':
    case '\r':
      return Key::enter;
    case KEY_BACKSPACE:
    case '\b':
    case 127:
      return Key::backspace;
    case 27:
      return Key::escape;
    default:
      return std::nullopt;
  }
}

}  // namespace

struct TerminalScreen::Handle {
  SCREEN* screen = nullptr;
};

Result<std::unique_ptr<TerminalScreen>> TerminalScreen::open() {
  const char* attempt = "show a screen";
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0)
    return failure(Errc::unsupported, attempt, "this is no terminal; use --batch");
  std::setlocale(LC_CTYPE, "");
  ::set_escdelay(escape_wait);
  SCREEN* screen = ::newterm(nullptr, stdout, stdin);
  if (screen == nullptr) {
    const char* name = std::getenv("TERM");
    return failure(Errc::unsupported, attempt,
                   std::string("the terminal '") + (name == nullptr ? "" : name) +
                       "' is not known here; set TERM, or use --batch");
  }
  auto handle = std::make_unique<Handle>();
  handle->screen = screen;
  std::unique_ptr<TerminalScreen> opened(new TerminalScreen(std::move(handle)));
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::curs_set(0);
  prepare_colours();
  return opened;
}

TerminalScreen::TerminalScreen(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}

TerminalScreen::~TerminalScreen() {
  ::endwin();
  ::delscreen(handle_->screen);
}

ScreenSize TerminalScreen::size() const {
  return {.rows = static_cast<std::size_t>(std::max(::getmaxy(stdscr), 0)),
          .columns = static_cast<std::size_t>(std::max(::getmaxx(stdscr), 0))};
}

void TerminalScreen::resized() {
  winsize now{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) == 0 && now.ws_row > 0 && now.ws_col > 0)
    ::resizeterm(now.ws_row, now.ws_col);
  ::clearok(stdscr, TRUE);
}

void TerminalScreen::draw(const std::vector<ScreenLine>& lines) {
  ::werase(stdscr);
  int row = 0;
  for (const auto& line : lines) {
    ::wmove(stdscr, row, 0);
    for (const auto& span : line.spans) {
      ::wattr_set(stdscr, attributes_of(span.colour) | (line.inverse ? WA_REVERSE : WA_NORMAL),
                  pair_of(span.colour), nullptr);
      ::waddnstr(stdscr, span.text.data(), static_cast<int>(span.text.size()));
    }
    if (line.inverse) ::mvwchgat(stdscr, row, 0, -1, WA_REVERSE, 0, nullptr);
    ++row;
  }
  ::wattr_set(stdscr, WA_NORMAL, 0, nullptr);
  ::wrefresh(stdscr);
}

std::optional<KeyPress> TerminalScreen::key() {
  for (int code = ::wgetch(stdscr); code != ERR; code = ::wgetch(stdscr)) {
    if (const auto key = named_key(code)) return KeyPress{.key = *key};
    if (code >= ' ' && code < 127)
      return KeyPress{.key = Key::character, .character = static_cast<char>(code)};
  }
  return std::nullopt;
}

}  // namespace linkfab::cli
