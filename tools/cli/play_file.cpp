#include "tools/cli/play_file.hpp"

#include <charconv>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::KnownLink;

// "lte" of "/traces/lte.csv"; what a name may not hold becomes '_'.
std::string stem_of(const std::string& path) {
  std::string name = std::filesystem::path(path).stem().string();
  for (auto& c : name)
    if (!fabric::check_scenario_name("x" + std::string(1, c))) c = '_';
  name = name.substr(0, std::min<std::size_t>(name.size(), 63));
  return fabric::check_scenario_name(name) ? name : "scenario";
}

double speed_of(const std::string& text) {
  double speed = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, speed);
  if (error != std::errc{} || rest != end ||
      !(speed >= fabric::least_speed && speed <= fabric::most_speed))
    throw UsageError(fmt::format(
        "--speed '{}': a speed lies between 0.001 and 100; 1 is that of the clock", text));
  return speed;
}

nanoseconds bin_of(const std::string& text) {
  const auto bin = parse_duration(text);
  if (!bin || *bin < fabric::shortest_interval || *bin > std::chrono::hours{1} ||
      *bin % fabric::shortest_interval != nanoseconds{})
    throw UsageError(
        fmt::format("--bin '{}': a whole number of milliseconds, for example 100ms", text));
  return *bin;
}

// What the command line says has the say over the file.
void apply_options(const Invocation& invocation, fabric::Scenario& scenario) {
  if (invocation.has("name")) scenario.name = invocation.value("name");
  if (invocation.has("loop")) scenario.loop = true;
  if (invocation.has("once")) scenario.loop = false;
  if (invocation.has("speed")) scenario.speed = speed_of(invocation.value("speed"));
  if (invocation.has("seed")) {
    const auto seed = parse_integer(invocation.value("seed"), 0, INT64_MAX);
    if (!seed) throw UsageError("--seed: " + format(seed.error()));
    scenario.seed = static_cast<std::uint64_t>(*seed);
  }
  if (const auto end = invocation.value("at-end"); !end.empty()) {
    if (end != "restore" && end != "keep")
      throw UsageError(fmt::format("--at-end '{}': restore or keep", end));
    scenario.at_end = end == "keep" ? fabric::AtEnd::keep : fabric::AtEnd::restore;
  }
}

Error say(const std::string& path, const std::vector<fabric::Finding>& findings) {
  for (const auto& finding : findings) print_error(format(finding));
  return {Errc::invalid, "read " + path,
          findings.size() == 1 ? "nothing is played"
                               : fmt::format("{} mistakes; nothing is played", findings.size())};
}

Result<KnownLink> known_link(const FoundLink& link) {
  KnownLink known{.name = link.name, .segment = link.segment, .ends = {}};
  for (const auto& end : link.ends) {
    KnownLink::End its{.name = end.name(), .toward = {}};
    if (end.impairment) {
      auto decoded = fabric::decode_impairment(*end.impairment);
      if (!decoded) return std::unexpected(decoded.error());
      its.toward = *std::move(decoded);
    }
    known.ends.push_back(std::move(its));
  }
  return known;
}

}  // namespace

Result<PlayFile> read_scenario_or_say(const Invocation& invocation) {
  PlayFile file{.path = invocation.words.back(), .text = {}, .read = {}};
  fabric::ScenarioDefaults defaults{.name = stem_of(file.path),
                                    .link = invocation.words.size() == 2 ? invocation.words[0] : "",
                                    .from = invocation.value("from"),
                                    .to = invocation.value("to")};
  if (defaults.link.empty() && (invocation.has("from") || invocation.has("to")))
    throw UsageError("--from and --to are of LINK, which is to be named before the file");
  if (invocation.has("bin")) defaults.bin = bin_of(invocation.value("bin"));
  fabric::Scenario options;  // they are looked at before the file is
  apply_options(invocation, options);
  if (invocation.has("name"))
    if (const auto good = fabric::check_scenario_name(options.name); !good)
      throw UsageError("--name: " + format(good.error()));
  auto text = fabric::read_text(file.path, fabric::longest_scenario_text);
  if (!text) return std::unexpected(text.error());
  file.text = *std::move(text);
  if (file.text.size() > fabric::longest_scenario_text)
    return failure(Errc::invalid, "read " + file.path, "it is longer than 64 MB");
  auto read = parse_scenario(file.text, file.path, fabric::guess_format(file.text), defaults);
  if (!read) return std::unexpected(say(file.path, read.error()));
  file.read = *std::move(read);
  apply_options(invocation, file.read.scenario);
  return file;
}

awaitable<Result<fabric::Scenario>> resolve_or_say(Client& client, PlayFile file) {
  std::map<std::string, Result<KnownLink>> links;
  for (const auto& step : file.read.scenario.steps) {
    if (links.contains(step.link)) continue;
    auto found = co_await find_link(client, step.link);
    links.emplace(step.link,
                  found ? known_link(*found) : Result<KnownLink>(std::unexpected(found.error())));
  }
  const auto find = [&](const std::string& name) -> Result<const KnownLink*> {
    const auto& found = links.at(name);
    if (!found) return std::unexpected(found.error());
    return &*found;
  };
  auto scenario = resolve(std::move(file.read), file.text, file.path, find);
  if (!scenario) co_return std::unexpected(say(file.path, scenario.error()));
  co_return *std::move(scenario);
}

}  // namespace linkfab::cli
