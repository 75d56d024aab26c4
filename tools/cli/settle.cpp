#include "tools/cli/settle.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "tools/cli/output.hpp"
#include "tools/cli/patience.hpp"
#include "tools/cli/progress_line.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

constexpr std::size_t most_names = 4;

}  // namespace

std::string progress_text(const fabric::LabView& lab, const fabric::Progress& progress) {
  std::string text = fmt::format("nodes {} of {}, links {} of {}", progress.nodes_ready,
                                 lab.nodes.size(), progress.links_ready, lab.links.size());
  if (!progress.errors.empty()) text += fmt::format(", {} failed", progress.errors.size());
  for (std::size_t i = 0; i < std::min(progress.waiting.size(), most_names); ++i)
    text += fmt::format("{}{} ({})", i == 0 ? "; waiting for " : ", ", progress.waiting[i].object,
                        progress.waiting[i].detail);
  if (progress.waiting.size() > most_names)
    text += fmt::format(" and {} more", progress.waiting.size() - most_names);
  return text;
}

awaitable<Result<void>> settle(Client& client, std::function<fabric::LabView()> look,
                               std::function<bool()> stop) {
  ProgressLine line;
  bool stopped = false;
  Patience patience;
  auto done = co_await client.wait_until("wait for the lab", [&] {
    stopped = stop && stop();
    if (stopped) return true;
    const auto lab = look();
    const auto progress = fabric::progress(lab);
    if (!progress.settled()) line.show(progress_text(lab, progress));
    if (progress.settled()) return true;
    if (!lab.errors.empty()) line.show("waiting for linkfabd: " + lab.errors.front());
    return patience.ends(!lab.errors.empty());
  });
  if (stopped) co_return failure(Errc::failed, "wait for the lab", "interrupted");
  co_return done;
}

int report_errors(const fabric::Progress& progress) {
  for (const auto& error : progress.errors) print_error(error);
  return progress.errors.empty() && progress.settled() ? success : failed;
}

}  // namespace linkfab::cli
