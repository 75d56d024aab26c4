// The inside of the API: what its answers share.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <json/value.h>

#include "api/events.hpp"
#include "api/lab_api.hpp"
#include "fabric/change_log.hpp"
#include "fabric/lab_client.hpp"
#include "fabric/traffic.hpp"

namespace linkfab::api {

// Whoever has the other end of the socket; over TCP whoever has the token. Now.
[[nodiscard]] fabric::Author author_of(const HttpRequest& request);

// The failure of a change whose answer is there already.
[[nodiscard]] std::unexpected<Error> refused_already();

struct LabApi::State : std::enable_shared_from_this<State> {
  State(boost::asio::any_io_executor its_executor, ApiOptions its_options);

  void add_reads();      // api/lab_reads.cpp
  void add_changes();    // api/lab_changes.cpp
  void add_members();    // api/lab_members.cpp
  void add_scenarios();  // api/lab_scenarios.cpp
  void add_history();    // api/lab_history.cpp
  void add_streams();    // api/lab_streams.cpp

  // A route, where {link} may be given as a person may write it (fabric/link_term.hpp), in the
  // order of its ends: its answer is asked with the link's name.
  void add_route(Route route);
  // A route whose answer is made at once from the replica; nullopt: 404.
  using Resource = std::function<std::optional<Json::Value>(const Call& call)>;
  void add_read(std::string pattern, Resource resource);

  // Of one link or segment, or of all.
  [[nodiscard]] Result<fabric::Traffic> traffic(const std::string& link);
  boost::asio::awaitable<HttpResponse> events(Call call);
  boost::asio::awaitable<HttpResponse> console(Call call);
  boost::asio::awaitable<HttpResponse> capture(Call call, bool segment);

  // A change of what `current` shows: made by `make` and waited for as the query says. `current`
  // may come to another resource than it was before; nullopt: there is none any more.
  struct Change {
    std::function<std::optional<Json::Value>()> before;  // for If-Match, and for 404
    std::function<std::optional<Json::Value>()> after;
    // `alone`: nobody else may change anything meanwhile.
    std::function<Result<ovsdb::Transaction>(const ovsdb::Replica& replica, bool alone)> make;
    std::function<bool()> settled = {};  // besides the change's number
    unsigned done = 200;
    std::string location = {};
    // What `make` found wrong, where it came to refused_already().
    std::function<std::optional<HttpResponse>()> refused = {};
  };
  boost::asio::awaitable<HttpResponse> change(Call call, Change change);
  // What `before` shows is gone afterwards: 204.
  [[nodiscard]] static Change removal(decltype(Change::before) before, decltype(Change::make) make);

  boost::asio::awaitable<HttpResponse> change_link(Call call);
  boost::asio::awaitable<HttpResponse> change_segment(Call call);
  boost::asio::awaitable<HttpResponse> put_member(Call call);
  boost::asio::awaitable<HttpResponse> remove_member(Call call);
  boost::asio::awaitable<HttpResponse> change_node(Call call);
  boost::asio::awaitable<HttpResponse> connect(Call call);
  boost::asio::awaitable<HttpResponse> disconnect(Call call);
  boost::asio::awaitable<HttpResponse> play(Call call);
  boost::asio::awaitable<HttpResponse> stop_scenario(Call call);
  boost::asio::awaitable<HttpResponse> put_topology(Call call);
  boost::asio::awaitable<HttpResponse> plan(Call call);
  boost::asio::awaitable<HttpResponse> undo(Call call);
  boost::asio::awaitable<HttpResponse> keep_snapshot(Call call);
  boost::asio::awaitable<HttpResponse> roll_back(Call call, bool to_snapshot);
  boost::asio::awaitable<HttpResponse> diff(Call call);

  [[nodiscard]] Result<std::string> link_name(const std::string& text) const;
  [[nodiscard]] std::optional<Json::Value> link_item(const std::string& name, bool segment) const;
  [[nodiscard]] std::optional<Json::Value> scenario_item(const std::string& name) const;
  [[nodiscard]] std::optional<Json::Value> node_item(const std::string& name) const;

  boost::asio::any_io_executor executor;
  ApiOptions options;
  std::shared_ptr<fabric::LabClient> client;
  Events event_streams;
  unsigned consoles = 0;  // that are open
  unsigned captures = 0;
  Router router;
};

}  // namespace linkfab::api
