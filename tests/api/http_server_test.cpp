#include "api/http_server.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

#include "api/metrics_page.hpp"
#include "tests/support/run.hpp"

namespace linkfab::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

asio::awaitable<HttpResponse> echo(HttpRequest request) {
  if (request.path == "/throw") throw std::runtime_error("thrown");
  co_return HttpResponse{
      .body = request.method + " " + request.path + " " + request.query + " " + request.body,
      .allow = ""};
}

class Server : public testing::Test {
 protected:
  void serve(HttpHandler handler = echo, HttpLimits limits = {}) {
    auto listening = HttpServer::listen(context.get_executor(), {.host = "127.0.0.1", .port = 0},
                                        std::move(handler), limits);
    ASSERT_TRUE(listening) << format(listening.error());
    server.emplace(std::move(*listening)).start();
  }

  tcp::socket connect() {
    tcp::socket socket(context);
    socket.connect({asio::ip::make_address("127.0.0.1"), server->port()});
    return socket;
  }

  // Everything up to the end of the connection; nullopt: it does not end.
  std::optional<std::string> rest(tcp::socket& socket, milliseconds limit = milliseconds{5000}) {
    std::string text;
    bool ended = false;
    asio::async_read(socket, asio::dynamic_buffer(text),
                     [&](const boost::system::error_code&, std::size_t) { ended = true; });
    const bool in_time = test::run_until(context, [&] { return ended; }, limit);
    if (in_time) return text;
    socket.close();
    test::run_until(context, [&] { return ended; }, limit);
    return std::nullopt;
  }

  std::string answer(const std::string& request) {
    auto socket = connect();
    asio::write(socket, asio::buffer(request));
    return rest(socket).value_or("no end");
  }

  static std::string get(const std::string& target, const std::string& method = "GET") {
    return method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  }

  asio::io_context context;
  std::optional<HttpServer> server;
};

TEST_F(Server, GivesTheRequestToTheHandler) {
  serve();
  const auto answered = answer(
      "POST /a/b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
  EXPECT_THAT(answered, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answered, EndsWith("\r\n\r\nPOST /a/b c=d body"));
}

TEST_F(Server, AnswersOneRequestAfterAnotherOnOneConnection) {
  serve();
  const auto answered = answer("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" + get("/2"));
  EXPECT_THAT(answered, HasSubstr("GET /1"));
  EXPECT_THAT(answered, HasSubstr("GET /2"));
}

TEST_F(Server, SendsNoBodyForHead) {
  serve();
  const auto answered = answer(get("/page", "HEAD"));
  EXPECT_THAT(answered, HasSubstr("Content-Length: 12\r\n"));
  EXPECT_THAT(answered, EndsWith("\r\n\r\n"));
}

TEST_F(Server, RefusesWhatIsNoRequestOrTooLong) {
  serve(echo, {.header = 1000, .body = 100});
  EXPECT_THAT(answer("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(answer("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x')),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer(get("/still")), HasSubstr("GET /still"));
}

TEST_F(Server, ClosesWhoIsSlowAndServesOthersMeanwhile) {
  serve(echo, {.request = milliseconds{200}});
  auto slow = connect();
  asio::write(slow, asio::buffer(std::string("GET / HTTP")));
  EXPECT_THAT(answer(get("/quick")), HasSubstr("GET /quick"));
  EXPECT_EQ(rest(slow), "");
}

TEST_F(Server, ClosesAClientThatDoesNotTakeItsAnswer) {
  const auto large = [](HttpRequest) -> asio::awaitable<HttpResponse> {
    co_return HttpResponse{.body = std::string(32 << 20, 'x'), .allow = ""};
  };
  serve(large, {.response = milliseconds{200}});
  auto slow = connect();
  asio::write(slow, asio::buffer(get("/")));
  test::run_until(context, [] { return false; }, milliseconds{500});
  const auto taken = rest(slow);
  ASSERT_TRUE(taken);
  EXPECT_LT(taken->size(), 32U << 20);
}

TEST_F(Server, HasSoManyConnectionsAtMost) {
  serve(echo, {.connections = 2});
  auto first = connect();
  auto second = connect();
  test::run_until(context, [] { return false; }, milliseconds{50});
  EXPECT_EQ(answer(get("/third")), "");
  first.close();
  test::run_until(context, [] { return false; }, milliseconds{50});
  EXPECT_THAT(answer(get("/fourth")), HasSubstr("GET /fourth"));
}

TEST_F(Server, AHandlerThatThrowsIsAnAnswerOfItsOwn) {
  serve();
  EXPECT_THAT(answer(get("/throw")), StartsWith("HTTP/1.1 500 "));
}

TEST_F(Server, APortThatIsTakenIsNamed) {
  serve();
  const auto second = HttpServer::listen(context.get_executor(),
                                         {.host = "127.0.0.1", .port = server->port()}, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::exists);
  EXPECT_THAT(format(second.error()), HasSubstr(std::to_string(server->port())));
}

TEST_F(Server, ARequestSaysAtWhichPortItCameIn) {
  serve([](HttpRequest request) -> asio::awaitable<HttpResponse> {
    co_return HttpResponse{.body = std::to_string(request.port), .allow = ""};
  });
  EXPECT_GT(server->port(), 0);
  EXPECT_THAT(answer(get("/")), EndsWith("\r\n\r\n" + std::to_string(server->port())));
}

TEST_F(Server, EndsWithItsConnections) {
  serve();
  auto idle = connect();
  test::run_until(context, [] { return false; }, milliseconds{50});
  server.reset();
  EXPECT_EQ(rest(idle), "");
  EXPECT_THROW(
      {
        tcp::socket socket(context);
        socket.connect({asio::ip::make_address("127.0.0.1"), idle.remote_endpoint().port()});
      },
      std::exception);
}

Result<fabric::Measurements> nothing() {
  return fabric::Measurements{};
}

TEST_F(Server, MetricsAreReadByGetAndHead) {
  serve(metrics_page(nothing, "1.2.3"));
  const auto page = answer(get("/metrics"));
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(page, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(page, HasSubstr("linkfab_build_info"));
  EXPECT_THAT(answer(get("/metrics?a=b")), HasSubstr("linkfab_build_info"));
  EXPECT_THAT(answer(get("/metrics", "HEAD")), Not(HasSubstr("linkfab_build_info")));
  EXPECT_THAT(answer(get("/")), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answer(get("/metrics", "DELETE")),
              testing::AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
}

TEST_F(Server, MetricsThatCannotBeHadAreUnavailable) {
  serve(metrics_page(
      []() -> Result<fabric::Measurements> {
        return failure(Errc::unreachable, "measure the fabric", "linkfabd is still starting");
      },
      "1.2.3"));
  const auto page = answer(get("/metrics"));
  EXPECT_THAT(page, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(page, HasSubstr("still starting"));
}

}  // namespace
}  // namespace linkfab::api
