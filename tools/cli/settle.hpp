// Waits until all is as it is wanted, and tells the person in front of the terminal how far it has
// come.
#pragma once

#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/lab_view.hpp"
#include "tools/cli/client.hpp"

namespace linkfab::cli {

// "nodes 3 of 5, links 2 of 4; waiting for node r2 (layer 3 of 7, 41 MB of 90 MB), node r3
// (starting)"
[[nodiscard]] std::string progress_text(const fabric::LabView& lab,
                                        const fabric::Progress& progress);

// Done when nothing is waited for any more; what keeps the whole fabric back is given five seconds
// to pass. `stop` is looked at on every change: true gives up with
// Errc::failed.
boost::asio::awaitable<Result<void>> settle(Client& client, std::function<fabric::LabView()> look,
                                            std::function<bool()> stop = {});

// "linkfab: node r2: start container: ..." for each; the exit status.
int report_errors(const fabric::Progress& progress);

}  // namespace linkfab::cli
