// linkfab import: files of other programs as topology files.
#include "formats/import.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/fd.hpp"
#include "core/suggest.hpp"
#include "fabric/finding.hpp"
#include "fabric/json_text.hpp"
#include "fabric/topology_file.hpp"
#include "formats/source.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using formats::Fate;

formats::Format source_format(const Invocation& invocation, std::string_view text,
                              const std::string& file) {
  const auto names = formats::format_names();
  if (invocation.has("format")) {
    const auto name = invocation.value("format");
    const auto found = std::ranges::find(names, name);
    if (found == names.end())
      throw UsageError(fmt::format("--format: '{}' is none of {}{}", name, fmt::join(names, ", "),
                                   did_you_mean(name, names)));
    return static_cast<formats::Format>(found - names.begin());
  }
  if (const auto format = formats::detect(text, file)) return *format;
  throw UsageError(
      fmt::format("{}: neither its name nor its content tells what it is; say it with "
                  "--format ({})",
                  file, fmt::join(names, ", ")));
}

// Files beside the imported one. A link that leads elsewhere is none of them.
formats::ReadBeside beside(const std::string& file) {
  return [folder = std::filesystem::path(file).parent_path()](
             const std::string& name) -> std::optional<std::string> {
    if (name.empty() || name.contains('/') || name == "." || name == "..") return std::nullopt;
    const auto opened = open_file(folder / name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!opened) return std::nullopt;
    // What was opened, whatever has the name by now.
    const auto path = fmt::format("/proc/self/fd/{}", opened->get());
    if (!std::filesystem::is_regular_file(path)) return std::nullopt;
    auto text = fabric::read_text(path, formats::longest_source);
    return text && text->size() <= formats::longest_source ? std::optional{*std::move(text)}
                                                           : std::nullopt;
  };
}

Json::Value loss_json(const formats::Report& report) {
  Json::Value list(Json::arrayValue);
  for (const auto& entry : report) {
    Json::Value json(Json::objectValue);
    json["fate"] = std::string(formats::name_of(entry.fate));
    json["file"] = entry.file;
    json["line"] = entry.line;
    json["column"] = entry.column;
    json["path"] = entry.path;
    json["cause"] = entry.cause;
    json["advice"] = entry.advice;
    list.append(std::move(json));
  }
  return list;
}

Result<int> import_file(const Invocation& invocation) {
  const auto& file = invocation.words.front();
  const auto text = fabric::read_text(file, formats::longest_source);
  if (!text) return std::unexpected(text.error());
  const auto format = source_format(invocation, *text, file);
  const auto imported = formats::import_topology(format, *text, file, beside(file));
  if (!imported) {
    for (const auto& finding : imported.error())
      fmt::print(stderr, "{}\n", fabric::format(finding));
    const auto count = imported.error().size();
    print_error(fmt::format("import {}: {} error{}; nothing was written", file, count,
                            count == 1 ? "" : "s"));
    return wrong_usage;
  }
  const auto& [topology, report] = *imported;
  const auto refused = formats::count(report, Fate::refused);
  const bool strict = invocation.has("strict") && refused != 0;
  const auto written = fabric::write_topology(topology);
  const auto output = invocation.value("output");
  if (!strict && (!invocation.json() || !output.empty()))
    if (const auto done = write_output(output, written); !done)
      return std::unexpected(done.error());
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["format"] = std::string(formats::name_of(format));
    json["mapped"] = Json::UInt64{formats::count(report, Fate::mapped)};
    json["approximated"] = Json::UInt64{formats::count(report, Fate::approximated)};
    json["refused"] = Json::UInt64{refused};
    json["elements"] = loss_json(report);
    if (output.empty() && !strict) {
      const auto parsed = fabric::parse_json(written);
      json["topology"] = parsed ? *parsed : Json::Value{};
    }
    print_json(json);
  } else {
    fmt::print(stderr, "{}{}: {}\n", formats::losses(report), file, formats::summary(report));
  }
  if (strict)
    return failure(Errc::refused, "import " + file + " strictly",
                   fmt::format("{} refused; nothing was written", refused));
  return success;
}

}  // namespace

const Command import_command{
    .name = "import",
    .group = "Lab",
    .synopsis = "FILE [-o FILE] [--format FORMAT] [--strict] [--json]",
    .summary = "Make a topology file of a file of another program",
    .text =
        "FORMAT is containerlab, core, gns3, imunes, kathara or miniedit, found from the file's "
        "name "
        "and content unless\n"
        "given. The topology file goes to standard output, and what the lab does not have in "
        "common "
        "with the source to\n"
        "standard error: each element is mapped, approximated or refused, with its place and what "
        "to do about it; --json\n"
        "lists all of them. Nothing in the file is executed. The exit status is 2 where the file "
        "is "
        "wrong.\n",
    .examples =
        "  linkfab import clos.clab.yml -o clos.json\n"
        "  linkfab import lab.gns3 --strict -o lab.json    nothing may be lost\n"
        "  linkfab import lab.imn --json | jq '.elements[] | select(.fate == \"refused\")'\n",
    .options = {{"output", "FILE", "write the topology file there", 'o'},
                {"format", "FORMAT", "what the file is"},
                {"strict", "", "fail where anything is refused"},
                {"json", "", "print the report as JSON, and the topology without -o"}},
    .least_words = 1,
    .most_words = 1,
    .run = import_file,
};

}  // namespace linkfab::cli
