// Finds the links and segments that a person means, with as few and as small reads as it takes: no
// replica of the lab.
//
// LINK is a term of fabric/link_term.hpp. Where several may be meant it is a pattern of names, too:
// "r1:*--*", as in glob(7).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/edit.hpp"
#include "fabric/link_term.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"
#include "tools/cli/client.hpp"

namespace linkfab::cli {

struct FoundEnd {
  ovsdb::Uuid interface;
  std::optional<fabric::Endpoint> endpoint;  // nullopt: its node is gone
  std::string host;                          // that it is on; empty: no hosts share the lab
  fabric::Direction direction;               // of frames toward it
  std::optional<ovsdb::Row> impairment;      // the row's columns
  [[nodiscard]] std::string name() const;
};

struct FoundLink {
  bool segment = false;
  ovsdb::Uuid row;
  std::string name;
  std::string host;    // of its column
  std::string kind;    // "link", "hub", "switch"
  std::string wanted;  // "up", "cut"
  std::string state;
  std::string error;
  bool subtract_underlay = false;
  std::vector<FoundEnd> ends;  // of a link: a, b
  [[nodiscard]] std::string object() const { return (segment ? "segment " : "link ") + name; }
  [[nodiscard]] std::string table() const { return segment ? "Segment" : "Link"; }
};

boost::asio::awaitable<Result<FoundLink>> find_link(Client& client, std::string text);
// Those of each text, each link once, in this order. Those of a pattern are without endpoints and
// impairments, which complete() finds. An error where one of the texts means none.
boost::asio::awaitable<Result<std::vector<FoundLink>>> find_links(Client& client,
                                                                  std::vector<std::string> texts);
boost::asio::awaitable<Result<FoundLink>> complete(Client& client, FoundLink link);
// One by one, or many from whole tables.
boost::asio::awaitable<Result<std::vector<FoundLink>>> complete(Client& client,
                                                                std::vector<FoundLink> links);
// The same where the endpoints are not needed: of many they are left out.
boost::asio::awaitable<Result<std::vector<FoundLink>>> complete_impairments(
    Client& client, std::vector<FoundLink> links);
[[nodiscard]] bool is_pattern(std::string_view text);
// What an interface is attached to, by its Interface row; nullopt: it is free.
boost::asio::awaitable<Result<std::optional<FoundLink>>> find_attached(Client& client,
                                                                       ovsdb::Uuid interface);

// The one of an object's ends that an option's NODE or NODE:IF names.
[[nodiscard]] Result<std::size_t> find_end(const std::string& object,
                                           const std::vector<std::optional<fabric::Endpoint>>& ends,
                                           const std::string& option, const std::string& text);

// A node with its interfaces.
struct FoundNode {
  ovsdb::Uuid row;
  std::string name;
  ovsdb::Row columns;
  std::vector<std::pair<std::string, ovsdb::Uuid>> interfaces;
  [[nodiscard]] std::optional<ovsdb::Uuid> interface(const std::string& interface_name) const;
};
// All of the named ones; Errc::not_found with the nearest name where one is missing.
boost::asio::awaitable<Result<std::vector<FoundNode>>> find_nodes(Client& client,
                                                                  std::vector<std::string> names);

}  // namespace linkfab::cli
