// linkfab set: impairments of a link or of a segment's members.
#include "tools/cli/set.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/rows.hpp"
#include "netem/frame_filter.hpp"
#include "netem/preset.hpp"
#include "netem/samples.hpp"
#include "netem/traffic_class.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/change_link.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/sample_file.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

Result<std::size_t> find_end(const FoundLink& link, const std::string& option,
                             const std::string& text) {
  std::vector<std::optional<fabric::Endpoint>> ends;
  for (const auto& end : link.ends) ends.push_back(end.endpoint);
  return cli::find_end(link.object(), ends, option, text);
}

// The ends toward which frames are impaired.
Result<std::vector<std::size_t>> chosen_ends(const FoundLink& link, const Invocation& invocation) {
  const auto from = invocation.value("from");
  const auto to = invocation.value("to");
  if (!from.empty() && link.segment)
    return failure(Errc::invalid, "set " + link.object(),
                   "an impairment of a segment is toward a member; use --to NODE:IF");
  std::vector<std::size_t> chosen;
  if (!from.empty()) {
    const auto end = find_end(link, "from", from);
    if (!end) return std::unexpected(end.error());
    chosen.push_back(1 - *end);
  }
  if (!to.empty()) {
    const auto end = find_end(link, "to", to);
    if (!end) return std::unexpected(end.error());
    if (!chosen.empty() && chosen.front() != *end)
      return failure(Errc::invalid, "set " + link.object(), "--from and --to name the same end");
    chosen = {*end};
  }
  if (chosen.empty() && from.empty())
    for (std::size_t i = 0; i < link.ends.size(); ++i) chosen.push_back(i);
  return chosen;
}

// What the command line wants of a direction, in this order: a preset in place of what was there,
// the delays of a file, single options. Nothing of it: no impairment at all.
struct Wanted {
  const netem::Preset* preset = nullptr;
  std::optional<netem::SampledDelay> samples;
  std::vector<Setting> settings;
  std::string match;             // of a class; empty: of all frames
  bool impairments = true;       // something of the above is wanted, and be it nothing
  std::optional<bool> underlay;  // to be subtracted; nullopt: as it is

  [[nodiscard]] Result<netem::Impairment> apply_to_class(netem::Impairment to) const {
    netem::TrafficClass traffic{.match = match, .priority = 0, .impairment = {}};
    if (const auto* there = netem::find_class(to, match)) traffic = *there;
    for (const auto& [key, value] : settings)
      if (auto done = netem::set_class_option(traffic, key, value); !done)
        return std::unexpected(done.error());
    if (samples) netem::apply(*samples, traffic.impairment);
    if (settings.empty() && !samples) {
      netem::erase_class(to, match);
    } else {
      netem::put_class(to, std::move(traffic));
    }
    if (auto valid = netem::validate(to); !valid) return std::unexpected(valid.error());
    return to;
  }

  [[nodiscard]] Result<netem::Impairment> apply(netem::Impairment to,
                                                netem::PresetDirection direction) const {
    if (!match.empty()) return apply_to_class(std::move(to));
    if (preset != nullptr) to = netem::impairment(*preset, direction);
    if (samples) netem::apply(*samples, to);
    if (settings.empty() && (preset != nullptr || samples)) return to;
    return apply_settings(std::move(to), settings);
  }
};

// LINK... KEY=VALUE... or LINK... none: the links, and what is behind them.
using Words = std::vector<std::string>;
std::pair<Words, Words> split(const Words& words) {
  auto first = std::ranges::find_if(
      words, [](const std::string& word) { return word.find('=') != std::string::npos; });
  if (first == words.end() && words.size() > 1 && words.back() == "none") --first;
  if (first == words.begin()) throw UsageError("LINK is missing before " + words.front());
  return {Words(words.begin(), first), Words(first, words.end())};
}

Result<Wanted> read_wanted(const Invocation& invocation, const Words& words) {
  Wanted wanted;
  wanted.underlay = subtracts_underlay(invocation);
  wanted.impairments = !words.empty() || invocation.has("preset") || invocation.has("samples");
  if (!wanted.impairments && !wanted.underlay)
    throw UsageError("there is nothing to set; give KEY=VALUE, --preset, --samples or --underlay");
  auto settings = parse_settings(words);
  if (!settings) return std::unexpected(settings.error());
  wanted.settings = *std::move(settings);
  if (invocation.has("match")) {
    wanted.match = invocation.value("match");
    if (invocation.has("preset"))
      throw UsageError("--match is for one class of frames and --preset for a whole line");
    if (auto good = netem::compile_filter(wanted.match); !good)
      return std::unexpected(good.error());
  }
  if (invocation.has("preset")) {
    const auto preset = netem::find_preset(invocation.value("preset"));
    if (!preset) return std::unexpected(preset.error());
    wanted.preset = *preset;
  } else if (invocation.has("subscriber")) {
    throw UsageError("--subscriber says which end of a --preset the subscriber is");
  }
  if (invocation.has("samples")) {
    auto sampled = read_sample_file(invocation.value("samples"));
    if (!sampled) return std::unexpected(sampled.error());
    wanted.samples = std::move(sampled->delay);
  }
  return wanted;
}

// The subscriber of a preset: the end that was named, else b of a link, and all of a segment.
Result<std::optional<std::size_t>> find_subscriber(const FoundLink& link,
                                                   const Invocation& invocation) {
  const auto named = invocation.value("subscriber");
  if (named.empty()) return link.segment ? std::nullopt : std::optional(link.ends.size() - 1);
  if (link.segment)
    return failure(Errc::invalid, "set " + link.object(),
                   "every member of a segment is a subscriber; leave --subscriber out");
  const auto end = find_end(link, "subscriber", named);
  if (!end) return std::unexpected(end.error());
  return *end;
}

void touch(fabric::Touched& touched, const FoundLink& link, std::size_t end,
           const netem::Impairment& before, const netem::Impairment& after) {
  const auto put = [&](fabric::Topology& lab, const netem::Impairment& impairment) {
    if (link.segment)
      lab.segments[link.name].members[link.ends[end].endpoint.value_or(fabric::Endpoint{})] =
          impairment;
    else
      (end == 0 ? lab.links[link.name].b_to_a : lab.links[link.name].a_to_b) = impairment;
  };
  put(touched.before, before);
  put(touched.after, after);
}

Result<bool> change_ends(ovsdb::Transaction& change, fabric::Touched& touched,
                         const FoundLink& link, const std::vector<std::size_t>& ends,
                         const Wanted& settings, std::optional<std::size_t> subscriber) {
  bool changed = false;
  for (const auto i : ends) {
    const auto& end = link.ends[i];
    netem::Impairment impairment;
    if (end.impairment) {
      auto decoded = fabric::decode_impairment(*end.impairment);
      if (decoded) impairment = std::move(*decoded);
    }
    const auto direction =
        !subscriber || i == *subscriber ? netem::PresetDirection::down : netem::PresetDirection::up;
    auto wanted = settings.apply(impairment, direction);
    if (!wanted) return std::unexpected(wanted.error());
    touch(touched, link, i, impairment, *wanted);
    // A row that both directions of a link refer to stays as it is: each gets its own.
    const bool shared = std::ranges::count_if(link.ends, [&](const FoundEnd& other) {
                          return other.direction.impairment == end.direction.impairment;
                        }) > 1;
    const auto* row = end.impairment && !shared ? &*end.impairment : nullptr;
    changed = fabric::change_impairment(change, end.direction, row, *wanted) || changed;
  }
  return changed;
}

Result<bool> change_underlay(ovsdb::Transaction& change, fabric::Touched& touched,
                             const FoundLink& link, bool subtract) {
  if (link.segment)
    return failure(Errc::invalid, "set " + link.object(),
                   "frames toward a member come by several ways; --underlay is of links");
  touched.before.links[link.name].subtract_underlay = link.subtract_underlay;
  touched.after.links[link.name].subtract_underlay = subtract;
  if (link.subtract_underlay == subtract) return false;
  const auto where = ovsdb::by_uuid(link.row);
  change.require_exists("Link", where);
  change.update("Link", where, {{"underlay", fabric::underlay_column(subtract)}});
  return true;
}

// One transaction for all of them; false: there is nothing to change.
Result<bool> change_links(ovsdb::Transaction& change, fabric::Touched& touched,
                          const std::vector<FoundLink>& links, const Invocation& invocation,
                          const Wanted& wanted) {
  bool any = false;
  for (const auto& link : links) {
    const auto ends = chosen_ends(link, invocation);
    if (!ends) return std::unexpected(ends.error());
    const auto subscriber = find_subscriber(link, invocation);
    if (!subscriber) return std::unexpected(subscriber.error());
    if (wanted.underlay) {
      const auto changed = change_underlay(change, touched, link, *wanted.underlay);
      if (!changed) return std::unexpected(changed.error());
      any = any || *changed;
    }
    if (!wanted.impairments) continue;
    const auto changed = change_ends(change, touched, link, *ends, wanted, *subscriber);
    if (!changed) return std::unexpected(changed.error());
    any = any || *changed;
  }
  return any;
}

// Does anything need the names of the ends? Of a segment they are what a change is of.
bool needs_ends(const Invocation& invocation, const std::vector<FoundLink>& links) {
  return std::ranges::any_of(std::array{"from", "to", "subscriber"},
                             [&](const char* option) { return invocation.has(option); }) ||
         std::ranges::any_of(links, &FoundLink::segment);
}

Result<int> set(const Invocation& invocation) {
  const auto [texts, words] = split(invocation.words);
  auto wanted = read_wanted(invocation, words);
  if (!wanted) return std::unexpected(wanted.error());
  return run_change(invocation, [&](Client& client) -> awaitable<Result<int>> {
    auto found = co_await find_links(client, texts);
    if (!found) co_return std::unexpected(found.error());
    auto completing = needs_ends(invocation, *found)
                          ? complete(client, std::move(*found))
                          : complete_impairments(client, std::move(*found));
    const auto links = co_await std::move(completing);
    if (!links) co_return std::unexpected(links.error());
    ovsdb::Transaction change{fabric::database};
    fabric::Touched touched;
    const auto changed = change_links(change, touched, *links, invocation, *wanted);
    if (!changed) co_return std::unexpected(changed.error());
    if (*changed) {
      change.comment(fmt::format("linkfab: set {}", fmt::join(texts, " ")));
      close_recorded(change, client, invocation, {.verb = "set"}, touched);
      auto done = co_await client.commit(std::move(change));
      if (!done) co_return std::unexpected(done.error());
    } else if (auto confirmed = co_await client.confirm(); !confirmed) {
      co_return std::unexpected(confirmed.error());
    }
    co_return co_await report_links(client, invocation, texts, *links);
  });
}

std::string option_table() {
  std::string text = "\nKeys:\n";
  for (const auto& [key, values] : netem::option_names())
    text += fmt::format("  {:<22} {}\n", key, values);
  return text;
}

}  // namespace

const Option underlay_option{"underlay", "add|subtract",
                             "whether the network between hosts adds to a link's delay"};

std::optional<bool> subtracts_underlay(const Invocation& invocation) {
  if (!invocation.has("underlay")) return std::nullopt;
  const auto word = invocation.value("underlay");
  if (word != "add" && word != "subtract")
    throw UsageError(fmt::format("--underlay {}: write add or subtract", word));
  return word == "subtract";
}

Result<std::vector<Setting>> parse_settings(const std::vector<std::string>& words) {
  std::vector<Setting> settings;
  for (const auto& word : words) {
    if (word == "none" && words.size() == 1) return settings;
    const auto equals = word.find('=');
    if (equals == std::string::npos)
      throw UsageError(fmt::format("'{}' is not KEY=VALUE, for example delay=20ms", word));
    settings.push_back({word.substr(0, equals), word.substr(equals + 1)});
  }
  return settings;
}

Result<netem::Impairment> apply_settings(netem::Impairment impairment,
                                         const std::vector<Setting>& settings) {
  if (settings.empty()) return netem::Impairment{};
  for (const auto& [key, value] : settings)
    if (auto done = netem::set_option(impairment, key, value); !done)
      return std::unexpected(done.error());
  if (auto valid = netem::validate(impairment); !valid) return std::unexpected(valid.error());
  return impairment;
}

const Command set_command{
    .name = "set",
    .group = "Links",
    .synopsis =
        "LINK... [--from NODE[:IF] | --to NODE[:IF]] [--match FILTER] [--preset NAME] "
        "[--samples FILE] [--underlay add|subtract] [KEY=VALUE...]",
    .summary = "Set delay, loss, rate and other impairments of running links or segments",
    .text =
        "What is not named keeps its value. Without --from and --to both directions of a link "
        "change, and all\n"
        "members of a segment. KEY=none clears one key, the single word `none` clears all.\n"
        "LINK is a link's or segment's name, its ends (r1:eth0--r2:eth0, r1--r2), one interface "
        "(r1:eth0), or a\n"
        "pattern of names ('r1:*--*'). Several are set at the same time, or none of them.\n"
        "\n"
        "A preset replaces what was there; KEY=VALUE beside it change the preset. Toward the "
        "subscriber goes its\n"
        "down direction, from it up; that is the link's second end unless --subscriber names "
        "another.\n"
        "\n"
        "--match sets what one class of frames undergoes after what all undergo; other frames do "
        "not notice. FILTER is\n"
        "as in tcpdump, or a match as in ovs-ofctl: udp,tp_dst=5060, which looks behind a VLAN "
        "tag, too. A frame belongs\n"
        "to the first class that matches it, by priority=NUMBER (0 where not given, the highest "
        "first). `none` takes the\n"
        "class away. A direction has at most 15.\n"
        "--samples sets delay, jitter and distribution to repeat the delays of a file, see "
        "`linkfab distribution`.\n"
        "\n"
        "--underlay subtract makes a link's delay that of the whole way also where its ends are on "
        "two hosts: what the\n"
        "network between them takes is measured, subtracted and followed. It is of both directions "
        "and has no effect on one\n"
        "host; add takes it back.\n",
    .examples =
        "  linkfab set r1--r2 delay=20ms jitter=2ms loss=1%\n"
        "  linkfab set r1:eth0 --from r1 rate=10mbit     only frames that r1 sends\n"
        "  linkfab set lan --to r3:eth0 delay=50ms       frames that a segment sends to r3\n"
        "  linkfab set r1--r2 loss=none                  the delay stays\n"
        "  linkfab set 'wan-*' r3--r4 delay=80ms         several at the same time\n"
        "  linkfab set r1--r2 --match 'udp and dst port 5060' delay=80ms\n"
        "  linkfab set r1--r2 --from r1 --match 'ip proto 89' loss=100%     no OSPF from r1\n"
        "  linkfab set r1--r2 --match 'arp[6:2] = 2' drop-every=100         every 100th ARP reply\n"
        "  linkfab set r1--r2 --match udp,tp_dst=5060 delay=80ms            in VLANs as well\n"
        "  linkfab set r1--r2 rate=20mbit queue=fq_codel:target=5ms,ecn=yes\n"
        "  linkfab set r1--r2 rate=10mbit burst=32kb     so much at once, then the rate\n"
        "  linkfab set r1--r2 none                       a perfect cable again\n"
        "  linkfab set r1--r2 --preset dsl --subscriber r1\n"
        "  linkfab set r1--r2 --samples ping.txt loss=0.1%\n"
        "  linkfab set wan --underlay subtract delay=20ms    with the network between two hosts\n",
    .options = {{"from", "NODE[:IF]", "only frames that this end of a link sends"},
                {"to", "NODE[:IF]", "only frames toward this interface"},
                {"match", "FILTER",
                 "only frames that it matches, as in pcap-filter(7) or ovs-ofctl(8)"},
                {"preset", "NAME", "a known kind of line; `linkfab presets` lists them"},
                {"subscriber", "END", "NODE[:IF], the end that has the subscriber"},
                {"samples", "FILE", "delays to be repeated; - for standard input"},
                underlay_option,
                no_wait_option,
                timeout_option,
                json_option},
    .least_words = 1,
    .most_words = 1000,
    .more_text = option_table,
    .run = set,
};

}  // namespace linkfab::cli
