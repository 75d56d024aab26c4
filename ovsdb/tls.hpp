// TLS for sessions with ssl: remotes: SessionOptions::tls.
//
// A library of its own, so that programs which only talk to servers of their host do not load
// OpenSSL.
#pragma once

#include <string>

#include "ovsdb/session.hpp"

namespace linkfab::ovsdb {

// PEM files. They are read at each connection, and one that cannot be read is its error.
struct TlsFiles {
  std::string private_key;
  std::string certificate;
  std::string ca_certificate;

  bool operator==(const TlsFiles&) const = default;
};

[[nodiscard]] StreamMaker tls_streams(TlsFiles files);

}  // namespace linkfab::ovsdb
