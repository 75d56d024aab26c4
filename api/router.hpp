// Which answer belongs to which method and path.
//
// What is no business of an answer is refused here: 404, 405 with Allow, 406, 415, and 400 for a
// query that it does not know. HEAD is answered as GET.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "api/http_server.hpp"
#include "api/target.hpp"

namespace linkfab::api {

// A request that was found a route for.
struct Call {
  HttpRequest request;
  std::vector<std::string> arguments;  // what stands for {name} in the pattern, decoded
  Query query;
};

struct Route {
  std::string method;
  std::string pattern;             // "/api/v1/links/{link}"
  std::vector<std::string> query;  // the names that it knows
  std::function<boost::asio::awaitable<HttpResponse>(Call call)> answer;
  enum class Body { none, optional, needed };
  Body body = Body::none;                     // of JSON
  std::vector<std::string> other_types = {};  // that a body may have, too
  std::string produces = "application/json";
};

// Of the body, without parameters and in lower case.
[[nodiscard]] std::string media_type(const HttpRequest& request);

class Router {
 public:
  void add(Route route) { routes_.push_back(std::move(route)); }
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }
  boost::asio::awaitable<HttpResponse> answer(HttpRequest request) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace linkfab::api
