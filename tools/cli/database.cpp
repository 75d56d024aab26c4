#include "tools/cli/database.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/fd.hpp"
#include "fabric/remote_file.hpp"
#include "ovsdb/remote.hpp"
#include "ovsdb/tls.hpp"

namespace linkfab::cli {
namespace {

using ovsdb::TlsFiles;

// One of the three files, and what names it.
struct TlsPart {
  const char* option;
  const char* variable;
  const char* what;
  std::string TlsFiles::* file;
};
constexpr std::array<TlsPart, 3> tls_parts{
    {{"private-key", "LINKFAB_PRIVATE_KEY", "the private key", &TlsFiles::private_key},
     {"certificate", "LINKFAB_CERTIFICATE", "the certificate", &TlsFiles::certificate},
     {"ca-cert", "LINKFAB_CA_CERT", "the certificate of the authority",
      &TlsFiles::ca_certificate}}};

std::string given(const Invocation& invocation, const char* option, const char* variable) {
  auto value = invocation.value(option);
  if (!value.empty()) return value;
  const char* environment = std::getenv(variable);
  return environment == nullptr ? "" : environment;
}

// As far as they are given; `sources` says by what, in the order of tls_parts.
struct GivenTls {
  TlsFiles files;
  std::array<std::string, tls_parts.size()> sources;
  [[nodiscard]] bool any() const { return files != TlsFiles{}; }
};

GivenTls given_tls(const Invocation& invocation) {
  GivenTls tls;
  for (std::size_t i = 0; i < tls_parts.size(); ++i) {
    const auto& part = tls_parts.at(i);
    tls.files.*part.file = given(invocation, part.option, part.variable);
    tls.sources.at(i) = invocation.value(part.option).empty() ? std::string("$") + part.variable
                                                              : std::string("--") + part.option;
  }
  return tls;
}

bool is_encrypted(const std::string& remotes) {
  return std::ranges::any_of(ovsdb::split_remotes(remotes),
                             [](const std::string& each) { return each.starts_with("ssl:"); });
}

// Who may not read the key is nobody that the host speaks for.
std::string remedy(const Error& error, const TlsPart& part) {
  if (error.code != Errc::denied) return "";
  return part.file == &TlsFiles::private_key
             ? "; who may read it, as root, speaks for this host: try again with sudo"
             : "; try again with sudo";
}

std::optional<Error> check_tls(const std::string& remotes, const GivenTls& tls) {
  std::vector<std::string> missing;
  for (const auto& part : tls_parts)
    if ((tls.files.*part.file).empty()) missing.push_back(std::string("--") + part.option);
  if (!missing.empty())
    return Error{
        Errc::invalid, "connect to the database " + remotes,
        missing.size() == tls_parts.size()
            ? "it needs --private-key, --certificate and --ca-cert"
            : fmt::format("--private-key, --certificate and --ca-cert go together; {} {} "
                          "missing",
                          fmt::join(missing, " and "), missing.size() == 1 ? "is" : "are")};
  for (std::size_t i = 0; i < tls_parts.size(); ++i) {
    const auto& part = tls_parts.at(i);
    const auto opened = open_file(tls.files.*part.file, O_RDONLY);
    if (!opened)
      return Error{
          opened.error().code,
          fmt::format("read {} {} ({})", part.what, tls.files.*part.file, tls.sources.at(i)),
          opened.error().cause + remedy(opened.error(), part)};
  }
  return std::nullopt;
}

// The database that this host's agent uses. False: it is its own, or nobody knows.
bool take_recorded(Invocation& invocation, GivenTls& tls) {
  const auto recorded = fabric::read_remote(invocation.paths);
  if (!recorded && recorded.error().code == Errc::not_found) return false;
  if (!recorded) {
    invocation.unusable = recorded.error();
    if (recorded.error().code == Errc::denied) {
      invocation.unusable->attempt = "find the database: " + recorded.error().attempt;
      invocation.unusable->cause += "; try again with sudo";
    }
    return true;
  }
  invocation.remote = recorded->remotes;
  if (tls.any()) return true;
  tls.files = recorded->tls;
  tls.sources.fill("which linkfabd was started with");
  return true;
}

}  // namespace

void locate_database(Invocation& invocation) {
  const auto instance = given(invocation, "instance", "LINKFAB_INSTANCE");
  const auto& name = instance.empty() ? fabric::default_instance : instance;
  if (name.find('/') != std::string::npos || name.starts_with('.'))
    throw UsageError(
        fmt::format("the name '{}' of an instance must not hold '/' or start with '.'", name));
  invocation.paths = fabric::paths_of(name);
  auto tls = given_tls(invocation);
  invocation.remote = given(invocation, "db", "LINKFAB_DB");
  invocation.own_database = invocation.remote.empty() && !take_recorded(invocation, tls);
  if (invocation.own_database) invocation.remote = invocation.paths.db_remote();
  if (is_encrypted(invocation.remote)) invocation.unusable = check_tls(invocation.remote, tls);
  invocation.tls = ovsdb::tls_streams(tls.files);
}

}  // namespace linkfab::cli
