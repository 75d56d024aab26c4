// linkfab presets, linkfab distribution: where impairments come from.
#include <algorithm>

#include <fmt/format.h>

#include "core/fd.hpp"
#include "fabric/lab_json.hpp"
#include "netem/preset.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/sample_file.hpp"

namespace linkfab::cli {
namespace {

Result<int> presets(const Invocation& invocation) {
  std::string text;
  for (const auto& preset : netem::presets()) {
    text += fmt::format("{}\n    {}\n",
                        paint(std::string(preset.name), Colour::green, coloured_output()),
                        preset.summary);
    if (preset.down == preset.up) {
      text += fmt::format("    both ways  {}\n", preset.down);
    } else {
      text += fmt::format("    down       {}\n    up         {}\n", preset.down, preset.up);
    }
    text += fmt::format("    source     {}\n", preset.source);
  }
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["presets"] = fabric::preset_list();
    print_json(json);
  } else {
    print(text);
  }
  return success;
}

// What stands in a topology file for these delays.
Json::Value samples_json(const netem::SampledDelay& sampled) {
  Json::Value json(Json::objectValue);
  json["delay"] = format(sampled.delay);
  if (sampled.table.empty()) return json;
  json["jitter"] = format(sampled.jitter);
  json["distribution"] = "table";
  auto& table = json["distribution-table"] = Json::Value(Json::arrayValue);
  for (const auto entry : sampled.table) table.append(entry);
  return json;
}

// tc's format: numbers, eight a line.
void print_dist(const netem::DistributionTable& table) {
  std::string text = "# made by linkfab distribution; 8192 is one jitter\n";
  for (std::size_t i = 0; i < table.size(); ++i)
    text += fmt::format("{:6}{}", table[i], i % 8 == 7 || i + 1 == table.size() ? "\n" : " ");
  print(text);
}

Result<int> distribution(const Invocation& invocation) {
  if (invocation.json() && invocation.has("dist"))
    throw UsageError("--json and --dist are two formats; give one of them");
  const auto& path = invocation.words.front();
  const auto file = read_sample_file(path);
  if (!file) return std::unexpected(file.error());
  const auto& sampled = file->delay;
  if (invocation.json()) {
    print_json(samples_json(sampled));
  } else if (invocation.has("dist")) {
    if (sampled.table.empty())
      return failure(Errc::invalid, "make a table of " + path, "its samples are all the same");
    print_dist(sampled.table);
  } else {
    print(fmt::format("samples  {}, from {} to {}\ndelay    {}\njitter   {}\n", file->samples,
                      format(file->least), format(file->most), format(sampled.delay),
                      format(sampled.jitter)));
    if (sampled.cut_off != 0)
      print(fmt::format("cut off  {} samples beyond four times the jitter\n", sampled.cut_off));
  }
  return success;
}

}  // namespace

Result<SampleFile> read_sample_file(const std::string& path) {
  constexpr std::size_t most_bytes = 256'000'000;
  const bool standard_input = path == "-";
  const auto text = read_file(standard_input ? "/dev/stdin" : path);
  if (!text) return std::unexpected(text.error());
  const auto name = standard_input ? "standard input" : path;
  if (text->size() > most_bytes)
    return failure(Errc::invalid, "read " + name, "it is larger than 256 MB");
  auto samples = netem::parse_samples(*text, name);
  if (!samples) return std::unexpected(samples.error());
  const auto [least, most] = std::ranges::minmax(*samples);
  SampleFile file{.samples = samples->size(), .least = least, .most = most, .delay = {}};
  auto sampled = netem::sampled_delay(*std::move(samples));
  if (!sampled) return std::unexpected(sampled.error());
  file.delay = *std::move(sampled);
  return file;
}

const Command presets_command{
    .name = "presets",
    .group = "Links",
    .synopsis = "[--json]",
    .summary = "List the presets for `linkfab set --preset`, with their sources",
    .text =
        "Each is a kind of line with published figures: what it does toward a subscriber and "
        "from one. In a topology\n"
        "file `\"preset\": \"dsl\"` stands in a link, whose second end is then the subscriber, in "
        "a direction or in a\n"
        "member of a segment; \"dsl/up\" and \"dsl/down\" name the direction.\n",
    .examples =
        "  linkfab presets\n"
        "  linkfab set r1--r2 --preset leo-satellite\n",
    .options = {{"json", "", "print JSON"}},
    .run = presets,
};

const Command distribution_command{
    .name = "distribution",
    .group = "Links",
    .synopsis = "FILE [--json | --dist]",
    .summary = "Make delay, jitter and a distribution table of measured delays",
    .text =
        "FILE has one delay a line, with a unit or in milliseconds, or is what ping printed; - is "
        "standard input.\n"
        "Delay is the mean of the samples, jitter their standard deviation, the table their "
        "quantiles. `linkfab set\n"
        "LINK --samples FILE` puts the same on a link. ping measures both directions: halve its "
        "times for one.\n",
    .examples =
        "  ping -c 1000 -i 0.2 example.net | linkfab distribution -\n"
        "  linkfab distribution delays.txt --json    what a topology file takes\n"
        "  linkfab distribution delays.txt --dist    what tc takes\n",
    .options = {{"json", "", "print the keys of a topology file"},
                {"dist", "", "print a table for tc"}},
    .least_words = 1,
    .most_words = 1,
    .run = distribution,
};

}  // namespace linkfab::cli
