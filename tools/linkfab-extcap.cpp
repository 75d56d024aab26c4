// Links in Wireshark's list of interfaces: a program that speaks Wireshark's extcap protocol, as
// extcap(4) tells it, over what `linkfab capture` does.
//
// Wireshark asks for interfaces, their link type and their options, a process a question, and has
// one process a capture, which writes pcapng into a FIFO until it is told to end. It finds the
// program in its directory of extcap programs. $LINKFAB_INSTANCE and $LINKFAB_DB say which fabric.
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/units.hpp"
#include "core/version.hpp"
#include "tools/cli/arguments.hpp"
#include "tools/cli/capture.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

constexpr std::string_view prefix = "linkfab:";

using Questions = std::map<std::string, std::string>;  // option to value

bool takes_value(std::string_view option) {
  return option == "extcap-interface" || option == "extcap-version" ||
         option == "extcap-capture-filter" || option == "fifo" || option == "at" ||
         option == "from" || option == "to" || option == "snaplen";
}

Questions parse(const std::vector<std::string>& arguments) {
  Questions questions;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (!argument.starts_with("--")) throw UsageError(fmt::format("'{}' is no option", argument));
    const auto equals = argument.find('=');
    const auto option = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    auto& value = questions[option];
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (takes_value(option)) {
      if (++i == arguments.size()) throw UsageError(argument + " needs a value");
      value = arguments[i];
    }
  }
  return questions;
}

// A sentence of the protocol has its values in braces, and nothing to write one within.
std::string value(std::string_view text) {
  std::string kept;
  for (const char each : text)
    if (each != '{' && each != '}' && each != '\n') kept += each;
  return kept;
}

// Nothing where no agent runs: a list without links is right then.
int list_interfaces(const Invocation& invocation) {
  print(fmt::format("extcap {{version={}}}{{display=linkfab}}\n", project_version));
  const auto listed =
      run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
        Client client(executor, invocation, fabric_only());
        auto connected = co_await client.connect();
        if (!connected) co_return std::unexpected(connected.error());
        std::vector<std::string> all{"*"};
        const auto links = co_await find_links(client, std::move(all));
        if (!links) co_return std::unexpected(links.error());
        for (const auto& link : *links)
          print(fmt::format("interface {{value={}{}}}{{display=linkfab {}}}\n", prefix,
                            value(link.name), value(link.object())));
        co_return success;
      });
  if (!listed && listed.error().code == Errc::denied) print_error(listed.error());
  return success;
}

void list_options() {
  print(fmt::format(
      "arg {{number=0}}{{call=--at}}{{display=Place}}{{type=selector}}"
      "{{tooltip=Before or after the impairment}}\n"
      "value {{arg=0}}{{value=after}}{{display=After the impairment}}{{default=true}}\n"
      "value {{arg=0}}{{value=before}}{{display=Before the impairment}}{{default=false}}\n"
      "value {{arg=0}}{{value=both}}{{display=Both, each frame twice}}{{default=false}}\n"
      "arg {{number=1}}{{call=--from}}{{display=Only from}}{{type=string}}"
      "{{tooltip=NODE or NODE:IF; empty for both ends}}\n"
      "arg {{number=2}}{{call=--to}}{{display=Only to}}{{type=string}}"
      "{{tooltip=NODE or NODE:IF; empty for both ends}}\n"
      "arg {{number=3}}{{call=--snaplen}}{{display=Bytes of each frame}}{{type=unsigned}}"
      "{{range=1,{0}}}{{default={0}}}\n",
      capture::longest_frame));
}

std::string link_of(const Questions& questions) {
  const auto& interface = questions.at("extcap-interface");
  if (!interface.starts_with(prefix))
    throw UsageError(fmt::format("interface '{}' is none of linkfab's", interface));
  return interface.substr(prefix.size());
}

Result<int> start_capture(const Questions& questions, const Invocation& invocation) {
  const auto given = [&](const char* option) {
    const auto found = questions.find(option);
    return found == questions.end() ? std::string() : found->second;
  };
  CaptureOptions options{.links = {link_of(questions)}};
  options.file = given("fifo");
  if (options.file.empty()) throw UsageError("--capture needs --fifo");
  options.filter = given("extcap-capture-filter");
  options.choice.from = given("from");
  options.choice.to = given("to");
  const auto at = given("at");
  options.choice.before = at == "before" || at == "both";
  options.choice.after = at != "before";
  if (const auto text = given("snaplen"); !text.empty()) {
    const auto snaplen = parse_integer(text, 1, capture::longest_frame);
    if (!snaplen) return std::unexpected(snaplen.error());
    options.snaplen = static_cast<std::uint32_t>(*snaplen);
  }
  options.quiet = true;  // Wireshark takes what is said there for an error
  return run_capture(invocation, options);
}

Result<int> answer(const Questions& questions) {
  const auto invocation = parse_arguments({}).invocation;
  const auto asked = [&](const char* option) { return questions.contains(option); };
  if (asked("extcap-interfaces")) return list_interfaces(invocation);
  if (!asked("extcap-interface"))
    throw UsageError(
        "Wireshark starts this program; put it, or a link to it, into the directory that its Help, "
        "About, Folders calls Personal Extcap path");
  if (asked("extcap-dlts")) {
    print("dlt {number=1}{name=EN10MB}{display=Ethernet}\n");
  } else if (asked("extcap-config")) {
    list_options();
  } else if (asked("capture")) {
    return start_capture(questions, invocation);
  } else if (asked("extcap-capture-filter")) {
    // Is it right? What is printed says that it is not.
    const auto& filter = questions.at("extcap-capture-filter");
    if (filter.empty()) return success;
    if (const auto program = netem::compile_filter(filter); !program)
      print(format(program.error()) + "\n");
  }
  return success;
}

}  // namespace
}  // namespace linkfab::cli

int main(int argc, char** argv) {
  using namespace linkfab::cli;
  try {
    const auto status = answer(parse({argv + 1, argv + argc}));
    if (status) return *status;
    print_error(status.error());
  } catch (const std::exception& error) {
    print_error(error.what());
  }
  return failed;
}
