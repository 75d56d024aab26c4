#include "tools/cli/play_file.hpp"

#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "fabric/rows.hpp"
#include "fabric/scenario_options.hpp"
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

UsageError wrong(const char* option, const std::string& text, const Error& error) {
  return UsageError(fmt::format("--{} '{}': {}", option, text, error.cause));
}

// What the command line says has the say over the file.
fabric::ScenarioOptions options_of(const Invocation& invocation) {
  fabric::ScenarioOptions options;
  if (invocation.has("loop")) options.loop = true;
  if (invocation.has("once")) options.loop = false;
  for (const auto& [option, called] : {std::pair{"name", "name"}, std::pair{"speed", "speed"},
                                       std::pair{"seed", "seed"}, std::pair{"at-end", "at_end"}}) {
    if (!invocation.has(option)) continue;
    const auto text = invocation.value(option);
    if (const auto good = fabric::set_option(options, called, text); !good)
      throw wrong(option, text, good.error());
  }
  return options;
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
  if (invocation.has("bin")) {
    const auto text = invocation.value("bin");
    const auto bin = fabric::parse_bin(text);
    if (!bin) throw wrong("bin", text, bin.error());
    defaults.bin = *bin;
  }
  const auto options = options_of(invocation);  // they are looked at before the file is
  auto text = fabric::read_text(file.path, fabric::longest_scenario_text);
  if (!text) return std::unexpected(text.error());
  file.text = *std::move(text);
  if (file.text.size() > fabric::longest_scenario_text)
    return failure(Errc::invalid, "read " + file.path, "it is longer than 64 MB");
  auto read = parse_scenario(file.text, file.path, fabric::guess_format(file.text), defaults);
  if (!read) return std::unexpected(say(file.path, read.error()));
  file.read = *std::move(read);
  apply(options, file.read.scenario);
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
