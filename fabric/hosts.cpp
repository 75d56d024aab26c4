#include "fabric/hosts.hpp"

#include <algorithm>
#include <fstream>
#include <utility>
#include <variant>

#include "fabric/lookup.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::get;

Host read_host(const ovsdb::Row& row) {
  const auto wanted = get(row, "wanted").string();
  Host host{.name = get(row, "name").string(),
            .address = get(row, "address").string(),
            .labels = get(row, "labels").string_map(),
            .wanted = wanted == "draining"  ? Host::Wanted::draining
                      : wanted == "removed" ? Host::Wanted::removed
                                            : Host::Wanted::member,
            .version = get(row, "version").string(),
            .capabilities = get(row, "capabilities").string_map(),
            .cur_cfg = get(row, "cur_cfg").integer(),
            .cur_stats = get(row, "cur_stats").integer(),
            .beat = get(row, "beat").integer(),
            .beat_ns = get(row, "beat_ns").integer()};
  if (const auto& pid = get(row, "pid"); !pid.empty()) host.pid = pid.integer();
  for (const auto& [name, way] : get(row, "underlay").as_map())
    if (const auto* text = std::get_if<std::string>(&name))
      host.underlay.emplace(*text, std::chrono::nanoseconds{ovsdb::Datum(way).integer()});
  for (auto& error : get(row, "error").strings()) host.errors.insert(std::move(error));
  host.labels["host"] = host.name;
  return host;
}

std::string first_word(const char* file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

}  // namespace

std::string why_unheard(const std::map<std::string, Host>& hosts, const std::string& name) {
  const auto host = hosts.find(name);
  if (host != hosts.end() && host->second.answers()) return {};
  const bool silent = host != hosts.end() && host->second.silent;
  return "host " + name + (silent ? " is silent" : " has no agent");
}

std::string this_machine() {
  return first_word("/etc/machine-id") + " " + first_word("/proc/sys/kernel/random/boot_id");
}

std::map<std::string, Host> hosts(const ovsdb::Replica& replica) {
  std::map<std::string, Host> all;
  for (const auto& [uuid, row] : replica.rows("Host")) {
    auto host = read_host(row);
    all.insert_or_assign(host.name, std::move(host));
  }
  // What was said of an earlier beat is over, whoever may have died since without taking it back.
  for (const auto& [uuid, row] : replica.rows("Host"))
    for (const auto& [name, beat] : get(row, "silent").as_map())
      if (const auto* text = std::get_if<std::string>(&name))
        if (const auto host = all.find(*text); host != all.end())
          host->second.silent = host->second.silent || beat == ovsdb::Atom(host->second.beat);
  return all;
}

bool is_shared(const ovsdb::Replica& replica) {
  return std::ranges::any_of(hosts(replica), [](const auto& host) {
    const auto* shared = lookup(host.second.capabilities, "shared");
    return shared != nullptr && *shared == "true";
  });
}

std::int64_t least(const std::map<std::string, Host>& hosts, std::int64_t Host::* number) {
  std::optional<std::int64_t> least;
  for (const auto& [name, host] : hosts)
    if (host.answers()) least = std::min(least.value_or(host.*number), host.*number);
  return least.value_or(0);
}

std::int64_t least_cfg(const ovsdb::Replica& replica) {
  return least(hosts(replica), &Host::cur_cfg);
}

}  // namespace linkfab::fabric
