#include "api/metrics.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <string_view>
#include <utility>
#include <vector>

namespace linkfab::api {
namespace {

using fabric::InterfaceCounters;
using fabric::Measurements;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr std::array node_states{"pending", "starting", "running", "paused", "stopped", "error"};
constexpr std::array link_states{"up", "cut", "down", "dangling", "error"};

ClientMetric sample(MetricType type, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (type == MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  return metric;
}

template <class Value>
double number(Value value) {
  return static_cast<double>(value);
}

class Page {
 public:
  void single(MetricType type, const char* name, const char* help, double value,
              Labels labels = {}) {
    add(type, name, help).push_back(sample(type, std::move(labels), value));
  }
  void interfaces(const Measurements& measured);
  void classes(const Measurements& measured);
  void states(const Measurements& measured);
  void steps(const fabric::DurationHistogram& steps);
  [[nodiscard]] std::string text() const {
    return prometheus::TextSerializer().Serialize(families_);
  }

 private:
  std::vector<ClientMetric>& add(MetricType type, const char* name, const char* help) {
    return families_.emplace_back(MetricFamily{name, help, type, {}}).metric;
  }

  std::vector<MetricFamily> families_;
};

// One value of every interface that has a device; those of a family that is split have a cause too.
struct Series {
  MetricType type;
  const char* name;
  const char* help;
  const char* cause;  // nullptr: no such label
  double (*value)(const InterfaceCounters& counters);
};

constexpr const char* receive_drops = "linkfab_interface_receive_drops_total";
constexpr const char* transmit_drops = "linkfab_interface_transmit_drops_total";
constexpr const char* receive_help =
    "Frames toward the node that did not reach it: lost by the impairment (or marked, with ecn), "
    "refused by the node's device, which is down or has a smaller MTU, or too long for the fabric "
    "(error).";
constexpr const char* transmit_help =
    "Frames of the node that the fabric did not take: its end was down, or they were too long.";

constexpr Series series[] = {
    {MetricType::Counter, "linkfab_interface_receive_frames_total", "Frames that reached the node.",
     nullptr, [](const InterfaceCounters& its) { return number(its.received.packets); }},
    {MetricType::Counter, "linkfab_interface_receive_bytes_total", "Bytes that reached the node.",
     nullptr, [](const InterfaceCounters& its) { return number(its.received.bytes); }},
    {MetricType::Counter, "linkfab_interface_transmit_frames_total", "Frames that the node sent.",
     nullptr, [](const InterfaceCounters& its) { return number(its.sent.packets); }},
    {MetricType::Counter, "linkfab_interface_transmit_bytes_total", "Bytes that the node sent.",
     nullptr, [](const InterfaceCounters& its) { return number(its.sent.bytes); }},
    {MetricType::Counter, receive_drops, receive_help, "impairment",
     [](const InterfaceCounters& its) { return its.queue ? number(its.queue->drops) : 0.0; }},
    {MetricType::Counter, receive_drops, receive_help, "refused",
     [](const InterfaceCounters& its) { return number(its.received.dropped); }},
    {MetricType::Counter, receive_drops, receive_help, "error",
     [](const InterfaceCounters& its) { return number(its.received.errors); }},
    {MetricType::Counter, transmit_drops, transmit_help, "refused",
     [](const InterfaceCounters& its) { return number(its.sent.dropped); }},
    {MetricType::Counter, transmit_drops, transmit_help, "error",
     [](const InterfaceCounters& its) { return number(its.sent.errors); }},
    {MetricType::Gauge, "linkfab_interface_queue_frames",
     "Frames in the queue of the impairment toward the node.", nullptr,
     [](const InterfaceCounters& its) { return its.queue ? number(its.queue->packets) : 0.0; }},
    {MetricType::Gauge, "linkfab_interface_queue_bytes",
     "Bytes in the queue of the impairment toward the node.", nullptr,
     [](const InterfaceCounters& its) { return its.queue ? number(its.queue->bytes) : 0.0; }},
    {MetricType::Counter, "linkfab_interface_carrier_changes_total",
     "How often the carrier came or went.", nullptr,
     [](const InterfaceCounters& its) { return number(its.carrier_changes); }},
};

Labels labels_of(const Measurements::Interface& interface) {
  return {{"interface", interface.endpoint.interface},
          {"link", interface.attached},
          {"node", interface.endpoint.node}};
}

void Page::interfaces(const Measurements& measured) {
  auto& up = add(MetricType::Gauge, "linkfab_interface_up", "1: the node has a carrier.");
  up.reserve(measured.interfaces.size());
  for (const auto& interface : measured.interfaces)
    up.push_back(sample(MetricType::Gauge, labels_of(interface), interface.up ? 1 : 0));
  for (const auto& one : series) {
    const bool same_family = families_.back().name == one.name;
    auto& metrics = same_family ? families_.back().metric : add(one.type, one.name, one.help);
    metrics.reserve(metrics.size() + measured.interfaces.size());
    for (const auto& interface : measured.interfaces) {
      if (!interface.counters) continue;
      auto labels = labels_of(interface);
      if (one.cause != nullptr) labels.push_back({"cause", one.cause});
      metrics.push_back(sample(one.type, std::move(labels), one.value(*interface.counters)));
    }
  }
}

void Page::classes(const Measurements& measured) {
  using Class = InterfaceCounters::Class;
  struct ClassSeries {
    const char* name;
    const char* help;
    std::uint64_t Class::* value;
  };
  constexpr ClassSeries all[] = {
      {"linkfab_class_frames_total", "Frames of a class that were passed on.", &Class::packets},
      {"linkfab_class_bytes_total", "Bytes of a class that were passed on.", &Class::bytes},
      {"linkfab_class_drops_total", "Frames of a class that its impairment lost.",
       &Class::dropped}};
  if (std::ranges::none_of(measured.interfaces, [](const auto& interface) {
        return interface.counters && !interface.counters->classes.empty();
      }))
    return;
  for (const auto& one : all) {
    auto& metrics = add(MetricType::Counter, one.name, one.help);
    for (const auto& interface : measured.interfaces) {
      if (!interface.counters) continue;
      for (const auto& its : interface.counters->classes) {
        auto labels = labels_of(interface);
        labels.push_back({"class", its.match});
        metrics.push_back(sample(MetricType::Counter, std::move(labels), number(its.*one.value)));
      }
    }
  }
}

void add_states(std::vector<ClientMetric>& metrics, const char* what, const std::string& name,
                const std::string& kind, const auto& states, std::string_view state) {
  for (const char* each : states)
    metrics.push_back(sample(MetricType::Gauge, {{what, name}, {"kind", kind}, {"state", each}},
                             state == each ? 1 : 0));
}

void Page::states(const Measurements& measured) {
  auto& nodes = add(MetricType::Gauge, "linkfab_node_state",
                    "1: the node is in this state. Each node has one.");
  for (const auto& [name, kind, state] : measured.nodes)
    add_states(nodes, "node", name, kind, node_states, state);
  auto& links = add(MetricType::Gauge, "linkfab_link_state",
                    "1: the link or segment is in this state. Each has one.");
  for (const auto& [name, kind, state] : measured.links)
    add_states(links, "link", name, kind, link_states, state);
}

void Page::steps(const fabric::DurationHistogram& steps) {
  ClientMetric metric;
  metric.histogram.sample_count = steps.count;
  metric.histogram.sample_sum = steps.sum;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < steps.bounds.size(); ++i) {
    below += steps.counts.at(i);
    metric.histogram.bucket.push_back(
        {.cumulative_count = below, .upper_bound = steps.bounds.at(i)});
  }
  add(MetricType::Histogram, "linkfab_reconcile_step_duration_seconds",
      "How long the steps took that compare what is wanted with what is there, and act.")
      .push_back(std::move(metric));
}

}  // namespace

std::string metrics_text(const Measurements& measured, const ProcessUsage& process,
                         const std::string& version) {
  Page page;
  using enum MetricType;
  page.single(Gauge, "linkfab_build_info", "The agent's version.", 1, {{"version", version}});
  page.single(Gauge, "linkfab_errors", "What keeps the whole fabric from following.",
              number(measured.troubles));
  page.single(Gauge, "linkfab_change_wanted", "The number of the last change that was asked for.",
              number(measured.wanted_change));
  page.single(Gauge, "linkfab_change_done", "The number of the last change that was acted on.",
              number(measured.done_change));
  page.single(Gauge, "linkfab_flows", "Flows of the fabric in the switch.", number(measured.flows));
  page.steps(measured.steps);
  page.states(measured);
  page.interfaces(measured);
  page.classes(measured);
  page.single(Counter, "process_cpu_seconds_total", "Time of the processor that the agent used.",
              process.cpu_seconds);
  page.single(Gauge, "process_resident_memory_bytes", "Memory of the agent.",
              number(process.resident_bytes));
  page.single(Gauge, "process_virtual_memory_bytes", "Address space of the agent.",
              number(process.virtual_bytes));
  page.single(Gauge, "process_open_fds", "Open file descriptors of the agent.",
              number(process.open_fds));
  page.single(Gauge, "process_max_fds", "The most that it may have.", number(process.max_fds));
  page.single(Gauge, "process_start_time_seconds", "When the agent started, since the epoch.",
              process.start_seconds);
  return page.text();
}

}  // namespace linkfab::api
