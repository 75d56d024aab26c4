#include "containers/json_fields.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

#include <json/reader.h>
#include <json/writer.h>

namespace linkfab::containers {

Result<Json::Value> parse_json(std::string_view text) {
  Json::CharReaderBuilder builder;
  builder["collectComments"] = false;
  builder["failIfExtra"] = true;
  const std::unique_ptr<Json::CharReader> reader(builder.newCharReader());
  Json::Value value;
  std::string errors;
  try {
    if (reader->parse(text.data(), text.data() + text.size(), &value, &errors)) return value;
  } catch (const std::exception& deep) {  // nested deeper than jsoncpp's stackLimit
    errors = deep.what();
  }
  while (!errors.empty() && errors.back() == '\n') errors.pop_back();
  return failure(Errc::failed, "read JSON", errors);
}

std::string to_text(const Json::Value& value) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  return Json::writeString(builder, value);
}

const Json::Value& field(const Json::Value& object, const char* name) {
  return object.isObject() ? object[name] : Json::Value::nullSingleton();
}

std::string text_field(const Json::Value& object, const char* name) {
  const Json::Value& value = field(object, name);
  return value.isString() ? value.asString() : std::string{};
}

std::int64_t integer_field(const Json::Value& object, const char* name) {
  const Json::Value& value = field(object, name);
  return value.isInt64() ? value.asInt64() : 0;
}

std::vector<std::string> strings_field(const Json::Value& object, const char* name) {
  std::vector<std::string> values;
  const Json::Value& array = field(object, name);
  if (!array.isArray()) return values;
  for (const Json::Value& value : array) {
    if (value.isString()) values.push_back(value.asString());
  }
  return values;
}

std::map<std::string, std::string> map_field(const Json::Value& object, const char* name) {
  std::map<std::string, std::string> values;
  const Json::Value& members = field(object, name);
  if (!members.isObject()) return values;
  for (auto member = members.begin(); member != members.end(); ++member) {
    if (member->isString()) values.emplace(member.name(), member->asString());
  }
  return values;
}

Json::Value to_json(const std::vector<std::string>& values) {
  Json::Value array(Json::arrayValue);
  for (const std::string& value : values) array.append(value);
  return array;
}

Json::Value to_json(const std::map<std::string, std::string>& values) {
  Json::Value object(Json::objectValue);
  for (const auto& [name, value] : values) object[name] = value;
  return object;
}

}  // namespace linkfab::containers
