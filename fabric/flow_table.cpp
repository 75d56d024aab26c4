#include "fabric/flow_table.hpp"

#include "fabric/names.hpp"

namespace linkfab::fabric {
namespace {

namespace asio = boost::asio;
using openflow::Modification;

const std::vector<openflow::TableId> learned_tables{learned_table};
const std::vector<openflow::TableId> watched_tables{port_table, learn_table, lookup_table,
                                                    output_table};

void append(Tables& all, const Tables& more) {
  all.flows.insert(all.flows.end(), more.flows.begin(), more.flows.end());
  all.groups.insert(all.groups.end(), more.groups.begin(), more.groups.end());
}

}  // namespace

FlowTable::FlowTable(asio::any_io_executor executor, std::string socket)
    : executor_(std::move(executor)), socket_(std::move(socket)) {}

void FlowTable::on_closed(std::function<void(const Error&)> callback) {
  closed_ = std::move(callback);
}

void FlowTable::on_foreign_change(std::function<void()> callback) {
  foreign_change_ = std::move(callback);
}

asio::awaitable<Result<void>> FlowTable::connect(std::chrono::milliseconds limit) {
  tables_.clear();
  session_ = std::make_unique<openflow::Session>(executor_);
  session_->on_closed([this](const Error& reason) {
    if (closed_) closed_(reason);
  });
  if (auto connected = co_await session_->connect(socket_, limit); !connected)
    co_return std::unexpected(connected.error());
  session_->on_foreign_change([this] {
    if (foreign_change_) foreign_change_();
  });
  const auto watched = co_await session_->watch(watched_tables);
  watched_ = watched.has_value();
  if (!watched && watched.error().code != Errc::refused) co_return watched;
  co_return co_await observe();
}

asio::awaitable<Result<void>> FlowTable::observe() {
  auto flows = co_await session_->flows(cookie_owner, cookie_mask);
  if (!flows) co_return std::unexpected(flows.error());
  auto groups = co_await session_->groups();
  if (!groups) co_return std::unexpected(groups.error());
  found_flows_.clear();
  for (auto& stats : *flows) found_flows_.push_back(std::move(stats.flow));
  found_groups_ = std::move(*groups);
  tables_.clear();
  co_return Result<void>{};
}

bool FlowTable::connected() const {
  return session_ && session_->connected();
}

asio::awaitable<Result<void>> FlowTable::replace_all(const WantedTables& wanted) {
  Tables want;
  for (const auto& [owner, tables] : wanted) append(want, tables);
  Tables have{.flows = found_flows_, .groups = found_groups_};
  for (const auto& [owner, tables] : tables_) append(have, tables);
  const auto modifications = openflow::difference(want.flows, want.groups, have.flows, have.groups,
                                                  cookie_owner, cookie_mask, learned_tables);
  if (auto done = co_await session_->commit(modifications); !done) co_return done;
  found_flows_.clear();
  found_groups_.clear();
  tables_ = wanted;
  co_return Result<void>{};
}

std::vector<Modification> FlowTable::difference(const WantedTables& wanted) const {
  Tables want;
  Tables have;
  for (const auto& [owner, tables] : wanted) {
    append(want, tables);
    if (const auto found = tables_.find(owner); found != tables_.end()) append(have, found->second);
  }
  return openflow::difference(want.flows, want.groups, have.flows, have.groups, cookie_owner,
                              cookie_mask, learned_tables);
}

void FlowTable::installed(const std::string& owner, const Tables& tables) {
  if (tables == Tables{}) {
    tables_.erase(owner);
  } else {
    tables_[owner] = tables;
  }
}

asio::awaitable<std::map<std::string, Error>> FlowTable::change(const WantedTables& wanted) {
  std::map<std::string, Error> failed;
  // Compared as one: a port that goes from one link to another is one flow that changes.
  const auto modifications = difference(wanted);
  const bool alone = wanted.size() == 1;
  // Not as a conditional expression: GCC 12 destroys the result of a co_await in one twice.
  Result<void> done;
  if (alone)
    done = co_await session_->apply(modifications);
  else
    done = co_await session_->commit(modifications);
  // One that is refused takes the others along; a switch that does not answer would let each of
  // them wait.
  const bool one_by_one = !done && !alone && done.error().code == Errc::refused;
  for (const auto& [owner, tables] : wanted) {
    if (one_by_one) {
      WantedTables one;
      one.emplace(owner, tables);
      const auto own_modifications = difference(one);
      const auto own = co_await session_->commit(own_modifications);
      if (!own) failed.emplace(owner, own.error());
    } else if (!done) {
      failed.emplace(owner, done.error());
    }
    if (!failed.contains(owner)) installed(owner, tables);
  }
  co_return failed;
}

asio::awaitable<Result<void>> FlowTable::unlearn(const std::string& segment) {
  std::vector<Modification> forget;
  forget.emplace_back(
      openflow::DeleteFlowsByCookie{.cookie = cookie(segment), .table = learned_table});
  co_return co_await session_->apply(forget);
}

std::size_t FlowTable::flow_count() const {
  std::size_t count = 0;
  for (const auto& [owner, tables] : tables_) count += tables.flows.size();
  return count;
}

}  // namespace linkfab::fabric
