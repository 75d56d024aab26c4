#include "api/static_files.hpp"

#include <sys/stat.h>

#include <array>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <utility>

#include "api/http_status.hpp"
#include "api/json_response.hpp"
#include "api/problem.hpp"
#include "api/target.hpp"
#include "core/fd.hpp"

namespace linkfab::api {
namespace {

constexpr std::size_t longest_file = std::size_t{8} << 20;  // bytes

std::string_view content_type(std::string_view path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> types{{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".webp", "image/webp"},
      {".woff2", "font/woff2"},
      {".webmanifest", "application/manifest+json"},
      {".txt", "text/plain; charset=utf-8"},
  }};
  for (const auto& [ending, type] : types)
    if (path.ends_with(ending)) return type;
  return "application/octet-stream";
}

// The file's name below the directory; nullopt: that is no name of one.
std::optional<std::string> name_of(const std::string& path) {
  const auto segments = path_segments(path);
  if (!segments) return std::nullopt;
  std::string name;
  for (const auto& segment : *segments) {
    if (segment.empty() || segment.starts_with('.') ||
        segment.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos)
      return std::nullopt;
    name += "/" + segment;
  }
  return name.empty() ? "/index.html" : name;
}

std::optional<std::string> read_regular(const std::string& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  struct stat about{};
  if (fd.get() < 0 || ::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode) ||
      static_cast<std::size_t>(about.st_size) > longest_file)
    return std::nullopt;
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  const auto size = ::read(fd.get(), text.data(), text.size());
  if (size < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

HttpResponse static_file(const std::string& directory, const HttpRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    auto refused = problem(status::wrong_method, "files are read by GET");
    refused.allow = "GET, HEAD";
    return refused;
  }
  const auto name = name_of(request.path);
  auto text = name && !directory.empty() ? read_regular(directory + *name) : std::nullopt;
  if (!text) return problem(status::not_found, "there is no such page; the API is at /api/v1");
  auto answer = json_answer(request, std::move(*text));
  if (!answer.content_type.empty()) answer.content_type = content_type(*name);
  answer.headers.emplace_back("Content-Security-Policy",
                              "default-src 'self'; frame-ancestors 'none'");
  answer.headers.emplace_back("Referrer-Policy", "no-referrer");
  return answer;
}

}  // namespace linkfab::api
