// The Docker Engine API over its Unix socket: the containers, and only what linkfab needs of them.
//
// Works with dockerd and with Podman's compatible socket. The API version is agreed at connect()
// (GET /version): the newest that both know. Each call is its own HTTP exchange; nothing is retried
// here. Error texts carry the engine's own message ("No such image: …"). Codes: 404 not_found, 409
// conflict, 304 is success, 403 denied, no socket or refused connection unreachable, EACCES on the
// socket denied, 5xx failed.
//
// Source: Docker Engine API v1.24 to v1.4x, docs.docker.com/engine/api.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"

namespace linkfab::containers {

// What a container is made from.
struct ContainerSpec {
  std::string name;
  std::string image;
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::vector<std::string> binds;  // "/host:/container[:ro]"
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> sysctls;
  std::vector<std::string> capabilities;  // added: "NET_ADMIN"
  std::string hostname;
  std::string user;
  std::string working_directory;
  bool privileged = false;
  // a terminal, and standard input kept open: a shell as command stays
  bool terminal = false;
  std::uint64_t memory = 0;  // bytes; 0: no bound
  double cpus = 0;           // 0: no bound
  bool operator==(const ContainerSpec&) const = default;
};

enum class ContainerState { created, running, paused, restarting, removing, exited, dead };

struct Container {
  std::string id;
  std::string name;  // without the leading '/'
  std::string image;
  ContainerState state = ContainerState::created;
  int pid = 0;  // 0: not running. list() does not know it, inspect() does
  int exit_code = 0;
  std::string error;  // the engine's, of the last start
  std::string started_at;
  std::map<std::string, std::string> labels;
  bool operator==(const Container&) const = default;
};

struct Image {
  std::string id;
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
};

struct EngineInfo {
  std::string name;  // "Docker Engine", "Podman Engine"
  std::string version;
  std::string api_version;  // agreed
};

// Of type "container": "create", "start", "die", "pause", "unpause", "destroy", "oom" …
struct ContainerEvent {
  std::string action;
  std::string id;
  std::string name;
  std::map<std::string, std::string> attributes;  // labels too
};

struct ExecSpec {
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::string user;
  std::string working_directory;
  bool tty = false;
  bool stdin_open = false;
};

class Engine {
 public:
  Engine(boost::asio::any_io_executor executor, std::string socket_path);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Where an engine is expected: $DOCKER_HOST (unix:// only), /run/docker.sock,
  // /var/run/docker.sock, /run/podman/podman.sock: the first that exists, else
  // /var/run/docker.sock.
  static std::string default_socket();

  boost::asio::awaitable<Result<EngineInfo>> connect();

  // All containers, running or not, with this label value ("key=value" or "key").
  boost::asio::awaitable<Result<std::vector<Container>>> list(std::string label);
  boost::asio::awaitable<Result<Container>> inspect(std::string id_or_name);
  // not_found: not present locally
  boost::asio::awaitable<Result<Image>> image(std::string reference);
  // Done when the image is there. `progress` gets lines such as "layer 3 of 7, 41 MB of 90 MB".
  boost::asio::awaitable<Result<void>> pull(std::string reference,
                                            std::function<void(const std::string&)> progress);

  // NetworkMode "none" always; a restart policy never: who restarts is decided elsewhere. Returns
  // the id.
  boost::asio::awaitable<Result<std::string>> create(ContainerSpec spec);
  boost::asio::awaitable<Result<void>> start(std::string id);
  boost::asio::awaitable<Result<void>> stop(std::string id, std::chrono::seconds grace);
  boost::asio::awaitable<Result<void>> restart(std::string id, std::chrono::seconds grace);
  boost::asio::awaitable<Result<void>> pause(std::string id);
  boost::asio::awaitable<Result<void>> unpause(std::string id);
  // forced, with its anonymous volumes; gone already is success
  boost::asio::awaitable<Result<void>> remove(std::string id);

  // Runs until the connection ends (Errc::unreachable) and reports every event of a container with
  // that label. `subscribed` is called when the engine has accepted, so that a list() made after it
  // misses nothing.
  boost::asio::awaitable<Result<void>> events(std::string label, std::function<void()> subscribed,
                                              std::function<void(const ContainerEvent&)> event);

  // Runs a command in a container with this process's standard streams and returns its exit status;
  // with a tty the terminal is raw for as long as it runs, and its size is followed (SIGWINCH).
  boost::asio::awaitable<Result<int>> exec(std::string id, ExecSpec spec);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace linkfab::containers
