#include "api/access.hpp"

#include <sys/random.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "api/http_status.hpp"
#include "api/problem.hpp"
#include "core/fd.hpp"

namespace linkfab::api {
namespace {

// "127.0.0.1:8080"; without a port where it is that of http.
bool is_ours(std::string_view authority, const TcpAccess& access, std::uint16_t port) {
  constexpr std::uint16_t http_port = 80;
  const bool v6 = access.host.find(':') != std::string::npos;
  const auto host = v6 ? "[" + access.host + "]" : access.host;
  for (const auto& name :
       {host, std::string("localhost"), std::string("127.0.0.1"), std::string("[::1]")}) {
    if (authority == fmt::format("{}:{}", name, port)) return true;
    if (port == http_port && authority == name) return true;
  }
  return false;
}

// In a time that does not tell how much of it was right.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned different = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    different |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return different == 0;
}

bool has_token(const HttpRequest& request, const std::string& token) {
  constexpr std::string_view scheme = "bearer ";
  auto given = request.header("authorization");
  for (std::size_t i = 0; i < std::min(given.size(), scheme.size()); ++i)
    if (given[i] >= 'A' && given[i] <= 'Z') given[i] = static_cast<char>(given[i] - 'A' + 'a');
  if (given.starts_with(scheme) && same(given.substr(scheme.size()), token)) return true;
  if (!request.websocket) return false;
  const auto protocols = request.header("sec-websocket-protocol");
  std::string_view rest = protocols;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    auto each = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    while (each.starts_with(' ')) each.remove_prefix(1);
    if (same(each, "bearer." + token)) return true;
  }
  return false;
}

Result<std::string> make_token(const std::string& file) {
  constexpr mode_t owner_only = 0600;
  std::array<unsigned char, 32> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return system_failure("make a token");
  std::string token;
  for (const auto byte : random) token += fmt::format("{:02x}", byte);
  const Fd fd(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, owner_only));
  const auto line = token + "\n";
  if (fd.get() < 0 ||
      ::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return system_failure("write " + file);
  return token;
}

}  // namespace

std::optional<HttpResponse> refuse(const HttpRequest& request, const TcpAccess& access,
                                   bool secret) {
  if (!is_ours(request.header("host"), access, request.port))
    return problem(status::forbidden, fmt::format("Host is not {}:{}", access.host, request.port));
  constexpr std::string_view scheme = "http://";
  const auto origin = request.header("origin");
  if (!origin.empty() &&
      (!origin.starts_with(scheme) ||
       !is_ours(std::string_view(origin).substr(scheme.size()), access, request.port)))
    return problem(status::forbidden, "requests of other sites are refused");
  if (!secret || has_token(request, access.token)) return std::nullopt;
  auto refused = problem(status::unauthorized, "send \"Authorization: Bearer TOKEN\"");
  refused.headers.emplace_back("WWW-Authenticate", "Bearer");
  return refused;
}

bool is_loopback(const ListenAddress& address) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(address.host, error);
  return !error && parsed.is_loopback();
}

Result<std::string> read_token(const std::string& file) {
  constexpr std::size_t longest = 4096;
  constexpr std::size_t shortest = 16;
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0 && errno == ENOENT) return make_token(file);
  if (fd.get() < 0) return system_failure("open " + file);
  struct stat about{};
  if (::fstat(fd.get(), &about) != 0) return system_failure("look at " + file);
  if (!S_ISREG(about.st_mode) || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return failure(Errc::denied, "read the token in " + file,
                   "others than its owner may read it; `chmod 600` it");
  std::string token(longest, '\0');
  const auto size = ::read(fd.get(), token.data(), token.size());
  if (size < 0) return system_failure("read " + file);
  token.resize(static_cast<std::size_t>(size));
  token.resize(std::min(token.size(), token.find_first_of(" \t\r\n")));
  if (token.size() < shortest)
    return failure(
        Errc::invalid, "read the token in " + file,
        fmt::format("it needs {} characters at least; remove the file to have one made", shortest));
  return token;
}

}  // namespace linkfab::api
