// An authority of the test's own, and certificates of it, made by openssl(1) in a directory:
// ca-cert.pem, and NAME-key.pem and NAME-cert.pem for each name.
#pragma once

#include <string>
#include <vector>

#include "tests/support/ovsdb_server.hpp"

namespace linkfab::test {

inline void make_certificates(const std::string& directory, const std::vector<std::string>& names) {
  const auto file = [&](const std::string& name) { return directory + "/" + name; };
  const std::vector<std::string> key{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                     "-nodes"};
  const auto request = [&](std::vector<std::string> words) {
    words.insert(words.end(), key.begin(), key.end());
    OvsdbServer::command(words);
  };
  request({"openssl", "req", "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout",
           file("ca-key.pem"), "-out", file("ca-cert.pem")});
  for (const auto& name : names) {
    request({"openssl", "req", "-subj", "/CN=" + name, "-keyout", file(name + "-key.pem"), "-out",
             file(name + ".csr")});
    OvsdbServer::command({"openssl", "x509", "-req", "-days", "2", "-in", file(name + ".csr"),
                          "-CA", file("ca-cert.pem"), "-CAkey", file("ca-key.pem"),
                          "-CAcreateserial", "-out", file(name + "-cert.pem")});
  }
}

}  // namespace linkfab::test
