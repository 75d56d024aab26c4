#include "tools/cli/complete.hpp"

#include <algorithm>
#include <optional>

#include "fabric/gateway.hpp"
#include "formats/import.hpp"
#include "netem/preset.hpp"
#include "tools/cli/arguments.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/complete_value.hpp"
#include "tools/cli/export.hpp"
#include "tools/cli/schema.hpp"
#include "tools/cli/synopsis.hpp"

namespace linkfab::cli {
namespace {

const Command* command_named(const std::string& name) {
  for (const auto* command : commands())
    if (command->name == name) return command;
  return nullptr;
}

// One command line: what stands before the word that is typed, read as far as it goes.
class Line {
 public:
  Line(const std::vector<std::string>& words, const ReadNames& read_names)
      : read_names_(read_names), typed_(words.empty() ? "" : words.back()) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) read(words[i]);
  }

  Completion complete() {
    if (awaiting_ != nullptr) {
      argument(*awaiting_, typed_, "");
    } else if (command_ != nullptr && command_->takes_command && !words_.empty()) {
      found_.programs = words_.size() == 1;
      found_.files = !found_.programs;
    } else if (const auto equals = typed_.find('=');
               typed_.starts_with("--") && equals != std::string::npos) {
      if (const auto* option = find_option(typed_.substr(0, equals)))
        argument(*option, typed_.substr(equals + 1), typed_.substr(0, equals + 1));
    } else if (typed_.starts_with('-') && !only_words_) {
      options();
    } else if (command_ == nullptr && !unknown_) {
      for (const auto* command : commands()) add(command->name, command->summary);
      if (!help_) add("help", "Explain a command");
    } else if (command_ != nullptr && !help_) {
      words();
    }
    keep_what_is_typed();
    return std::move(found_);
  }

 private:
  void read(const std::string& word) {
    if (awaiting_ != nullptr) {
      given_.emplace_back(awaiting_->name, word);
      awaiting_ = nullptr;
    } else if (word == "--") {
      only_words_ = true;
    } else if (word.starts_with('-') && !only_words_ && !inner_command()) {
      const auto equals = word.find('=');
      const auto* option = find_option(word.substr(0, equals));
      if (option == nullptr) return;
      if (equals != std::string::npos)
        given_.emplace_back(option->name, word.substr(equals + 1));
      else if (*option->argument != '\0')
        awaiting_ = option;
      else
        given_.emplace_back(option->name, "");
    } else if (command_ != nullptr) {
      words_.push_back(word);
    } else if (word == "help" && !help_) {
      help_ = true;
    } else if (!unknown_) {
      command_ = command_named(word);
      unknown_ = command_ == nullptr;
    }
  }

  [[nodiscard]] bool inner_command() const {
    return command_ != nullptr && command_->takes_command && !words_.empty();
  }

  [[nodiscard]] const Option* find_option(const std::string& spelled) const {
    for (const auto* option : known_options())
      if (spelled == std::string("--") + option->name ||
          (option->letter != 0 && spelled == std::string("-") + option->letter))
        return option;
    return nullptr;
  }

  [[nodiscard]] std::vector<const Option*> known_options() const {
    std::vector<const Option*> known;
    if (command_ != nullptr)
      for (const auto& option : command_->options) known.push_back(&option);
    for (const auto& option : common_options()) known.push_back(&option);
    if (command_ == nullptr) known.push_back(&version_option);
    return known;
  }

  [[nodiscard]] bool is_given(std::string_view name) const {
    return std::ranges::any_of(given_, [&](const auto& option) { return option.first == name; });
  }

  void options() {
    if (unknown_) return;
    for (const auto* option : known_options())
      if (!is_given(option->name)) add(std::string("--") + option->name, option->text);
  }

  void words() {
    for (const auto& place : next_places(parse_synopsis(command_->synopsis), words_)) {
      if (place.name == "KEY=VALUE") {
        for (auto& setting : complete_setting(typed_))
          found_.candidates.push_back(std::move(setting));
      } else {
        named(place.name, "");
      }
    }
  }

  void argument(const Option& option, const std::string& typed, const std::string& before) {
    const std::string_view name = option.name;
    const std::string kind = option.argument;
    if (name == "preset") {
      for (const auto& preset : netem::presets())
        add(before + std::string(preset.name), std::string(preset.summary));
    } else if (name == "gateway") {
      for (const auto type : fabric::gateway_types()) add(before + std::string(type) + ",", "");
    } else if (name == "record" || name == "stop") {
      for (const auto& scenario : names().scenarios) add(before + scenario, "");
      if (name == "stop") named("LINK", before);
    } else if (name == "format") {
      const auto formats = command_ == &import_command ? formats::format_names() : export_formats();
      for (const auto format : formats) add(before + std::string(format), "");
    } else if (kind == "restore|keep") {
      for (const auto* value : {"restore", "keep"}) add(std::string(before) + value, "");
    } else if (kind == "TIME" || kind == "RATE") {
      for (const auto& time : complete_quantity(kind, typed)) add(before + time, "");
    } else {
      named(kind, before);
    }
  }

  // What a placeholder of a synopsis or of an option stands for.
  void named(const std::string& kind, const std::string& before) {
    const auto all = [&](const std::vector<std::string>& words) {
      for (const auto& word : words) add(before + word, "");
    };
    if (kind == "FILE" || kind == "STATE" || kind == "STATE-B") found_.files = true;
    if (kind == "STATE" || kind == "STATE-B") add(before + "running", "The lab as it is");
    if (kind == "STATE" || kind == "STATE-B" || kind.starts_with("SNAPSHOT"))
      all(names().snapshots);
    if (kind == "KIND")
      for (const auto file : described_files()) add(before + std::string(file), "");
    if (kind == "LINK" || kind == "LINK|MEMBER") all(names().links);
    if (kind == "OBJECT") {
      all(names().nodes);
      all(names().links);
      all(names().scenarios);
    }
    if (kind == "NODE" || kind == "NODE[:IF]" || kind == "END") all(names().nodes);
    if (kind == "NODE[:IF]" || kind == "END" || kind == "A" || kind.starts_with("B") ||
        kind.ends_with("MEMBER"))
      all(names().interfaces);
    if (kind.ends_with("SEGMENT")) all(names().segments);
    if (kind == "HOST") all(names().hosts);
    if (kind == "add|drain|remove") all({"add", "drain", "remove"});
  }

  const LabNames& names() {
    if (!names_) names_ = read_names_(invocation());
    return *names_;
  }

  // Of the same fabric and database as the line.
  [[nodiscard]] Invocation invocation() const {
    std::vector<std::string> arguments;
    for (const auto& [name, value] : given_)
      if (std::ranges::any_of(common_options(),
                              [&](const Option& option) { return name == option.name; }))
        arguments.insert(arguments.end(), {"--" + name, value});
    return parse_arguments(arguments).invocation;
  }

  void add(std::string word, std::string text) {
    found_.candidates.push_back({std::move(word), std::move(text)});
  }

  void keep_what_is_typed() {
    std::erase_if(found_.candidates, [&](const Candidate& candidate) {
      return !candidate.word.starts_with(typed_) ||
             std::ranges::find(words_, candidate.word) != words_.end();
    });
  }

  const ReadNames& read_names_;
  std::string typed_;
  const Command* command_ = nullptr;
  const Option* awaiting_ = nullptr;  // its value comes next
  bool help_ = false;
  bool unknown_ = false;     // no command is called so
  bool only_words_ = false;  // after "--"
  std::vector<std::string> words_;
  std::vector<std::pair<std::string, std::string>> given_;  // options, with values
  std::optional<LabNames> names_;
  Completion found_;
};

// More is to be typed after it.
bool is_open(const Candidate& candidate) {
  return candidate.word.ends_with('=') || candidate.word.ends_with(':') ||
         candidate.word.ends_with(',');
}

}  // namespace

Completion complete(const std::vector<std::string>& words, const ReadNames& read_names) {
  return Line(words, read_names).complete();
}

std::string lines(const Completion& completion) {
  std::string text;
  for (const auto& candidate : completion.candidates)
    text += candidate.word + (candidate.text.empty() ? "" : "\t" + candidate.text) + "\n";
  if (completion.files) return text + ":files\n";
  if (completion.programs) return text + ":programs\n";
  if (std::ranges::any_of(completion.candidates, is_open)) return text + ":open\n";
  return text;
}

}  // namespace linkfab::cli
