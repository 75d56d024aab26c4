// JSON from and to text, for tests.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <json/reader.h>
#include <json/value.h>

#include "ovsdb/json_text.hpp"

namespace linkfab::ovsdb {

inline Json::Value json_of(const std::string& text) {
  const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
  Json::Value json;
  std::string problem;
  if (!reader->parse(text.data(), text.data() + text.size(), &json, &problem))
    throw std::runtime_error(problem + text);
  return json;
}

inline std::string text_of(const Json::Value& json) {
  std::string text;
  const auto done = append_json(text, json);
  return done ? text : format(done.error());
}

}  // namespace linkfab::ovsdb
