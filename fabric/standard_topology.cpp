#include "fabric/standard_topology.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "fabric/switch_settings.hpp"

namespace linkfab::fabric {
namespace {

constexpr std::uint64_t most_nodes = 10'000;  // hosts, and switches

class Builder {
 public:
  Builder(const StandardTopology& wanted, bool loops)
      : impairment_(wanted.impairment), ipv6_(wanted.ipv6) {
    topology_.name = wanted.shape;
    for (auto& c : topology_.name)
      if (c == ',') c = '-';
    Json::Value settings(Json::objectValue);
    for (const auto& target : wanted.controllers) settings["controller"].append(target);
    for (const auto& protocol : wanted.protocols) settings["protocols"].append(protocol);
    if (loops && wanted.controllers.empty()) settings["rstp_enable"] = true;
    settings_ = format_switch_settings(settings);
  }

  std::string add_switch(const std::string& name) {
    topology_.nodes.emplace(name, Node{.kind = NodeKind::bridge, .switch_settings = settings_});
    return name;
  }

  void add_host(const std::string& name, const std::string& at) {
    ++hosts_;
    const auto address =
        fmt::format("10.{}.{}.{}/8", hosts_ >> 16 & 0xff, hosts_ >> 8 & 0xff, hosts_ & 0xff);
    auto& host = topology_.nodes[name];
    host.interfaces["eth0"].addresses = {address};
    if (!ipv6_) host.sysctls = {{"net.ipv6.conf.all.disable_ipv6", "1"}};
    join({name, "eth0"}, next_port(at));
  }

  void add_link(const std::string& a, const std::string& b) { join(next_port(a), next_port(b)); }

  [[nodiscard]] Topology take() { return std::move(topology_); }

 private:
  Endpoint next_port(const std::string& node) {
    return {node, fmt::format("eth{}", ++ports_[node])};
  }
  void join(const Endpoint& a, const Endpoint& b) {
    topology_.nodes[a.node].interfaces[a.interface];
    topology_.nodes[b.node].interfaces[b.interface];
    topology_.links.emplace(link_name(a, b),
                            Link{.a = a, .b = b, .a_to_b = impairment_, .b_to_a = impairment_});
  }

  Topology topology_;
  Impairment impairment_;
  bool ipv6_;
  std::string settings_;
  std::map<std::string, int> ports_;
  std::uint32_t hosts_ = 0;
};

using Numbers = std::vector<std::uint64_t>;

void make_single(Builder& builder, const Numbers& n) {
  const auto s1 = builder.add_switch("s1");
  for (std::uint64_t i = 1; i <= n[0]; ++i) builder.add_host(fmt::format("h{}", i), s1);
}

void make_linear(Builder& builder, const Numbers& n) {
  for (std::uint64_t i = 1; i <= n[0]; ++i) {
    const auto here = builder.add_switch(fmt::format("s{}", i));
    for (std::uint64_t j = 1; j <= n[1]; ++j)
      builder.add_host(n[1] == 1 ? fmt::format("h{}", i) : fmt::format("h{}s{}", j, i), here);
    if (i > 1) builder.add_link(fmt::format("s{}", i - 1), here);
  }
}

struct TreeCount {
  int switches = 0;
  int hosts = 0;
};

std::string add_subtree(Builder& builder, std::uint64_t depth, std::uint64_t fanout,
                        TreeCount& count) {
  const auto here = builder.add_switch(fmt::format("s{}", ++count.switches));
  for (std::uint64_t i = 0; i < fanout; ++i) {
    if (depth == 1) {
      builder.add_host(fmt::format("h{}", ++count.hosts), here);
    } else {
      builder.add_link(here, add_subtree(builder, depth - 1, fanout, count));
    }
  }
  return here;
}

void make_tree(Builder& builder, const Numbers& n) {
  TreeCount count;
  (void)add_subtree(builder, n[0], n[1], count);
}

void make_torus(Builder& builder, const Numbers& n) {
  const auto name = [&](std::uint64_t x, std::uint64_t y) {
    return fmt::format("{}x{}", x % n[0] + 1, y % n[1] + 1);
  };
  for (std::uint64_t x = 0; x < n[0]; ++x)
    for (std::uint64_t y = 0; y < n[1]; ++y)
      builder.add_host("h" + name(x, y), builder.add_switch("s" + name(x, y)));
  for (std::uint64_t x = 0; x < n[0]; ++x)
    for (std::uint64_t y = 0; y < n[1]; ++y) {
      builder.add_link("s" + name(x, y), "s" + name(x, y + 1));
      builder.add_link("s" + name(x, y), "s" + name(x + 1, y));
    }
}

// Of Al-Fares, Loukissas and Vahdat, "A Scalable, Commodity Data Center Network Architecture"
// (SIGCOMM 2008): K pods of K/2 edge and K/2 aggregation switches, (K/2)² cores, each joined to all
// pods.
void make_fat_tree(Builder& builder, const Numbers& n) {
  const auto half = n[0] / 2;
  for (std::uint64_t core = 1; core <= half * half; ++core)
    builder.add_switch(fmt::format("c{}", core));
  std::uint64_t host = 0;
  for (std::uint64_t pod = 0; pod < n[0]; ++pod) {
    for (std::uint64_t i = 0; i < half; ++i) {
      const auto edge = builder.add_switch(fmt::format("e{}", pod * half + i + 1));
      for (std::uint64_t j = 0; j < half; ++j) builder.add_host(fmt::format("h{}", ++host), edge);
    }
    for (std::uint64_t i = 0; i < half; ++i) {
      const auto aggregation = builder.add_switch(fmt::format("a{}", pod * half + i + 1));
      for (std::uint64_t j = 0; j < half; ++j)
        builder.add_link(aggregation, fmt::format("e{}", pod * half + j + 1));
      for (std::uint64_t j = 0; j < half; ++j)
        builder.add_link(aggregation, fmt::format("c{}", i * half + j + 1));
    }
  }
}

struct Shape {
  std::string_view name;
  std::string_view usage;
  std::size_t least_numbers;
  std::uint64_t smallest;                // of each number
  std::vector<std::uint64_t> otherwise;  // for numbers that are left out
  bool loops;
  std::uint64_t (*size)(const Numbers& numbers);  // hosts or switches, whichever are more
  void (*make)(Builder& builder, const Numbers& numbers);
};

// As far as it matters whether it is too many.
std::uint64_t power(std::uint64_t base, std::uint64_t exponent) {
  std::uint64_t result = 1;
  for (; exponent > 0 && result <= most_nodes; --exponent) result *= base;
  return result;
}

const std::array<Shape, 5>& shapes() {
  static const std::array<Shape, 5> all{{
      {"single",
       "single,HOSTS",
       1,
       1,
       {0},
       false,
       [](const Numbers& n) { return n[0]; },
       make_single},
      {"linear",
       "linear,SWITCHES[,HOSTS]",
       1,
       1,
       {0, 1},
       false,
       [](const Numbers& n) { return n[0] * n[1]; },
       make_linear},
      {"tree",
       "tree,DEPTH[,FANOUT]",
       1,
       1,
       {0, 2},
       false,
       [](const Numbers& n) { return std::max(power(n[1], n[0]), n[0]); },
       make_tree},
      {"torus",
       "torus,X,Y, each from 3",
       2,
       3,
       {0, 0},
       true,
       [](const Numbers& n) { return n[0] * n[1]; },
       make_torus},
      {"fat-tree",
       "fat-tree,K, an even number from 2",
       1,
       2,
       {0},
       true,
       [](const Numbers& n) { return n[0] % 2 == 0 ? n[0] * n[0] * n[0] / 4 : most_nodes + 1; },
       make_fat_tree},
  }};
  return all;
}

std::unexpected<Error> wrong(const std::string& text, std::string cause) {
  return failure(Errc::invalid, fmt::format("make topology '{}'", text), std::move(cause));
}

// nullopt: not written as the shape is.
std::optional<Numbers> numbers_of(std::string_view text, const Shape& shape) {
  Numbers numbers;
  while (!text.empty()) {
    text.remove_prefix(1);  // a comma
    std::uint64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < shape.smallest || number > most_nodes) return std::nullopt;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    if (!text.empty() && text.front() != ',') return std::nullopt;
  }
  if (numbers.size() < shape.least_numbers || numbers.size() > shape.otherwise.size())
    return std::nullopt;
  for (auto i = numbers.size(); i < shape.otherwise.size(); ++i)
    numbers.push_back(shape.otherwise[i]);
  return numbers;
}

}  // namespace

Result<Topology> standard_topology(const StandardTopology& wanted) {
  const std::string_view text = wanted.shape;
  const auto name = text.substr(0, text.find(','));
  for (const auto& shape : shapes()) {
    if (shape.name != name) continue;
    const auto numbers = numbers_of(text.substr(name.size()), shape);
    if (!numbers) return wrong(wanted.shape, fmt::format("write {}", shape.usage));
    if (shape.size(*numbers) > most_nodes)
      return wrong(wanted.shape,
                   fmt::format("write {}; at most {} hosts and switches", shape.usage, most_nodes));
    Builder builder(wanted, shape.loops);
    shape.make(builder, *numbers);
    return builder.take();
  }
  return wrong(wanted.shape, "there are single, linear, tree, torus and fat-tree");
}

}  // namespace linkfab::fabric
