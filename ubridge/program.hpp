// All of ubridge but what carries the frames: reads the command line, runs the hypervisor or the
// .ini file until it is told to end, and returns the exit status.
//
// It ends at SIGTERM, SIGINT and `hypervisor stop`, every bridge taken away before; SIGPIPE does
// nothing; SIGHUP reads the .ini file again. It never goes into the background. Exit statuses are
// ubridge's: 1 for a wrong option, 0 for everything else, even where it could not listen.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "ubridge/command.hpp"
#include "ubridge/effects.hpp"
#include "ubridge/options.hpp"

namespace linkfab::ubridge {

// Makes what carries the frames, once it is known that bridges are going to be wanted. What it
// needs of a loop runs on the executor; a call of the effects blocks the loop while it lasts.
using MakeEffects = std::function<std::unique_ptr<Effects>(boost::asio::any_io_executor executor,
                                                           const Options& options, const Log& log)>;

// The first of `arguments` is the program's name. Where the effects cannot be made, `make` throws.
int run_program(std::span<const std::string> arguments, const MakeEffects& make);

}  // namespace linkfab::ubridge
