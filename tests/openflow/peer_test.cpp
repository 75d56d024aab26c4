// A session against a peer that does what a real switch will not do on demand.
#include <array>
#include <map>
#include <memory>
#include <optional>

#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "openflow/message.hpp"
#include "openflow/session.hpp"
#include "tests/openflow/flows.hpp"
#include "tests/support/run.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/wire.hpp"

namespace linkfab::openflow::test {
namespace {

namespace asio = boost::asio;
using linkfab::test::run;
using linkfab::test::run_until;
using linkfab::test::wire;
using std::chrono::milliseconds;

// Takes one connection, keeps what it hears, and says what the test tells it to.
class Peer {
 public:
  Peer(asio::io_context& context, const std::string& path)
      : acceptor_(context, asio::local::stream_protocol::endpoint(path)), socket_(context) {
    asio::co_spawn(context, listen(), asio::detached);
  }

  void say(const Bytes& bytes) { asio::write(socket_, asio::buffer(bytes)); }
  void hang_up() { socket_.close(); }
  [[nodiscard]] std::optional<Xid> heard(Type type) const {
    const auto found = heard_.find(type);
    return found == heard_.end() ? std::nullopt : std::optional(found->second);
  }
  void forget() { heard_.clear(); }

  Bytes hello = wire("06 00 0008 0000002a");
  bool answers_handshake = true;

 private:
  asio::awaitable<void> listen() {
    boost::system::error_code error;
    co_await acceptor_.async_accept(socket_, asio::redirect_error(asio::use_awaitable, error));
    if (!error && !hello.empty()) say(hello);
    std::array<std::uint8_t, 65536> part{};
    Framer framer;
    while (!error) {
      const auto count = co_await socket_.async_read_some(
          asio::buffer(part), asio::redirect_error(asio::use_awaitable, error));
      framer.append(ByteView(part).first(count));
      for (auto message = framer.next(); message && *message; message = framer.next())
        answer((*message)->type, (*message)->xid);
    }
  }
  void answer(Type type, Xid xid) {
    heard_[type] = xid;
    if (!answers_handshake) return;
    if (type == Type::features_request) reply(Type::features_reply, xid, wire("0000000000000017"));
    if (type == Type::barrier_request && !ready_) reply(Type::barrier_reply, xid, {});
    if (type == Type::barrier_request) ready_ = true;
  }

 public:
  void reply(Type type, Xid xid, const Bytes& body) {
    Writer out;
    const auto start = begin_message(out, type, xid);
    out.bytes(body);
    end_message(out, start);
    say(out.take());
  }

 private:
  asio::local::stream_protocol::acceptor acceptor_;
  asio::local::stream_protocol::socket socket_;
  std::map<Type, Xid> heard_;
  bool ready_ = false;
};

class PeerTest : public testing::Test {
 protected:
  Result<void> connect(milliseconds limit = milliseconds{5000}) {
    return run(context_, session_.connect(path_, limit));
  }
  // Starts a request whose result is looked at later.
  template <class T>
  std::shared_ptr<std::optional<Result<T>>> start(asio::awaitable<Result<T>> request) {
    auto slot = std::make_shared<std::optional<Result<T>>>();
    asio::co_spawn(context_, std::move(request),
                   [slot](std::exception_ptr, Result<T> result) { *slot = std::move(result); });
    return slot;
  }
  void hears(Type type) {
    ASSERT_TRUE(run_until(context_, [&] { return peer_.heard(type).has_value(); }));
  }

  linkfab::test::TempDir directory_;
  std::string path_ = directory_ / "switch.mgmt";
  asio::io_context context_;
  Peer peer_{context_, path_};
  Session session_{context_.get_executor()};
};

TEST_F(PeerTest, ConnectsAndKnowsTheDatapath) {
  ASSERT_TRUE(connect());
  EXPECT_TRUE(session_.connected());
  EXPECT_EQ(session_.datapath_id(), 0x17U);
}

TEST_F(PeerTest, RefusesASwitchOfAnOlderVersion) {
  peer_.hello = wire("04 00 0008 00000001");
  const auto done = connect();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::unsupported);
  EXPECT_FALSE(session_.connected());
}

TEST_F(PeerTest, RefusesASwitchThatRefusesOurs) {
  peer_.hello = wire("01 01 000c 00000001 0000 0000");
  const auto done = connect();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::unsupported);
}

TEST_F(PeerTest, GivesUpOnASwitchThatSaysNothing) {
  peer_.hello.clear();
  const auto done = connect(milliseconds{100});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::timeout);
}

TEST_F(PeerTest, AnswersAnEcho) {
  ASSERT_TRUE(connect());
  peer_.reply(Type::echo_request, 99, wire("0102"));
  hears(Type::echo_reply);
  EXPECT_EQ(peer_.heard(Type::echo_reply), 99U);
}

TEST_F(PeerTest, JoinsAReplyInParts) {
  ASSERT_TRUE(connect());
  const auto groups = start(session_.groups());
  hears(Type::multipart_request);
  const Xid xid = *peer_.heard(Type::multipart_request);
  peer_.reply(Type::multipart_reply, xid, wire("0007 0001 00000000 0008 00 00 00000001"));
  peer_.reply(Type::echo_request, 5, {});
  hears(Type::echo_reply);
  EXPECT_FALSE(*groups) << "it was done before the last part";
  peer_.reply(Type::multipart_reply, xid, wire("0007 0000 00000000 0008 00 00 00000002"));
  ASSERT_TRUE(run_until(context_, [&] { return groups->has_value(); }));
  EXPECT_EQ(**groups, (std::vector{repeat(1, {}), repeat(2, {})}));
}

TEST_F(PeerTest, ReportsAConnectionLostInTheMiddleOfAMessageToAllWhoWait) {
  ASSERT_TRUE(connect());
  int closed = 0;
  session_.on_closed([&](const Error& reason) {
    ++closed;
    EXPECT_EQ(reason.code, Errc::unreachable);
  });
  const auto groups = start(session_.groups());
  const auto ports = start(session_.ports());
  hears(Type::multipart_request);
  peer_.say(wire("05 13 0100 00000001 0007"));
  peer_.hang_up();
  ASSERT_TRUE(run_until(context_, [&] { return closed > 0 && *groups && *ports; }));
  EXPECT_EQ((*groups)->error().code, Errc::unreachable);
  EXPECT_EQ((*ports)->error().code, Errc::unreachable);
  EXPECT_FALSE(session_.connected());
  const auto later = run(context_, session_.ports());
  EXPECT_EQ(later.error().code, Errc::unreachable);
  EXPECT_EQ(closed, 1);
}

TEST_F(PeerTest, DropsAConnectionThatMakesNoSense) {
  ASSERT_TRUE(connect());
  bool closed = false;
  session_.on_closed([&](const Error&) { closed = true; });
  peer_.say(wire("05 13 0003 00000001"));
  EXPECT_TRUE(run_until(context_, [&] { return closed; }));
}

TEST_F(PeerTest, DoesNotCommitABundleOfWhichAPartWasNotTaken) {
  ASSERT_TRUE(connect());
  peer_.forget();
  const std::vector<Modification> two{AddFlow{patch(1, 2)}, AddFlow{patch(2, 1)}};
  const auto done = start(session_.commit(two));
  hears(Type::barrier_request);
  const Xid barrier = *peer_.heard(Type::barrier_request);
  EXPECT_EQ(peer_.heard(Type::bundle_control), barrier - 3) << "more than the opening was sent";
  peer_.reply(Type::error, barrier - 1, wire("0002 0004"));
  peer_.reply(Type::barrier_reply, barrier, {});
  ASSERT_TRUE(run_until(context_, [&] { return done->has_value(); }));
  ASSERT_FALSE(**done);
  EXPECT_EQ((*done)->error(),
            (Error{Errc::refused, format(two[1]), "the switch answered OFPBAC_BAD_OUT_PORT"}));
}

TEST_F(PeerTest, ChangesNothingWithoutAskingTheSwitch) {
  ASSERT_TRUE(connect());
  peer_.forget();
  const std::vector<Modification> none;
  EXPECT_TRUE(run(context_, session_.commit(none)));
  EXPECT_TRUE(run(context_, session_.apply(none)));
  EXPECT_FALSE(peer_.heard(Type::barrier_request));
}

TEST_F(PeerTest, RefusesAGroupThatNoMessageCanHold) {
  ASSERT_TRUE(connect());
  const std::vector<Modification> one{AddGroup{repeat(1, std::vector<PortNo>(2047, PortNo{1}))}};
  const auto done = run(context_, session_.commit(one));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::invalid);
  EXPECT_TRUE(session_.connected());
}

TEST(NoPeer, IsUnreachable) {
  asio::io_context context;
  linkfab::test::TempDir directory;
  Session session(context.get_executor());
  const auto done = run(context, session.connect(directory / "none", milliseconds{100}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::unreachable);
  EXPECT_EQ(run(context, session.groups()).error().code, Errc::unreachable);
  const std::vector<Modification> one{AddFlow{patch(1, 2)}};
  EXPECT_EQ(run(context, session.apply(one)).error().code, Errc::unreachable);
}

}  // namespace
}  // namespace linkfab::openflow::test
