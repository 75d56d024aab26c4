// Statuses of HTTP (RFC 9110 §15) by the names that they have here.
#pragma once

namespace linkfab::api::status {

inline constexpr unsigned ok = 200;
inline constexpr unsigned created = 201;
inline constexpr unsigned accepted = 202;
inline constexpr unsigned no_content = 204;
inline constexpr unsigned not_modified = 304;
inline constexpr unsigned bad_request = 400;
inline constexpr unsigned unauthorized = 401;
inline constexpr unsigned forbidden = 403;
inline constexpr unsigned not_found = 404;
inline constexpr unsigned wrong_method = 405;
inline constexpr unsigned not_acceptable = 406;
inline constexpr unsigned stale = 412;
inline constexpr unsigned body_too_long = 413;
inline constexpr unsigned wrong_type = 415;
inline constexpr unsigned unprocessable = 422;
inline constexpr unsigned upgrade_required = 426;
inline constexpr unsigned header_too_long = 431;
inline constexpr unsigned internal_error = 500;
inline constexpr unsigned unavailable = 503;

}  // namespace linkfab::api::status
