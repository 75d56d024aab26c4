// A value of a JSON document together with where it stands and what it is called, for readers that
// report everything that is wrong, not only the first thing.
//
// An accessor that does not find the type it is asked for reports that and returns nothing; its
// caller just goes on with the next value.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <json/value.h>

namespace linkfab::fabric {

// Everything found wrong so far. Outlives the items that report to it, and so does the text.
struct JsonReport {
  struct Found {
    std::size_t offset = 0;
    std::string path;
    std::string cause;
    std::string key_path = {};  // of a key that should not be there
  };
  std::string_view text;
  std::vector<Found> found;
};

class JsonItem {
 public:
  JsonItem(const Json::Value& root, JsonReport& report);

  [[nodiscard]] const std::string& path() const { return path_; }  // "nodes.r1.interfaces.eth0"
  [[nodiscard]] std::size_t offset() const;                        // of the value, in the text
  void report(std::string cause) const;                            // at the value
  void report_at_key(std::string cause) const;                     // at the key where it has one

  // As it was parsed, for what is kept as JSON.
  [[nodiscard]] const Json::Value& value() const { return *value_; }
  [[nodiscard]] bool is_null() const { return value_->isNull(); }
  [[nodiscard]] bool is_text() const { return value_->isString(); }
  [[nodiscard]] bool is_list() const { return value_->isArray(); }
  [[nodiscard]] bool is_object() const { return value_->isObject(); }

  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] std::optional<std::string> text_or_number() const;  // a number as it is written
  [[nodiscard]] std::optional<std::string> scalar() const;          // that, or "true", "false"
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t least, std::int64_t most) const;
  // One of the words; its place in them.
  [[nodiscard]] std::optional<std::size_t> choice(std::span<const std::string_view> words) const;
  [[nodiscard]] std::vector<JsonItem> list() const;

  struct Member;
  [[nodiscard]] std::vector<Member> members() const;  // in the order of the text
  [[nodiscard]] std::optional<JsonItem> find(std::string_view key) const;

  // Gives each member to the reader of its key; a key that has none and is not in `others` is
  // reported with the nearest known one.
  struct Field {
    std::string_view key;
    std::function<void(const JsonItem&)> read;
  };
  void fields(std::span<const Field> fields, std::span<const std::string_view> others = {}) const;

  // Reports what is needed instead of the value's type: "a list is needed, not a number".
  void report_type(std::string_view needed) const;

 private:
  JsonItem(const Json::Value& value, JsonReport& report, std::string path, std::size_t key_offset);
  [[nodiscard]] bool good_text(std::string_view text) const;

  const Json::Value* value_;
  JsonReport* report_;
  std::string path_;
  std::size_t key_offset_;
};

struct JsonItem::Member {
  std::string key;
  JsonItem value;
};

// "$schema", for editors: a text that says nothing to a reader.
[[nodiscard]] JsonItem::Field schema_field();

// A value as netem::set_option() takes it. A distribution table is a list of numbers.
[[nodiscard]] std::optional<std::string> option_text(const JsonItem& item);

}  // namespace linkfab::fabric
