// A program that is run for one client of the API and ends with it: on a terminal of its own, or
// with its standard output in a pipe.
//
// It has a session of its own and none of the agent's descriptors. Starting one takes no longer
// than vfork(2) and execve(2); nothing here waits for it.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/fd.hpp"
#include "core/result.hpp"

namespace linkfab::api {

using ProgramWords = std::vector<std::string>;  // the first is a path

class ClientProgram {
 public:
  struct Size {
    unsigned short columns = 80;
    unsigned short rows = 24;
  };

  static Result<ClientProgram> on_terminal(const ProgramWords& words, Size size);
  // Its standard input is empty; what it says of errors is kept.
  static Result<ClientProgram> into_pipe(const ProgramWords& words);

  ClientProgram(ClientProgram&& other) noexcept
      : output_(std::move(other.output_)),
        errors_(std::move(other.errors_)),
        process_(std::exchange(other.process_, 0)) {}
  ClientProgram& operator=(ClientProgram&&) = delete;
  ClientProgram(const ClientProgram&) = delete;
  ClientProgram& operator=(const ClientProgram&) = delete;
  ~ClientProgram();  // as hang_up()

  // The terminal's other side, or the pipe's; does not block.
  [[nodiscard]] int descriptor() const { return output_.get(); }
  // Once, for whoever reads it and closes it.
  [[nodiscard]] Fd take_descriptor() { return std::move(output_); }

  // The beginning of what it has said of errors, of a program that writes into a pipe.
  [[nodiscard]] std::string errors() const;

  // On it and on all that it runs.
  void hang_up();
  // Waits for it to leave; kills what has not after two seconds.
  boost::asio::awaitable<void> end();

 private:
  ClientProgram(Fd output, Fd errors, pid_t process)
      : output_(std::move(output)), errors_(std::move(errors)), process_(process) {}
  Fd output_;
  Fd errors_;
  pid_t process_ = 0;
};

// Of the terminal that a descriptor is the other side of.
void resize_terminal(int descriptor, ClientProgram::Size size);

}  // namespace linkfab::api
