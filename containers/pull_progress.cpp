#include "containers/pull_progress.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "containers/json_fields.hpp"

namespace linkfab::containers {
namespace {

bool is_layer_step(std::string_view status) {
  for (const std::string_view step :
       {"Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Download complete",
        "Extracting", "Pull complete", "Already exists"}) {
    if (status == step) return true;
  }
  return false;
}

std::uint64_t megabytes(std::uint64_t bytes) {
  return (bytes + 500'000) / 1'000'000;
}

std::uint64_t count_field(const Json::Value& object, const char* name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, integer_field(object, name)));
}

}  // namespace

Result<std::optional<std::string>> PullProgress::update(const Json::Value& message) {
  auto error = text_field(field(message, "errorDetail"), "message");
  if (error.empty()) error = text_field(message, "error");
  if (!error.empty()) return failure(Errc::failed, "pull", error);

  const std::string status = text_field(message, "status");
  if (!is_layer_step(status)) return std::nullopt;
  Layer& layer = layers_[text_field(message, "id")];
  // Extracting counts the same bytes a second time: only the download is shown.
  if (status == "Downloading") {
    const Json::Value& detail = field(message, "progressDetail");
    layer.current = count_field(detail, "current");
    layer.total = std::max(layer.total, count_field(detail, "total"));
  } else if (status != "Pulling fs layer" && status != "Waiting") {
    layer.current = layer.total;
  }
  layer.done = layer.done || status == "Pull complete" || status == "Already exists";

  std::string now = line();
  if (now == last_) return std::nullopt;
  last_ = now;
  return now;
}

std::string PullProgress::line() const {
  std::uint64_t current = 0;
  std::uint64_t total = 0;
  std::size_t done = 0;
  for (const auto& [id, layer] : layers_) {
    current += layer.current;
    total += layer.total;
    done += layer.done ? 1 : 0;
  }
  const std::size_t at = std::min(done + 1, layers_.size());
  std::string text = fmt::format("layer {} of {}", at, layers_.size());
  if (total > 0) text += fmt::format(", {} MB of {} MB", megabytes(current), megabytes(total));
  return text;
}

}  // namespace linkfab::containers
