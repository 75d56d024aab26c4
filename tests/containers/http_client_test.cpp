#include "containers/http_client.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "containers/engine.hpp"
#include "core/fd.hpp"
#include "tests/containers/scripted_peer.hpp"
#include "tests/support/run.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::containers {
namespace {

using std::chrono::seconds;
using test::run;
using test::ScriptedPeer;
using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string ok = "HTTP/1.1 200 OK\r\n";
const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
const std::string last_chunk = "0\r\n\r\n";

std::string chunk(const std::string& bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

struct HttpClientTest : testing::Test {
  Result<HttpAnswer> exchange(const std::string& path, seconds timeout = seconds{5}) {
    HttpClient client(context.get_executor(), path);
    return run(context, client.exchange({.attempt = "start container r1",
                                         .method = "POST",
                                         .target = "/containers/r1/start",
                                         .body = {},
                                         .timeout = timeout}));
  }

  // The error of a peer that answers so.
  Error error_of(std::string answer) {
    ScriptedPeer peer(context, {std::move(answer)});
    auto result = exchange(peer.path());
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  }

  boost::asio::io_context context;
};

TEST_F(HttpClientTest, AnAnswerInChunksIsPutTogether) {
  ScriptedPeer peer(context, {chunked + chunk("{}") + chunk("   ") + last_chunk});
  const auto answer = exchange(peer.path());
  ASSERT_TRUE(answer) << format(answer.error());
  EXPECT_EQ(answer->status, 200U);
  EXPECT_EQ(answer->body, "{}   ");
  EXPECT_THAT(peer.requests(), ElementsAre("POST /containers/r1/start HTTP/1.1"));
}

TEST_F(HttpClientTest, AnAnswerLargerThanItsBufferIsWhole) {
  const std::string body(5'000'000, 'x');
  ScriptedPeer peer(context, {ok + "Content-Length: 5000000\r\n\r\n" + body});
  const auto answer = exchange(peer.path());
  ASSERT_TRUE(answer) << format(answer.error());
  EXPECT_TRUE(answer->body == body);
}

TEST_F(HttpClientTest, NotModifiedIsSuccess) {
  ScriptedPeer peer(context, {"HTTP/1.1 304 Not Modified\r\n\r\n"});
  EXPECT_TRUE(exchange(peer.path()));
}

TEST_F(HttpClientTest, AnErrorsStatusIsItsCodeAndItsTextTheEnginesMessage) {
  const auto refusal = [&](const std::string& status) {
    return error_of("HTTP/1.1 " + status + "\r\nContent-Length: 17\r\n\r\n{\"message\":\"why\"}");
  };
  EXPECT_EQ(refusal("500 Internal Server Error"),
            (Error{Errc::failed, "start container r1", "why"}));
  EXPECT_EQ(refusal("404 Not Found").code, Errc::not_found);
  EXPECT_EQ(refusal("409 Conflict").code, Errc::conflict);
  EXPECT_EQ(refusal("403 Forbidden").code, Errc::denied);
  EXPECT_EQ(refusal("400 Bad Request").code, Errc::invalid);
  EXPECT_EQ(refusal("503 Service Unavailable").code, Errc::failed);
}

TEST_F(HttpClientTest, AnErrorWithoutAMessageTellsItsStatus) {
  EXPECT_THAT(error_of("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").cause,
              HasSubstr("status 502"));
}

TEST_F(HttpClientTest, AConnectionClosedTooEarlyIsUnreachable) {
  for (const std::string& answer :
       {std::string{}, std::string("HTTP/1.1 20"), ok + "Content-Length: 10\r\n\r\n12345",
        chunked + "5\r\n123", chunked + chunk("123")}) {
    const auto error = error_of(answer);
    EXPECT_EQ(error.code, Errc::unreachable) << answer << ": " << format(error);
    EXPECT_EQ(error.attempt, "start container r1");
  }
}

TEST_F(HttpClientTest, GarbageIsAnErrorThatSaysSo) {
  const auto error = error_of("\x16\x03\x01 is a TLS hello\r\n\r\n");
  EXPECT_EQ(error.code, Errc::failed);
  EXPECT_THAT(error.cause, HasSubstr("not HTTP"));
}

TEST_F(HttpClientTest, AnEngineThatHangsIsATimeoutThatNamesTheCall) {
  ScriptedPeer peer(context, {});
  const auto answer = exchange(peer.path(), seconds{1});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timeout);
  EXPECT_THAT(format(answer.error()), HasSubstr("start container r1: no answer"));
  EXPECT_THAT(format(answer.error()), HasSubstr("within 1 s"));
}

TEST_F(HttpClientTest, AnEngineThatAcceptsNobodyIsATimeoutToo) {
  TempDir directory;
  const std::string path = directory / "full.sock";
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  const Fd listener{::socket(AF_UNIX, SOCK_STREAM, 0)};
  ASSERT_EQ(::bind(listener.get(), raw, sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 0), 0);
  const Fd first{::socket(AF_UNIX, SOCK_STREAM, 0)};  // fills the backlog
  ASSERT_EQ(::connect(first.get(), raw, sizeof address), 0);
  const auto answer = exchange(path);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timeout) << format(answer.error());
}

TEST_F(HttpClientTest, WithoutASocketTheEngineIsUnreachableAndTheErrorNamesThePath) {
  const auto answer = exchange("/nonexistent/docker.sock");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unreachable);
  EXPECT_THAT(answer.error().cause, HasSubstr("/nonexistent/docker.sock"));
  EXPECT_THAT(answer.error().cause, HasSubstr("running?"));
}

TEST_F(HttpClientTest, ASocketThatNobodyServesIsUnreachable) {
  TempDir directory;
  const std::string path = directory / "dead.sock";
  {
    boost::asio::local::stream_protocol::acceptor left_behind(
        context, boost::asio::local::stream_protocol::endpoint(path));
  }
  EXPECT_EQ(exchange(path).error().code, Errc::unreachable);
}

TEST_F(HttpClientTest, APathTooLongForASocketIsInvalid) {
  EXPECT_EQ(exchange("/" + std::string(200, 'x')).error().code, Errc::invalid);
}

TEST_F(HttpClientTest, WhatIsPutIntoAPathCannotLeaveItsSegment) {
  EXPECT_EQ(percent_encode("../r 1?x=/"), "..%2Fr%201%3Fx%3D%2F");
}

struct EngineAnswers : testing::Test {
  boost::asio::io_context context;
};

TEST_F(EngineAnswers, AnAnswerThatIsNoJsonIsAnErrorOfItsCall) {
  ScriptedPeer peer(context, {ok + "Content-Length: 5\r\n\r\nhello"});
  Engine engine(context.get_executor(), peer.path());
  const auto info = run(context, engine.connect());
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Errc::failed);
  EXPECT_EQ(info.error().attempt, "connect to the container engine");
}

TEST_F(EngineAnswers, RequestsCarryTheAgreedVersion) {
  ScriptedPeer peer(context, {ok + "Content-Length: 44\r\n\r\n"
                                   R"({"ApiVersion":"1.30","MinAPIVersion":"1.12"})",
                              "HTTP/1.1 204 No Content\r\n\r\n"});
  Engine engine(context.get_executor(), peer.path());
  ASSERT_TRUE(run(context, engine.connect()));
  ASSERT_TRUE(run(context, engine.stop("r1", seconds{3})));
  EXPECT_THAT(peer.requests(),
              ElementsAre("GET /version HTTP/1.1", "POST /v1.30/containers/r1/stop?t=3 HTTP/1.1"));
}

TEST_F(EngineAnswers, AnErrorInsideAPullIsThePullsError) {
  const std::string line = R"({"errorDetail":{"message":"disk full"},"error":"disk full"})"
                           "\n";
  ScriptedPeer peer(context, {chunked + chunk(line) + last_chunk});
  Engine engine(context.get_executor(), peer.path());
  const auto pulled = run(context, engine.pull("reg:5000/lab/frr", nullptr));
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error(), (Error{Errc::failed, "pull image reg:5000/lab/frr", "disk full"}));
  EXPECT_THAT(
      peer.requests(),
      ElementsAre(HasSubstr("/images/create?fromImage=reg%3A5000%2Flab%2Ffrr&tag=latest ")));
}

TEST_F(EngineAnswers, APullThatLeavesNoImageIsAnError) {
  ScriptedPeer peer(context, {ok + "Content-Length: 0\r\n\r\n",
                              "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"});
  Engine engine(context.get_executor(), peer.path());
  EXPECT_EQ(run(context, engine.pull("frr", nullptr)).error().code, Errc::not_found);
}

TEST_F(EngineAnswers, EventsEndAsUnreachableHoweverTheConnectionEnds) {
  const std::string event = R"({"Type":"container","Action":"start","Actor":{"ID":"9e14"}})"
                            "\n";
  const std::string first = chunked + chunk(event);
  ScriptedPeer peer(context, {first + last_chunk, first + "40\r\n{\"Type\""});
  Engine engine(context.get_executor(), peer.path());
  for (int time = 0; time < 2; ++time) {
    std::vector<std::string> seen;
    const auto ended =
        run(context, engine.events(
                         "", [&] { seen.push_back("subscribed"); },
                         [&](const ContainerEvent& e) { seen.push_back(e.action); }));
    EXPECT_THAT(seen, ElementsAre("subscribed", "start"));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, Errc::unreachable) << format(ended.error());
  }
}

TEST_F(EngineAnswers, AContainerThatIsGoneAlreadyIsRemoved) {
  ScriptedPeer peer(context, {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"});
  Engine engine(context.get_executor(), peer.path());
  EXPECT_TRUE(run(context, engine.remove("r1")));
  EXPECT_THAT(peer.requests(), ElementsAre("DELETE /containers/r1?force=1&v=1 HTTP/1.1"));
}

TEST_F(EngineAnswers, TheSocketIsTakenFromTheEnvironmentWhereItIsAUnixOne) {
  ::setenv("DOCKER_HOST", "unix:///run/user/1000/podman/podman.sock", 1);
  EXPECT_EQ(Engine::default_socket(), "/run/user/1000/podman/podman.sock");
  ::setenv("DOCKER_HOST", "tcp://10.0.0.1:2375", 1);
  EXPECT_THAT(Engine::default_socket(), testing::EndsWith(".sock"));
  ::unsetenv("DOCKER_HOST");
}

}  // namespace
}  // namespace linkfab::containers
