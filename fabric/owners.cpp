#include "fabric/owners.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include "containers/process.hpp"
#include "fabric/edit.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {

using boost::asio::posix::stream_descriptor;

// It outlives us in a handler that is under way, which does nothing once there are no rows.
struct Owners::Watch {
  explicit Watch(const boost::asio::any_io_executor& executor) : process(executor) {}
  void end() {
    rows = 0;
    boost::system::error_code ignored;
    (void)process.close(ignored);
  }
  stream_descriptor process;
  int rows = 0;
  bool ended = true;
};

Owners::Owners(boost::asio::any_io_executor executor, std::function<void()> on_end)
    : executor_(std::move(executor)), on_end_(std::move(on_end)) {}

Owners::~Owners() {
  for (auto& [owner, watch] : watches_) watch->end();
}

void Owners::follow(const ovsdb::Uuid& row, const std::string& owner) {
  const auto known = rows_.find(row);
  if (known != rows_.end() && known->second == owner) return;
  if (const auto former = rows_.extract(row)) {
    const auto watch = watches_.find(former.mapped());
    if (--watch->second->rows == 0) {
      watch->second->end();
      watches_.erase(watch);
    }
  }
  if (owner.empty()) return;
  rows_.emplace(row, owner);
  auto& watch = watches_[owner];
  if (!watch) {
    watch = std::make_shared<Watch>(executor_);
    const auto process = containers::parse_process_id(owner);
    auto descriptor =
        process ? containers::watch(*process) : failure(Errc::invalid, "watch " + owner, {});
    if (descriptor) {
      watch->ended = false;
      watch->process.assign(descriptor->release());
      watch->process.async_wait(stream_descriptor::wait_read,
                                [this, watch](const boost::system::error_code& cancelled) {
                                  if (cancelled || watch->rows == 0) return;
                                  watch->ended = true;
                                  on_end_();
                                });
    }
  }
  ++watch->rows;
}

void Owners::apply(const ovsdb::Changes& changes, const IsHere& is_here) {
  for (const auto& change : changes)
    if (change.table == "Node" || change.table == "Link")
      follow(change.uuid,
             is_here(change.after) ? ovsdb::get(change.after, "owner").string() : std::string());
}

std::set<std::string> Owners::ended() const {
  std::set<std::string> owners;
  for (const auto& [owner, watch] : watches_)
    if (watch->ended) owners.insert(owner);
  return owners;
}

void erase_owned(ovsdb::Transaction& change, const std::string& owner, const std::string& host) {
  auto where = ovsdb::by_column("owner", owner);
  if (!host.empty()) where.push_back(ovsdb::by_column("host", host).front());
  for (const char* table : {"Node", "Link"}) change.erase(table, where);
}

ovsdb::Transaction remove_owned(const std::set<std::string>& owners, const std::string& host) {
  ovsdb::Transaction change{database};
  for (const auto& owner : owners) erase_owned(change, owner, host);
  change.comment("linkfabd: rows of a process that has ended");
  close_change(change, true);
  return change;
}

}  // namespace linkfab::fabric
