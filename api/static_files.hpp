// Files of a directory, for browsers: the web view. They say nothing about the lab.
#pragma once

#include <string>

#include "api/http_server.hpp"

namespace linkfab::api {

// "/" is index.html. Nothing outside of the directory, nothing that starts with a dot, regular
// files only; all else is 404. What a page may load is what this server has
// (Content-Security-Policy: default-src 'self').
[[nodiscard]] HttpResponse static_file(const std::string& directory, const HttpRequest& request);

}  // namespace linkfab::api
