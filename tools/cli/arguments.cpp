#include "tools/cli/arguments.hpp"

#include <algorithm>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "core/suggest.hpp"
#include "tools/cli/database.hpp"

namespace linkfab::cli {
namespace {

namespace po = boost::program_options;

constexpr const char* words_key = "words";

constexpr Option options_of_all[] = {
    {"instance", "NAME", "the fabric to talk to (default: linkfab, or $LINKFAB_INSTANCE)"},
    {"db", "REMOTE", "its database, where it is not the one of this host's agent (or $LINKFAB_DB)"},
    {"private-key", "FILE", "this host's key, for --db ssl:... (or $LINKFAB_PRIVATE_KEY)"},
    {"certificate", "FILE", "the certificate for that key (or $LINKFAB_CERTIFICATE)"},
    {"ca-cert", "FILE", "the authority's certificate (or $LINKFAB_CA_CERT)"},
    {"help", "", "show this help", 'h'},
};

const Command* find_command(const std::string& name) {
  const auto all = commands();
  const auto found =
      std::ranges::find_if(all, [&](const Command* command) { return command->name == name; });
  if (found != all.end()) return *found;
  std::vector<std::string_view> names;
  for (const auto* command : all) names.emplace_back(command->name);
  throw UsageError(fmt::format("unknown command '{}'{}", name, did_you_mean(name, names)));
}

void add(po::options_description& described, const Option& option) {
  std::string name = option.name;
  if (option.letter != 0) name += std::string(",") + option.letter;
  if (*option.argument == '\0') {
    described.add_options()(name.c_str(), option.text);
  } else {
    described.add_options()(name.c_str(), po::value<std::string>()->value_name(option.argument),
                            option.text);
  }
}

po::options_description describe(std::span<const Option> options) {
  po::options_description described;
  for (const auto& option : options) add(described, option);
  return described;
}

std::string unknown_option(const po::unknown_option& error, std::span<const Option> own) {
  std::vector<std::string> spelled;
  for (const auto& option : own) spelled.push_back(std::string("--") + option.name);
  for (const auto& option : common_options()) spelled.push_back(std::string("--") + option.name);
  const std::vector<std::string_view> known(spelled.begin(), spelled.end());
  return fmt::format("unknown option '{}'{}", error.get_option_name(),
                     did_you_mean(error.get_option_name(), known));
}

// Parses with Boost.Program_options into plain strings: a flag becomes the empty one.
void parse(const std::vector<std::string>& arguments, std::span<const Option> own,
           Invocation& invocation) {
  auto described = describe(own);
  described.add(describe(common_options()));
  po::options_description hidden;
  hidden.add_options()(words_key, po::value<std::vector<std::string>>());
  described.add(hidden);
  po::positional_options_description positional;
  positional.add(words_key, -1);
  using namespace po::command_line_style;
  const auto style = (unix_style & ~allow_guessing);
  try {
    const auto parsed = po::command_line_parser(arguments)
                            .options(described)
                            .positional(positional)
                            .style(style)
                            .run();
    for (const auto& option : parsed.options) {
      if (option.string_key == words_key) {
        invocation.words.insert(invocation.words.end(), option.value.begin(), option.value.end());
      } else {
        auto value = option.value.empty() ? std::string() : option.value.front();
        invocation.options[option.string_key] = value;
        invocation.given.emplace_back(option.string_key, std::move(value));
      }
    }
  } catch (const po::unknown_option& error) {
    throw UsageError(unknown_option(error, own));
  } catch (const po::error& error) {
    throw UsageError(error.what());
  }
}

// The command to be executed starts after "--", or else after the first word: what looks like an
// option from there on is the command's own.
std::vector<std::string> take_command(std::vector<std::string>& arguments,
                                      std::span<const Option> own) {
  auto end = std::ranges::find(arguments, "--");
  if (end == arguments.end()) {
    const auto takes_value = [&](const std::string& argument) {
      const auto is = [&](const Option& option) {
        return *option.argument != '\0' && argument == std::string("--") + option.name;
      };
      return std::ranges::any_of(own, is) || std::ranges::any_of(common_options(), is);
    };
    end = arguments.begin();
    while (end != arguments.end() && end->starts_with('-'))
      end += takes_value(*end) && end + 1 != arguments.end() ? 2 : 1;
    if (end != arguments.end()) ++end;
  }
  auto first = end;
  if (first != arguments.end() && *first == "--") ++first;
  std::vector<std::string> command(first, arguments.end());
  arguments.erase(end, arguments.end());
  return command;
}

void check_words(const Command& command, const Invocation& invocation) {
  const auto count = invocation.words.size();
  if (count < command.least_words)
    throw UsageError(
        fmt::format("too few words; write: linkfab {} {}", command.name, command.synopsis));
  if (count > command.most_words)
    throw UsageError(fmt::format("'{}' is one word too many; write: linkfab {} {}",
                                 invocation.words[command.most_words], command.name,
                                 command.synopsis));
}

// Where the command's name is: the first argument that is no global option and not the value of
// one.
std::vector<std::string>::const_iterator command_name(const std::vector<std::string>& arguments) {
  auto here = arguments.begin();
  const auto takes_value = [&](const Option& option) {
    return *option.argument != '\0' && *here == std::string("--") + option.name;
  };
  while (here != arguments.end() && here->starts_with('-'))
    here += std::ranges::any_of(options_of_all, takes_value) && here + 1 != arguments.end() ? 2 : 1;
  return here;
}

std::string option_line(const Option& option) {
  const bool flag = *option.argument == '\0';
  const auto letter = option.letter == 0 ? std::string() : fmt::format("-{}, ", option.letter);
  const auto spelled =
      fmt::format("{}--{}{}{}", letter, option.name, flag ? "" : " ", option.argument);
  return fmt::format("  {:<18} {}\n", spelled, option.text);
}

std::string option_lines(std::span<const Option> options, const std::string& title) {
  std::string text = fmt::format("\n{}:\n", title);
  for (const auto& option : options) text += option_line(option);
  return text;
}

}  // namespace

std::span<const Option> common_options() {
  return options_of_all;
}

Called parse_arguments(const std::vector<std::string>& arguments) {
  Called called;
  called.invocation.arguments = arguments;
  const auto name = command_name(arguments);
  std::vector<std::string> before(arguments.begin(), name);
  parse(before, {&version_option, 1}, called.invocation);
  called.version = called.invocation.has("version");
  if (name != arguments.end() && *name != "help") {
    called.command = find_command(*name);
    std::vector<std::string> rest(name + 1, arguments.end());
    if (called.command->takes_command)
      called.invocation.command = take_command(rest, called.command->options);
    parse(rest, called.command->options, called.invocation);
  } else if (name != arguments.end()) {
    if (name + 1 != arguments.end()) called.command = find_command(*(name + 1));
    called.help = true;
  }
  called.help = called.help || called.invocation.has("help");
  if (called.help || called.version) return called;
  locate_database(called.invocation);
  if (called.command != nullptr) check_words(*called.command, called.invocation);
  return called;
}

std::string help() {
  std::string text =
      "linkfab: links, segments and impairments between containers and namespaces, on Open "
      "vSwitch.\n\n"
      "Usage: linkfab [--instance NAME] [--db REMOTE] COMMAND [ARGUMENT...]\n";
  std::string_view group;
  for (const auto* command : commands()) {
    if (command->group != group) text += fmt::format("\n{}:\n", group = command->group);
    text += fmt::format("  {:<12} {}\n", command->name, command->summary);
  }
  text += option_lines(common_options(), "Global options") + option_line(version_option);
  text +=
      "\n`linkfab COMMAND --help` explains a command, with examples.\n"
      "A first lab: `linkfab doctor`, then `sudo linkfab up FILE`, `linkfab ps`, `sudo linkfab "
      "shell NODE`,\n"
      "`sudo linkfab down`.\n";
  return text;
}

std::string help(const Command& command) {
  std::string text = fmt::format("Usage: linkfab {} {}\n\n{}.\n\n{}", command.name,
                                 command.synopsis, command.summary, command.text);
  if (command.more_text != nullptr) text += command.more_text();
  if (!command.options.empty()) text += option_lines(command.options, "Options");
  text += option_lines(common_options(), "Common options");
  return text + fmt::format("\nExamples:\n{}", command.examples);
}

}  // namespace linkfab::cli
