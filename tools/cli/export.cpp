// linkfab export: the running lab, or a topology file, as a file.
#include "formats/export.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/suggest.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/rows.hpp"
#include "fabric/running_lab.hpp"
#include "fabric/topology_file.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/export.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/read_topology.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

enum class ExportFormat { json, containerlab, dot, svg };

ExportFormat format_of(const Invocation& invocation) {
  const auto names = export_formats();
  if (!invocation.has("format")) return ExportFormat::json;
  const auto name = invocation.value("format");
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<ExportFormat>(i);
  throw UsageError(fmt::format("--format: '{}' is none of {}{}", name, fmt::join(names, ", "),
                               did_you_mean(name, names)));
}

std::string draw(ExportFormat format, const formats::Picture& picture) {
  return format == ExportFormat::dot ? export_dot(picture) : export_svg(picture);
}

formats::Exported exported(ExportFormat format, const fabric::Topology& topology) {
  if (format == ExportFormat::json) return {.text = write_topology(topology), .left_out = {}};
  if (format == ExportFormat::containerlab) return formats::export_containerlab(topology);
  return {.text = draw(format, formats::picture(topology)), .left_out = {}};
}

Result<int> write_exported(const Invocation& invocation, const formats::Exported& exported) {
  const auto written = write_output(invocation.value("output"), exported.text);
  if (!written) return std::unexpected(written.error());
  for (const auto& what : exported.left_out) print_error("left out or wrong: " + what);
  return exported.left_out.empty() ? success : failed;
}

Result<int> write_export(const Invocation& invocation) {
  const auto format = format_of(invocation);
  if (invocation.has("from")) {
    const auto topology = read_file_or_say(invocation.value("from"));
    if (!topology) return std::unexpected(topology.error());
    return write_exported(invocation, exported(format, *topology));
  }
  const bool drawing = format == ExportFormat::dot || format == ExportFormat::svg;
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation,
                  drawing ? fabric::state_columns() : fabric::topology_columns());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    if (drawing)
      co_return write_exported(
          invocation,
          {.text = draw(format, formats::picture(fabric::view(client.replica()))), .left_out = {}});
    const auto lab = fabric::running_lab(client.replica());
    auto result = exported(format, lab.topology);
    result.left_out.insert(result.left_out.begin(), lab.problems.begin(), lab.problems.end());
    co_return write_exported(invocation, result);
  });
}

}  // namespace

std::span<const std::string_view> export_formats() {
  static constexpr std::array<std::string_view, 4> names{"json", "containerlab", "dot", "svg"};
  return names;
}

const Command export_command{
    .name = "export",
    .group = "Lab",
    .synopsis = "[--format FORMAT] [--from FILE] [-o FILE]",
    .summary = "Write the running lab, or a topology file, in one of several formats",
    .text =
        "The running lab with every change that was made since `linkfab up`, to standard output. "
        "FORMAT is\n\n"
        "  json          a topology file: `linkfab up` takes it, and `linkfab plan` finds nothing "
        "to "
        "change\n"
        "  containerlab  a .clab.yml; impairments are in vars.linkfab of the links, where `linkfab "
        "import` finds them\n"
        "  dot           Graphviz, with impairments on the edges and, of the running lab, states\n"
        "  svg           a drawing of the same\n\n"
        "What a format has no words for is left out and said, and the exit status is 1.\n",
    .examples =
        "  linkfab export > lab.json\n"
        "  linkfab export --format svg -o lab.svg\n"
        "  linkfab export --from lab.json --format containerlab -o lab.clab.yml\n",
    .options = {{"format", "FORMAT", "what to write (default: json)"},
                {"from", "FILE", "this topology file instead of the running lab"},
                {"output", "FILE", "write there", 'o'}},
    .run = write_export,
};

}  // namespace linkfab::cli
