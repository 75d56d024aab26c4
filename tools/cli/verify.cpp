// linkfab verify: does a link do what it was told?
#include <algorithm>
#include <cmath>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/rows.hpp"
#include "fabric/running_lab.hpp"
#include "measure/judge_traffic.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/hosts.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/progress_line.hpp"
#include "tools/cli/settle.hpp"
#include "tools/cli/verify_installed.hpp"
#include "tools/cli/verify_report.hpp"
#include "tools/cli/verify_subjects.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;

constexpr nanoseconds shortest_time = 100ms;
constexpr nanoseconds longest_time = std::chrono::hours(24);
// As many directions as one process measures well at once; the others follow.
constexpr std::size_t most_at_once = 100;
// What a prober sends before it counts.
constexpr std::uint64_t warm_frames = 3;

awaitable<Result<std::vector<Subject>>> chosen_subjects(Client& client,
                                                        const Invocation& invocation) {
  std::vector<std::string> names;
  const auto found = co_await find_links(client, invocation.words);
  if (!found) co_return std::unexpected(found.error());
  for (const auto& link : *found) names.push_back(link.name);
  const auto lab = seen_from_here(fabric::view(client.replica()), invocation);
  const auto running = fabric::running_lab(client.replica());
  co_return find_subjects(lab, running.topology, names, invocation.paths);
}

// Frames through the device of the direction that were not of the measurement.
std::uint64_t others(const Subject& subject, const measure::Record& record,
                     const HostSnapshot& before, const HostSnapshot& after) {
  const auto traffic = after.traffic(subject, before);
  const auto passed = traffic.left + traffic.dropped;
  auto ours = std::max(record.stream.sent.size(), record.stream.arrivals.size()) + warm_frames;
  if (record.train) ours += std::max(record.train->sent.size(), record.train->arrivals.size());
  return passed - std::min(passed, std::uint64_t{ours});
}

// Every nth frame lost is so much of a loss to the judge.
netem::Impairment as_loss(netem::Impairment requested) {
  auto* random = std::get_if<netem::RandomLoss>(&requested.loss);
  if (requested.drop_every == 0 || random == nullptr) return requested;
  const double passed = (1 - random->probability.share()) * (1 - 1.0 / requested.drop_every);
  constexpr double digits = 1e9;
  random->probability = {std::round(100 * (1 - passed) * digits) / digits};
  return requested;
}

// The rate of a bottleneck lets a single frame go at once: it holds up those that follow, where
// netem's also takes its time for the frame itself. And it may drop what comes behind a train.
std::vector<measure::Finding> judged(const Subject& subject, const measure::Record& record) {
  auto requested = as_loss(subject.requested);
  auto findings = measure::judge(requested, record, {});
  if (!requested.has_bottleneck()) return findings;
  requested.queue.reset();
  requested.burst = {};
  requested.rate = {};
  requested.packet_overhead = 0;
  const auto without_rate = measure::judge(requested, record, {});
  for (auto& finding : findings) {
    const auto same = std::ranges::find(without_rate, finding.quality, &measure::Finding::quality);
    if (same != without_rate.end()) finding = *same;
    if (finding.quality == "loss" && finding.verdict == measure::Verdict::differs) {
      finding.verdict = measure::Verdict::undecided;
      finding.reason = "its queue discipline drops frames too";
    }
  }
  return findings;
}

// Measures those of `some` that can be, all at once.
Result<void> measure_some(std::span<Verified> some, nanoseconds time, const std::string& label) {
  measure::Prober prober;
  std::vector<Verified*> measured;
  for (auto& each : some) {
    if (!each.subject.why_not.empty()) continue;
    plan_probes(each.subject, some.size(), time);
    if (auto added = prober.add(each.subject.path); added) {
      measured.push_back(&each);
    } else {
      each.subject.why_not = format(added.error());
    }
  }
  if (measured.empty()) return {};
  const auto before = observe_host();
  if (!before) return std::unexpected(before.error());
  ProgressLine line;
  auto records = prober.run(
      [&](double done) { line.show(fmt::format("measuring {}: {:.0f}%", label, done * 100)); });
  line.clear();
  if (!records) return std::unexpected(records.error());
  const auto after = observe_host();
  if (!after) return std::unexpected(after.error());
  for (std::size_t i = 0; i < measured.size(); ++i) {
    auto& record = (*records)[i];
    record.stream.others = others(measured[i]->subject, record, *before, *after);
    measured[i]->findings = judged(measured[i]->subject, record);
  }
  return {};
}

Result<void> measure_all(std::vector<Verified>& all, nanoseconds time) {
  for (std::size_t from = 0; from < all.size(); from += most_at_once) {
    const auto count = std::min(most_at_once, all.size() - from);
    const auto label = all.size() <= most_at_once ? fmt::format("{} directions", count)
                                                  : fmt::format("directions {} to {} of {}",
                                                                from + 1, from + count, all.size());
    const auto done = measure_some(std::span(all).subspan(from, count), time, label);
    if (!done) return done;
  }
  return {};
}

// What passes anyway: nothing is sent.
Result<void> watch(std::vector<Verified>& all, nanoseconds time, const HostSnapshot& before) {
  ProgressLine line;
  const auto end = before.time + time;
  for (auto now = before.time; now < end; now = std::chrono::steady_clock::now()) {
    line.show(fmt::format("watching {} directions: {:.0f}%", all.size(),
                          100.0 * static_cast<double>((now - before.time).count()) /
                              static_cast<double>(time.count())));
    std::this_thread::sleep_for(std::min<nanoseconds>(end - now, 200ms));
  }
  line.clear();
  const auto after = observe_host();
  if (!after) return std::unexpected(after.error());
  for (auto& each : all) {
    if (!each.subject.up || each.subject.varies) continue;
    each.findings = measure::judge_traffic(as_loss(each.subject.requested),
                                           after->traffic(each.subject, before), {});
    each.subject.why_not = "no frame passed";
  }
  return {};
}

int report_directions(const Invocation& invocation, const std::vector<Verified>& all) {
  const bool wrong = std::ranges::any_of(all, &Verified::differs);
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["directions"] = Json::Value(Json::arrayValue);
    for (const auto& verified : all) json["directions"].append(to_json(verified));
    print_json(json);
  } else if (all.empty()) {
    fmt::print(stderr, "no links; `linkfab connect A B` makes one\n");
  } else {
    std::vector<Verified> shown;
    for (const auto& each : all)
      if (each.differs() || !invocation.has("quiet")) shown.push_back(each);
    if (!shown.empty()) print(verify_table(shown, coloured_output()));
    print(verify_summary(all) + "\n");
  }
  return wrong ? failed : success;
}

Result<nanoseconds> measuring_time(const Invocation& invocation) {
  if (!invocation.has("for")) return 5s;
  auto time = parse_duration(invocation.value("for"));
  if (!time) return std::unexpected(time.error());
  if (*time < shortest_time || *time > longest_time)
    return failure(Errc::invalid, "measure for " + invocation.value("for"),
                   "it is at least 100ms and at most a day");
  return *time;
}

Result<int> verify(const Invocation& invocation) {
  const auto time = measuring_time(invocation);
  if (!time) return std::unexpected(time.error());
  if (::geteuid() != 0)
    return failure(Errc::denied, "verify links",
                   "probes are sent inside nodes, which needs root; try again with sudo");
  std::vector<Verified> all;
  const auto found = run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric::state_columns());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    auto subjects = co_await chosen_subjects(client, invocation);
    if (!subjects) co_return std::unexpected(subjects.error());
    for (auto& subject : *subjects) all.push_back({.subject = std::move(subject)});
    co_return success;
  });
  if (!found) return found;
  const auto host = observe_host();
  if (!host) return std::unexpected(host.error());
  for (auto& each : all)
    if (!each.subject.varies) each.not_installed = check_installed(each.subject, *host);
  const auto measured =
      invocation.has("passive") ? watch(all, *time, *host) : measure_all(all, *time);
  if (!measured) return std::unexpected(measured.error());
  return report_directions(invocation, all);
}

}  // namespace

const Command verify_command{
    .name = "verify",
    .group = "Links",
    .synopsis = "[LINK...] [--passive] [--for TIME] [--quiet] [--json]",
    .summary = "Measure whether links do what they were told",
    .text =
        "Compares three things for each direction: what is requested, what the kernel holds, and "
        "what frames meet.\n"
        "Numbered probes of an EtherType of their own go from one node to the other through the "
        "very port and qdisc,\n"
        "with the kernel's time stamps. Every figure has its 99% confidence interval; a verdict "
        "is `differs` only where\n"
        "chance cannot explain it. The exit status is 1 where something differs.\n"
        "\n"
        "Probes take at most a tenth of a limited rate and at most 500 frames a second; where a "
        "rate is requested, a\n"
        "train of frames takes all of it for a quarter of a second. Losses below what so many "
        "frames can show need a\n"
        "longer --for: 5 s tell 1% from 3%, not from 1.2%. What leads out of the lab is not "
        "measured.\n"
        "\n"
        "With --passive nothing is sent: the counters of what passes anyway are compared, also of "
        "what leads out of the\n"
        "lab. They tell losses, duplicates, rates and frames that go astray, and nothing of "
        "delays.\n",
    .examples =
        "  sudo linkfab verify\n"
        "  sudo linkfab verify r1--r2 --for 60s\n"
        "  sudo linkfab verify --passive --for 60s     a lab at work, left alone\n"
        "  sudo linkfab verify --quiet || echo 'a link is not what it should be'\n",
    .options = {{"for", "TIME", "how long to send probes, or to watch (default: 5s)"},
                {"passive", "", "send nothing: judge by the counters of the traffic that is there"},
                {"quiet", "", "show only what differs"},
                json_option},
    .most_words = 100000,
    .run = verify,
};

}  // namespace linkfab::cli
