#include "api/router.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "api/json_response.hpp"
#include "tests/support/run.hpp"

namespace linkfab::api {
namespace {

class Routes : public testing::Test {
 protected:
  Routes() {
    const auto answer = [](Call call) -> boost::asio::awaitable<HttpResponse> {
      std::string text = call.request.method;
      for (const auto& argument : call.arguments) text += " " + argument;
      for (const auto& [name, value] : call.query) text += " " + name + "=" + value;
      co_return HttpResponse{.body = text, .allow = ""};
    };
    router.add({.method = "GET", .pattern = "/a/{x}", .query = {"q"}, .answer = answer});
    router.add(
        {.method = "PATCH", .pattern = "/a/{x}", .answer = answer, .body = Route::Body::needed});
    router.add(
        {.method = "PUT", .pattern = "/a/{x}", .answer = answer, .body = Route::Body::optional});
  }

  HttpResponse ask(HttpRequest request) {
    return test::run(context, router.answer(std::move(request)));
  }

  boost::asio::io_context context;
  Router router;
};

TEST_F(Routes, GiveDecodedArgumentsAndQuery) {
  EXPECT_EQ(ask({.method = "GET", .path = "/a/r1%3Aeth0", .query = "q=x%20y"}).body,
            "GET r1:eth0 q=x y");
  EXPECT_EQ(ask({.method = "HEAD", .path = "/a/b"}).body, "HEAD b");
}

TEST_F(Routes, AreNotFoundOrTellTheirMethods) {
  EXPECT_EQ(ask({.method = "GET", .path = "/b"}).status, 404U);
  EXPECT_EQ(ask({.method = "GET", .path = "/a"}).status, 404U);
  EXPECT_EQ(ask({.method = "GET", .path = "/a/"}).status, 404U);
  EXPECT_EQ(ask({.method = "GET", .path = "/a/b/c"}).status, 404U);
  EXPECT_EQ(ask({.method = "GET", .path = "/a/%zz"}).status, 400U);
  const auto wrong = ask({.method = "DELETE", .path = "/a/b"});
  EXPECT_EQ(wrong.status, 405U);
  EXPECT_EQ(wrong.allow, "GET, HEAD, PATCH, PUT");
}

TEST_F(Routes, RefuseWhatTheyDoNotTakeOrGive) {
  EXPECT_EQ(ask({.method = "GET", .path = "/a/b", .query = "other=1"}).status, 400U);
  EXPECT_EQ(ask({.method = "GET", .path = "/a/b", .headers = {{"accept", "text/html"}}}).status,
            406U);
  EXPECT_EQ(ask({.method = "GET",
                 .path = "/a/b",
                 .headers = {{"accept", "text/html, application/*;q=0.1"}}})
                .status,
            200U);
  EXPECT_EQ(ask({.method = "PATCH", .path = "/a/b"}).status, 415U);
  EXPECT_EQ(
      ask({.method = "PATCH", .path = "/a/b", .headers = {{"content-type", "text/plain"}}}).status,
      415U);
  EXPECT_EQ(ask({.method = "PATCH",
                 .path = "/a/b",
                 .headers = {{"content-type", "Application/JSON; charset=utf-8"}}})
                .status,
            200U);
}

TEST_F(Routes, LookAtTheTypeOfABodyThatMayBeMissingWhereItIsThere) {
  EXPECT_EQ(ask({.method = "PUT", .path = "/a/b"}).status, 200U);
  EXPECT_EQ(ask({.method = "PUT", .path = "/a/b", .body = "{}"}).status, 415U);
  EXPECT_EQ(ask({.method = "PUT",
                 .path = "/a/b",
                 .body = "{}",
                 .headers = {{"content-type", "application/json"}}})
                .status,
            200U);
}

TEST_F(Routes, MayTakeOtherTypesOfBodies) {
  router.add({.method = "PUT",
              .pattern = "/text",
              .answer = [](Call call) -> boost::asio::awaitable<HttpResponse> {
                co_return HttpResponse{.body = media_type(call.request), .allow = ""};
              },
              .body = Route::Body::needed,
              .other_types = {"text/csv"}});
  const auto put = [&](const char* type) {
    return ask({.method = "PUT", .path = "/text", .headers = {{"content-type", type}}});
  };
  EXPECT_EQ(put("Text/CSV; charset=utf-8").body, "text/csv");
  EXPECT_EQ(put("application/json").body, "application/json");
  EXPECT_EQ(put("text/plain").status, 415U);
}

TEST(EntityTags, NameOneText) {
  const auto tag = entity_tag("text");
  EXPECT_NE(tag, entity_tag("texT"));
  EXPECT_TRUE(names_tag(tag, tag));
  EXPECT_TRUE(names_tag("\"x\", " + tag, tag));
  EXPECT_TRUE(names_tag("*", tag));
  EXPECT_FALSE(names_tag("\"x\"", tag));
  EXPECT_FALSE(names_tag("W/" + tag, tag));
}

}  // namespace
}  // namespace linkfab::api
