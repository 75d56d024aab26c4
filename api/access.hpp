// Who may ask over TCP: whoever has the token, and no web page of another site.
//
// On a Unix socket the file's rights have decided already.
#pragma once

#include <optional>
#include <string>

#include "api/http_server.hpp"
#include "api/listen_address.hpp"

namespace linkfab::api {

struct TcpAccess {
  std::string host;  // where it listens: a loopback address
  std::string token;
};

// The refusal: 403 where Host is no name of the loopback with the port at which the request came in
// (DNS rebinding) or Origin is another site; 401 without the token where `secret`. A token comes as
// "Authorization: Bearer", or, with a WebSocket, as the subprotocol "bearer.TOKEN".
[[nodiscard]] std::optional<HttpResponse> refuse(const HttpRequest& request,
                                                 const TcpAccess& access, bool secret);

[[nodiscard]] bool is_loopback(const ListenAddress& address);

// Reads a token from a file, or makes both. Errc::denied where others than its owner may read it.
[[nodiscard]] Result<std::string> read_token(const std::string& file);

}  // namespace linkfab::api
