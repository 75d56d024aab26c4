// linkfab top: what goes along the links, live.
#include <sys/ioctl.h>

#include <csignal>
#include <ctime>
#include <poll.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/read_traffic.hpp"
#include "tools/cli/terminal_screen.hpp"
#include "tools/cli/top_screen.hpp"

namespace linkfab::cli {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;

constexpr int signal_status = 128;  // and the signal

TopData data_of(const fabric::Traffic& now, const std::optional<fabric::Traffic>& before,
                std::chrono::milliseconds interval) {
  const auto seconds = std::chrono::system_clock::to_time_t(now.date);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  TopData data{.title = fmt::format("lab {}, {:%H:%M:%S}, every {}", now.lab, local,
                                    format(nanoseconds{interval})),
               .directions = now.directions,
               .rates = {}};
  if (before) data.rates = rates(before->directions, now.directions, now.time - before->time);
  return data;
}

// Shared by the loop that reads, the keys and the signals. Whoever is still under way when the
// command has ended keeps it.
class Top : public std::enable_shared_from_this<Top> {
 public:
  Top(asio::any_io_executor executor, const Invocation& invocation, TopView view)
      : invocation_(invocation),
        client_(executor, invocation, fabric::all_columns()),
        view_(std::move(view)),
        interval_(interval_of(invocation)),
        count_(count_of(invocation)),
        signals_(executor, SIGINT, SIGTERM, SIGHUP),
        window_changes_(executor, SIGWINCH),
        timer_(executor),
        ended_(executor),
        keys_(executor) {}

  awaitable<Result<int>> run() {
    auto connected = co_await client_.connect();
    if (!connected) co_return std::unexpected(connected.error());
    if (invocation_.has("batch")) co_return co_await batch();
    // The first read before the terminal is taken: what is wrong with a LINK is said on it.
    auto first = co_await read_traffic(client_, invocation_.words);
    if (!first) co_return std::unexpected(first.error());
    watch_signals();
    auto opened = TerminalScreen::open();
    if (!opened) co_return std::unexpected(opened.error());
    const auto terminal = std::move(*opened);
    screen_ = terminal.get();
    last_ = std::move(*first);
    data_ = data_of(*last_, std::nullopt, interval_);
    draw();
    keys_.assign(::dup(STDIN_FILENO));
    watch_keys();
    asio::co_spawn(
        ended_.get_executor(), [self = shared_from_this()] { return self->follow(); },
        asio::detached);
    error_code woken;
    if (!over_) {
      ended_.expires_at(asio::steady_timer::time_point::max());
      co_await ended_.async_wait(redirect_error(use_awaitable, woken));
    }
    screen_ = nullptr;
    co_return outcome_;
  }

 private:
  awaitable<Result<int>> batch() {
    for (std::int64_t shown = 0; count_ == 0 || shown < count_; ++shown) {
      if (!last_)
        if (auto read = co_await step(); !read) co_return std::unexpected(read.error());
      co_await pause();
      if (auto read = co_await step(); !read) co_return std::unexpected(read.error());
      if (shown > 0) print("\n");
      for (const auto& line : top_screen(data_, view_, {})) print(line.text() + "\n");
      std::fflush(stdout);
    }
    co_return success;
  }

  awaitable<Result<void>> step() {
    auto now = co_await read_traffic(client_, invocation_.words);
    if (!now) co_return std::unexpected(now.error());
    data_ = data_of(*now, last_, interval_);
    last_ = std::move(*now);
    co_return Result<void>{};
  }

  awaitable<void> pause() {
    timer_.expires_at(std::max(last_->time + interval_, std::chrono::steady_clock::now()));
    error_code woken;
    co_await timer_.async_wait(redirect_error(use_awaitable, woken));
  }

  awaitable<void> follow() {
    for (std::int64_t shown = 1; !over_; ++shown) {
      if (count_ != 0 && shown > count_) co_return end(success);
      co_await pause();
      if (over_) co_return;
      const auto read = co_await step();
      if (!read) co_return end(std::unexpected(read.error()));
      draw();
    }
  }

  void watch_keys() {
    keys_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const error_code& error) {
                       if (error || self->over_) return;
                       self->read_keys();
                       if (!self->over_) self->watch_keys();
                     });
  }

  void read_keys() {
    bool any = false;
    while (const auto pressed = screen_->key()) {
      any = true;
      if (!press(*pressed, view_, data_, screen_->size())) return end(success);
    }
    // Readable and nothing to be read: the terminal has gone.
    int waiting = 0;
    if (!any && (::ioctl(STDIN_FILENO, FIONREAD, &waiting) != 0 || waiting == 0) && hung_up())
      return end(signal_status + SIGHUP);
    draw();
  }

  static bool hung_up() {
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    return ::poll(&input, 1, 0) == 1 && (input.revents & (POLLHUP | POLLERR)) != 0;
  }

  void watch_signals() {
    signals_.async_wait([self = shared_from_this()](const error_code& error, int number) {
      if (!error) self->end(number == SIGINT ? success : signal_status + number);
    });
    watch_size();
  }

  void watch_size() {
    window_changes_.async_wait([self = shared_from_this()](const error_code& error, int) {
      if (error || self->over_) return;
      if (self->screen_ != nullptr) self->screen_->resized();
      self->draw();
      self->watch_size();
    });
  }

  void draw() {
    if (screen_ == nullptr || over_) return;
    screen_->draw(top_screen(data_, view_, screen_->size()));
  }

  void end(Result<int> outcome) {
    if (std::exchange(over_, true)) return;
    outcome_ = std::move(outcome);
    error_code ignored;
    (void)keys_.close(ignored);
    (void)signals_.cancel(ignored);
    (void)window_changes_.cancel(ignored);
    timer_.cancel();
    ended_.cancel();
  }

  const Invocation& invocation_;
  Client client_;
  TopView view_;
  std::chrono::milliseconds interval_;
  std::int64_t count_;
  TerminalScreen* screen_ = nullptr;
  std::optional<fabric::Traffic> last_;
  TopData data_;
  bool over_ = false;
  Result<int> outcome_ = success;
  asio::signal_set signals_;
  asio::signal_set window_changes_;
  asio::steady_timer timer_;
  asio::steady_timer ended_;
  asio::posix::stream_descriptor keys_;
};

TopView view_of(const Invocation& invocation) {
  TopView view{.filter = invocation.value("filter")};
  if (!invocation.has("sort")) return view;
  const auto sort = parse_sort(invocation.value("sort"));
  if (!sort) throw UsageError("--sort: " + format(sort.error()));
  view.sort = *sort;
  return view;
}

Result<int> top(const Invocation& invocation) {
  const auto view = view_of(invocation);
  return run_task([&](asio::any_io_executor executor) -> awaitable<Result<int>> {
    const auto session = std::make_shared<Top>(executor, invocation, view);
    co_return co_await session->run();
  });
}

}  // namespace

const Command top_command{
    .name = "top",
    .group = "Links",
    .synopsis = "[LINK...] [--sort KEY] [--filter TEXT] [--interval TIME] [--batch] [--count N]",
    .summary = "Watch what goes along the links",
    .text =
        "A screen with one line a direction: frames and bits a second that arrive, those dropped a "
        "second (lost by the\n"
        "impairment or refused by a device), frames and bytes in the impairment's queue now. A "
        "segment has two lines a member,\n"
        "into it and out of it.\n\n"
        "Keys: n, r, d and b sort by name, rate, drops and backlog, R the other way round; / "
        "filters by a part of a name, a\n"
        "state or an impairment, Esc clears the filter; arrows, PgUp, PgDn, Home and End scroll; q "
        "or Ctrl-C quits.\n"
        "Without a terminal use --batch, which writes one screen after another; for programs "
        "there is\n"
        "`linkfab stats --json`.\n",
    .examples =
        "  linkfab top\n"
        "  linkfab top --sort drops --interval 5s\n"
        "  linkfab top --batch --count 10 --filter r1: >top.txt\n",
    .options = {{"sort", "KEY", "rate, drops, backlog or name (default: rate)"},
                {"filter", "TEXT", "only directions with this in a name, state or impairment"},
                {"interval", "TIME", "between two reads (default: 1s)"},
                {"batch", "", "write screens to standard output, without keys", 'b'},
                count_option,
                timeout_option},
    .most_words = 100000,
    .run = top,
};

}  // namespace linkfab::cli
