#include "fabric/merge_patch.hpp"

#include <utility>

namespace linkfab::fabric {
namespace {

std::optional<JsonPath> difference_below(const Json::Value& target, const Json::Value& patch,
                                         JsonPath path) {
  if (!patch.isObject()) return target == patch ? std::nullopt : std::optional(std::move(path));
  if (!target.isObject()) return path;
  for (const auto& name : patch.getMemberNames()) {
    auto below = path;
    below.push_back(name);
    const Json::Value& there = target.isMember(name) ? target[name] : Json::Value::nullSingleton();
    if (auto found = difference_below(there, patch[name], std::move(below)); found) return found;
  }
  return std::nullopt;
}

void visit(const Json::Value& patch, JsonPath& path,
           const std::function<void(const JsonPath&, const Json::Value&)>& use) {
  if (!patch.isObject() || (patch.empty() && !path.empty())) return use(path, patch);
  for (const auto& name : patch.getMemberNames()) {
    path.push_back(name);
    visit(patch[name], path, use);
    path.pop_back();
  }
}

}  // namespace

Json::Value merge_patch(const Json::Value& before, const Json::Value& after) {
  if (!before.isObject() || !after.isObject()) return after;
  Json::Value patch(Json::objectValue);
  for (const auto& name : before.getMemberNames())
    if (!after.isMember(name)) patch[name] = Json::Value();
  for (const auto& name : after.getMemberNames()) {
    if (!before.isMember(name))
      patch[name] = after[name];
    else if (before[name] != after[name])
      patch[name] = merge_patch(before[name], after[name]);
  }
  return patch;
}

Json::Value patched(Json::Value target, const Json::Value& patch) {
  if (!patch.isObject()) return patch;
  if (!target.isObject()) target = Json::Value(Json::objectValue);
  for (const auto& name : patch.getMemberNames()) {
    if (patch[name].isNull())
      target.removeMember(name);
    else
      target[name] = patched(std::move(target[name]), patch[name]);
  }
  return target;
}

std::optional<JsonPath> first_difference(const Json::Value& target, const Json::Value& patch) {
  return difference_below(target, patch, {});
}

bool touches(const Json::Value& patch, const JsonPath& path) {
  const Json::Value* here = &patch;
  for (const auto& name : path) {
    if (!here->isObject()) return true;
    if (!here->isMember(name)) return false;
    here = &(*here)[name];
  }
  return true;
}

const Json::Value& at(const Json::Value& document, const JsonPath& path) {
  const Json::Value* here = &document;
  for (const auto& name : path) {
    if (!here->isObject() || !here->isMember(name)) return Json::Value::nullSingleton();
    here = &(*here)[name];
  }
  return *here;
}

void for_each_leaf(const Json::Value& patch,
                   const std::function<void(const JsonPath& path, const Json::Value& value)>& use) {
  JsonPath path;
  visit(patch, path, use);
}

}  // namespace linkfab::fabric
