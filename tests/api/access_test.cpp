#include "api/access.hpp"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace linkfab::api {
namespace {

const TcpAccess access{.host = "127.0.0.1", .token = "0123456789abcdef"};

HttpRequest request(std::map<std::string, std::string> headers, bool websocket = false) {
  headers.try_emplace("host", "127.0.0.1:8080");
  return {.method = "GET",
          .path = "/",
          .headers = std::move(headers),
          .websocket = websocket,
          .port = 8080};
}

unsigned status(const HttpRequest& request, bool secret = true) {
  const auto refused = refuse(request, access, secret);
  return refused ? refused->status : 200;
}

TEST(Access, TakesTheTokenAndNothingElse) {
  EXPECT_EQ(status(request({{"authorization", "Bearer 0123456789abcdef"}})), 200U);
  EXPECT_EQ(status(request({{"authorization", "bearer 0123456789abcdef"}})), 200U);
  EXPECT_EQ(status(request({{"authorization", "Bearer 0123456789abcdeX"}})), 401U);
  EXPECT_EQ(status(request({{"authorization", "Bearer "}})), 401U);
  EXPECT_EQ(status(request({{"authorization", "0123456789abcdef"}})), 401U);
  EXPECT_EQ(status(request({})), 401U);
  EXPECT_EQ(status(request({}), false), 200U);
}

TEST(Access, TakesATokenAmongSubprotocolsOfAWebSocketOnly) {
  const std::map<std::string, std::string> headers{
      {"sec-websocket-protocol", "linkfab.v1, bearer.0123456789abcdef"}};
  EXPECT_EQ(status(request(headers, true)), 200U);
  EXPECT_EQ(status(request(headers, false)), 401U);
}

TEST(Access, RefusesOtherHostsAndSitesEvenWithTheToken) {
  const auto with = [](std::map<std::string, std::string> headers) {
    headers["authorization"] = "Bearer 0123456789abcdef";
    return status(request(std::move(headers)));
  };
  EXPECT_EQ(with({{"host", "localhost:8080"}}), 200U);
  EXPECT_EQ(with({{"host", "evil.example:8080"}}), 403U);
  EXPECT_EQ(with({{"host", "127.0.0.1:80"}}), 403U);
  EXPECT_EQ(with({{"host", "127.0.0.1"}}), 403U);
  EXPECT_EQ(with({{"origin", "http://127.0.0.1:8080"}}), 200U);
  EXPECT_EQ(with({{"origin", "http://evil.example"}}), 403U);
  EXPECT_EQ(with({{"origin", "null"}}), 403U);
  EXPECT_EQ(with({{"origin", "https://127.0.0.1:8080"}}), 403U);
}

TEST(Token, IsMadeOnceForItsOwnerAlone) {
  const test::TempDir directory;
  const auto file = directory / "token";
  const auto token = read_token(file);
  ASSERT_TRUE(token) << format(token.error());
  EXPECT_EQ(token->size(), 64U);
  struct stat about{};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_EQ(read_token(file), token);
}

TEST(Token, IsNotTakenFromAFileThatOthersMayRead) {
  const test::TempDir directory;
  const auto file = directory / "token";
  ASSERT_TRUE(read_token(file));
  ::chmod(file.c_str(), 0640);
  EXPECT_EQ(read_token(file).error().code, Errc::denied);
}

TEST(Loopback, IsWhatTheApiMayListenOn) {
  EXPECT_TRUE(is_loopback({.host = "127.0.0.1", .port = 1}));
  EXPECT_TRUE(is_loopback({.host = "::1", .port = 1}));
  EXPECT_FALSE(is_loopback({.host = "0.0.0.0", .port = 1}));
  EXPECT_FALSE(is_loopback({.host = "192.0.2.1", .port = 1}));
}

}  // namespace
}  // namespace linkfab::api
