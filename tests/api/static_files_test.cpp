#include "api/static_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace linkfab::api {
namespace {

class StaticFiles : public testing::Test {
 protected:
  StaticFiles() {
    std::filesystem::create_directories(directory / "web/sub");
    write("web/index.html", "<p>");
    write("web/sub/app.js", "1;");
    write("web/.hidden", "no");
    write("secret", "no");
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory / name) << text;
  }
  HttpResponse get(const std::string& path) {
    return static_file(directory / "web", {.method = "GET", .path = path});
  }

  test::TempDir directory;
};

TEST_F(StaticFiles, AreServedWithTheirTypeAndAPolicy) {
  const auto page = get("/");
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.body, "<p>");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  const auto has = [&](const std::string& name, const std::string& start) {
    return std::ranges::any_of(page.headers, [&](const auto& header) {
      return header.first == name && header.second.starts_with(start);
    });
  };
  EXPECT_TRUE(has("Content-Security-Policy", "default-src 'self'"));
  EXPECT_TRUE(has("X-Content-Type-Options", "nosniff"));
  EXPECT_EQ(get("/sub/app.js").content_type, "text/javascript; charset=utf-8");
}

TEST_F(StaticFiles, EndAtTheirDirectory) {
  for (const char* path : {"/../secret", "/%2e%2e/secret", "/..%2fsecret", "/sub/../../secret",
                           "//etc/passwd", "/.hidden", "/sub", "/sub/", "/missing", "/sub%00"})
    EXPECT_EQ(get(path).status, 404U) << path;
  std::filesystem::create_symlink(directory / "secret", directory / "web/link.txt");
  EXPECT_EQ(get("/link.txt").status, 404U);
}

TEST_F(StaticFiles, AreOnlyRead) {
  const auto refused = static_file(directory / "web", {.method = "POST", .path = "/"});
  EXPECT_EQ(refused.status, 405U);
  EXPECT_EQ(refused.allow, "GET, HEAD");
  EXPECT_EQ(static_file("", {.method = "GET", .path = "/"}).status, 404U);
}

}  // namespace
}  // namespace linkfab::api
