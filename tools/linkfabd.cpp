// linkfabd: the agent of one host. Options and wiring; everything else is in fabric/.

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/program_options.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/http_server.hpp"
#include "api/lab_api.hpp"
#include "api/metrics_page.hpp"
#include "containers/capabilities.hpp"
#include "core/descriptor_limit.hpp"
#include "core/heap.hpp"
#include "core/log.hpp"
#include "core/version.hpp"
#include "fabric/agent.hpp"
#include "fabric/datapath.hpp"
#include "tools/host_echoes.hpp"

namespace {

namespace asio = boost::asio;
namespace po = boost::program_options;
using linkfab::api::HttpServer;
using linkfab::api::ListenAddress;
using linkfab::fabric::AgentOptions;
using linkfab::fabric::SwitchChoice;

constexpr int usage_error = 2;

// linkfab-init and its like: beside this program, as in a build tree; in the tree that this program
// was installed into; or where the build was told that it would be.
std::string find_program(const std::string& name) {
  std::error_code ignored;
  const auto directory = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const auto& file :
       {directory / name, directory.parent_path() / "libexec" / "linkfab" / name})
    if (std::filesystem::exists(file)) return file;
  return LINKFAB_LIBEXEC "/" + name;
}

std::string find_web_view() {
  std::error_code ignored;
  const auto directory = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  auto installed = directory.parent_path() / "share" / "linkfab" / "web";
  return std::filesystem::exists(installed) ? installed.string() : LINKFAB_DATADIR "/web";
}

po::options_description describe() {
  po::options_description options("Options");
  auto add = options.add_options();
  add("help,h", "show this text");
  add("version", "show the version");
  add("instance", po::value<std::string>()->default_value("linkfab")->value_name("NAME"),
      "which fabric of this host; it names the run directory /run/NAME and the state directory "
      "/var/lib/NAME");
  add("db", po::value<std::string>()->default_value("")->value_name("REMOTE"),
      "an ovsdb-server that serves the Linkfab database (unix:PATH, tcp:HOST:PORT, ssl:HOST:PORT), "
      "or several of one cluster with commas between; by default one is started");
  add("host", po::value<std::string>()->default_value("")->value_name("NAME"),
      "the name of this host among those that share the database; by default the system's "
      "hostname");
  add("address", po::value<std::string>()->default_value("")->value_name("ADDRESS"),
      "the address at which the other hosts reach this one: for links between hosts and, where "
      "--cluster-address says no other, for the cluster. A number, not a name");
  add("cluster", po::value<std::string>()->default_value("")->value_name("create|join=ADDRESS,..."),
      "make the database a member of a cluster: the first of a new one, or one more beside those "
      "at ADDRESS[:PORT], port 6644 where none is given; needs --address. Said once: where the "
      "database's file is there already, it is used as what it is. A host that joins waits until "
      "the others have taken it");
  add("cluster-address", po::value<std::string>()->default_value("")->value_name("ADDRESS[:PORT]"),
      "where the other members reach that of this host; by default --address and port 6644");
  add("listen", po::value<std::vector<std::string>>()->value_name("ssl:[ADDRESS:]PORT"),
      "let agents and clients of other hosts reach the database there; a cluster's members all "
      "listen alike, as the last says that was started with this option, and 'none' ends it. "
      "Whoever connects may read everything, and write what concerns the host that its "
      "certificate names");
  add("private-key", po::value<std::string>()->default_value("")->value_name("FILE"),
      "the key with which this host proves to others who it is (PEM), with --cluster, --listen and "
      "--db ssl:...");
  add("certificate", po::value<std::string>()->default_value("")->value_name("FILE"),
      "the certificate for that key; its common name (CN) is the host's name");
  add("ca-cert", po::value<std::string>()->default_value("")->value_name("FILE"),
      "the certificate of the authority that has signed those of all hosts");
  add("ovs", po::value<std::string>()->default_value("auto")->value_name("auto|system|private"),
      "which Open vSwitch: the system's, a private one, or the system's where it runs");
  add("bridge", po::value<std::string>()->value_name("NAME"),
      "the fabric bridge; by default named as the instance");
  add("datapath", po::value<std::string>()->value_name("system|netdev"),
      "the kernel's datapath, or the one in user space: slower, for kernels without openvswitch. "
      "By "
      "default $LINKFAB_DATAPATH, and where that is not set what the bridge has already; a new one "
      "is the kernel's where that has openvswitch");
  add("forwarding", po::value<std::string>()->value_name("openflow|tc"),
      "how a link's frames get from one end to the other: by flows of the fabric bridge, or by "
      "filters of the kernel (tc), without a port on the bridge: for thousands of links, and for "
      "kernels without openvswitch. Segments and links to gateways and other hosts are on the "
      "bridge in either case. By default $LINKFAB_FORWARDING, and openflow where that is not set");
  add("docker", po::value<std::string>()->default_value("")->value_name("SOCKET"),
      "the container engine's socket; by default $DOCKER_HOST, else where Docker and Podman have "
      "theirs");
  add("http", po::value<std::string>()->value_name("ADDRESS:PORT"),
      "serve the HTTP API and the web view at http://ADDRESS:PORT/, too; an address of the "
      "loopback, a port alone is one of 127.0.0.1. Port 0 is one that is free, which the log "
      "names. "
      "By default $LINKFAB_HTTP, and where that is not set the API is on the socket api.sock of "
      "the run directory only");
  add("http-token", po::value<std::string>()->value_name("FILE"),
      "what requests to --http need as a bearer token; made where it is missing. By default "
      "api.token in the run directory");
  add("web", po::value<std::string>()->value_name("DIRECTORY"),
      "the pages of the web view; by default those that were installed");
  add("metrics", po::value<std::string>()->value_name("ADDRESS:PORT"),
      "serve metrics for Prometheus at http://ADDRESS:PORT/metrics; a port alone is one of "
      "127.0.0.1. By default $LINKFAB_METRICS, and nothing listens where that is not set");
  add("until-down",
      "leave once the lab is taken down, and take everything along; `linkfab up` starts it so");
  add("log-level",
      po::value<std::string>()->default_value("info")->value_name("debug|info|warning|error"),
      "how much to log on standard error");
  return options;
}

struct Options {
  AgentOptions agent;
  std::optional<ListenAddress> metrics;
  std::optional<ListenAddress> http;
  std::string token_file;
  std::string web;
};

// What an option, else the environment says; empty: neither does.
std::string said(const po::variables_map& given, const std::string& option, const char* variable) {
  if (given.contains(option)) return given[option].as<std::string>();
  const char* environment = std::getenv(variable);
  return environment == nullptr ? "" : environment;
}

// nullopt: neither an option nor the environment says it.
std::optional<ListenAddress> listen_address(const po::variables_map& given,
                                            const std::string& option, const char* variable,
                                            std::uint16_t least_port) {
  const auto text = said(given, option, variable);
  if (text.empty() && !given.contains(option)) return std::nullopt;
  auto address = linkfab::api::parse_listen_address(text, least_port);
  if (!address) throw po::error("--" + option + ": " + format(address.error()));
  return *address;
}

std::optional<ListenAddress> http_address(const po::variables_map& given) {
  auto address = listen_address(given, "http", "LINKFAB_HTTP", 0);
  if (address && !linkfab::api::is_loopback(*address))
    throw po::error("--http: " + format(*address) +
                    " is no address of the loopback; use a tunnel such as that of ssh -L");
  return address;
}

// One of two words, by an option or else by the environment; nullopt: neither says it.
std::optional<std::string> either(const po::variables_map& given, const std::string& option,
                                  const char* variable, const std::string& first,
                                  const std::string& second) {
  const bool asked = given.contains(option);
  auto text = said(given, option, variable);
  if (text.empty() && !asked) return std::nullopt;
  if (text == first || text == second) return text;
  throw po::error(fmt::format("{}: it is {} or {}, not '{}'",
                              asked ? "--" + option : std::string("$") + variable, first, second,
                              text));
}

linkfab::fabric::Forwarding forwarding(const po::variables_map& given) {
  using linkfab::fabric::Forwarding;
  const auto text = either(given, "forwarding", "LINKFAB_FORWARDING", "openflow", "tc");
  return text == "tc" ? Forwarding::tc : Forwarding::openflow;
}

linkfab::fabric::Sharing sharing(const po::variables_map& given) {
  const auto text = [&](const char* name) { return given[name].as<std::string>(); };
  using Texts = std::vector<std::string>;
  const auto parsed = linkfab::fabric::parse_sharing(
      {.address = text("address"),
       .cluster_address = text("cluster-address"),
       .cluster = text("cluster"),
       .listen = given.contains("listen") ? given["listen"].as<Texts>() : Texts{},
       .tls = {.private_key = text("private-key"),
               .certificate = text("certificate"),
               .ca_certificate = text("ca-cert")}});
  if (!parsed) throw po::error(format(parsed.error()));
  if (!text("db").empty() && (!text("cluster").empty() || given.contains("listen")))
    throw po::error("--cluster and --listen are of a database of this host, --db names another's");
  return *parsed;
}

// nullopt: it was a question (--help), which is answered.
std::optional<Options> read_options(int argc, char** argv) {
  const auto description = describe();
  po::variables_map given;
  po::store(po::command_line_parser(argc, argv).options(description).positional({}).run(), given);
  po::notify(given);
  if (given.contains("help")) {
    std::cout << "Usage: linkfabd [OPTION...]\n"
                 "The agent of one host: makes containers, links and link quality what the Linkfab "
                 "database\n"
                 "says, and reports what it sees there. Runs in the foreground; SIGTERM ends it "
                 "and leaves\n"
                 "the lab running.\n\n"
              << description;
    return std::nullopt;
  }
  if (given.contains("version")) {
    std::cout << "linkfabd " << linkfab::project_version << '\n';
    return std::nullopt;
  }
  const auto text = [&](const char* name) { return given[name].as<std::string>(); };
  const auto one_of = [&](const char* name, std::initializer_list<const char*> allowed) {
    for (const auto* value : allowed)
      if (text(name) == value) return text(name);
    throw po::validation_error(po::validation_error::invalid_option_value, name, text(name));
  };
  AgentOptions options{
      .paths = linkfab::fabric::paths_of(text("instance")),
      .db = text("db"),
      .sharing = sharing(given),
      .host = text("host"),
      .address = text("address"),
      .bridge = given.contains("bridge") ? text("bridge") : text("instance"),
      .datapath = either(given, "datapath", "LINKFAB_DATAPATH", linkfab::fabric::kernel_datapath,
                         linkfab::fabric::userspace_datapath),
      .forwarding = forwarding(given),
      .engine_socket = text("docker"),
      .init_program = find_program("linkfab-init"),
      .relay_program = find_program("linkfab-relay"),
      .console_program = find_program("linkfab-console"),
      .until_down = given.contains("until-down"),
      .open_echoes = linkfab::open_host_echoes};
  const auto ovs = one_of("ovs", {"auto", "system", "private"});
  options.open_vswitch = ovs == "system"    ? SwitchChoice::system
                         : ovs == "private" ? SwitchChoice::private_one
                                            : SwitchChoice::automatic;
  if (!linkfab::log::set_level(text("log-level")))
    throw po::validation_error(po::validation_error::invalid_option_value, "log-level",
                               text("log-level"));
  if (options.bridge.size() > 15)
    throw po::error("a bridge's name has 15 characters at most: '" + options.bridge + "'");
  const auto metrics = listen_address(given, "metrics", "LINKFAB_METRICS", 1);
  if (metrics) options.metrics = format(*metrics);
  auto token_file =
      given.contains("http-token") ? text("http-token") : options.paths.run_dir + "/api.token";
  return Options{.agent = std::move(options),
                 .metrics = metrics,
                 .http = http_address(given),
                 .token_file = std::move(token_file),
                 .web = given.contains("web") ? text("web") : find_web_view()};
}

// The program `linkfab`, and what leads it to this agent: to another's database by
// fabric/remote_file.hpp.
std::vector<std::string> command_line(const std::string& instance) {
  std::error_code ignored;
  const auto directory = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const auto& file : {directory / "linkfab", directory.parent_path() / "bin" / "linkfab"}) {
    if (!std::filesystem::exists(file)) continue;
    return {file, "--instance", instance};
  }
  return {};
}

// The API, and where it is served: on a Unix socket, and on TCP where that was asked for.
struct ApiServers {
  std::unique_ptr<linkfab::api::LabApi> api;
  std::vector<HttpServer> servers;
};

linkfab::Result<ApiServers> serve_api(asio::io_context& context, const Options& options,
                                      linkfab::fabric::Agent& agent) {
  using linkfab::api::LabApi;
  const auto& paths = options.agent.paths;
  const auto& db = options.agent.db;
  ApiServers made;
  const auto executor = context.get_executor();
  made.api = std::make_unique<LabApi>(
      executor, linkfab::api::ApiOptions{
                    .remote = db.empty() ? paths.db_remote() : db,
                    .about = {.instance = paths.instance, .version = linkfab::project_version},
                    .measure = [&agent] { return agent.measure(); },
                    .web_directory = options.web,
                    .command_line = command_line(paths.instance),
                    .sharing = options.agent.sharing});
  auto local = HttpServer::listen_local(executor, paths.run_dir + "/api.sock",
                                        made.api->handler(std::nullopt), LabApi::limits(),
                                        LabApi::refusal());
  if (!local) return std::unexpected(local.error());
  made.servers.push_back(std::move(*local));
  if (options.http) {
    auto token = linkfab::api::read_token(options.token_file);
    if (!token) return std::unexpected(token.error());
    auto tcp = HttpServer::listen(executor, *options.http,
                                  made.api->handler(linkfab::api::TcpAccess{
                                      .host = options.http->host, .token = std::move(*token)}),
                                  LabApi::limits(), LabApi::refusal());
    if (!tcp) return std::unexpected(tcp.error());
    const ListenAddress address{.host = options.http->host, .port = tcp->port()};
    made.servers.push_back(std::move(*tcp));
    linkfab::log::info("HTTP API at http://" + format(address) + "/api/v1, token in " +
                       options.token_file);
  }
  for (auto& server : made.servers) server.start();
  return made;
}

int serve(const Options& options) {
  linkfab::raise_descriptor_limit();
  if (const auto dropped = linkfab::containers::drop_needless_capabilities(); !dropped)
    linkfab::log::warning(format(dropped.error()));
  else
    linkfab::log::debug(fmt::format("given up: {}", fmt::join(*dropped, ", ")));
  linkfab::keep_freed_memory();
  asio::io_context context(1);
  auto agent = linkfab::fabric::Agent::create(context, options.agent);
  if (!agent) {
    linkfab::log::error(format(agent.error()));
    return EXIT_FAILURE;
  }
  std::optional<HttpServer> metrics;
  if (options.metrics) {
    auto page =
        linkfab::api::metrics_page([&] { return (*agent)->measure(); }, linkfab::project_version);
    auto server = HttpServer::listen(context.get_executor(), *options.metrics, std::move(page));
    if (!server) {
      linkfab::log::error("metrics: " + format(server.error()));
      return EXIT_FAILURE;
    }
    metrics.emplace(std::move(*server)).start();
    linkfab::log::info("metrics at http://" + format(*options.metrics) + "/metrics");
  }
  auto api = serve_api(context, options, **agent);
  if (!api) {
    linkfab::log::error("HTTP API: " + format(api.error()));
    return EXIT_FAILURE;
  }
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) (*agent)->stop();
  });
  int status = EXIT_FAILURE;
  asio::co_spawn(context, (*agent)->run(),
                 [&](const std::exception_ptr& thrown, const linkfab::Result<void>& result) {
                   if (thrown) std::rethrow_exception(thrown);
                   if (result)
                     status = EXIT_SUCCESS;
                   else
                     linkfab::log::error(format(result.error()));
                   context.stop();
                 });
  context.run();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto options = read_options(argc, argv);
    return options ? serve(*options) : EXIT_SUCCESS;
  } catch (const po::error& error) {
    std::cerr << "linkfabd: " << error.what() << "; see linkfabd --help\n";
    return usage_error;
  } catch (const std::exception& error) {
    std::cerr << "linkfabd: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
