#include "api/metrics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <span>
#include <sstream>
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
using Samples = std::vector<ClientMetric>;

constexpr std::array node_states{"pending", "starting", "running", "paused", "stopped", "error"};
constexpr std::array link_states{"up", "cut", "down", "dangling", "error"};

void set_value(ClientMetric& metric, MetricType type, double value) {
  if (type == MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
}

ClientMetric sample(MetricType type, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  set_value(metric, type, value);
  return metric;
}

template <class Value>
double number(Value value) {
  return static_cast<double>(value);
}

// Written a family at a time: all samples of a large fabric at once would be many megabytes.
class Page {
 public:
  Page() { family_.resize(1); }
  void single(MetricType type, const char* name, const char* help, double value,
              Labels labels = {}) {
    Samples samples;
    samples.push_back(sample(type, std::move(labels), value));
    write(type, name, help, samples);
  }
  void interfaces(const Measurements& measured);
  void classes(const Measurements& measured);
  void states(const Measurements& measured);
  void underlay(const Measurements& measured);
  void steps(const fabric::DurationHistogram& steps);
  [[nodiscard]] std::string text() && { return std::move(out_).str(); }

 private:
  void write(MetricType type, const char* name, const char* help, Samples& samples);

  std::ostringstream out_;
  prometheus::TextSerializer serializer_;
  std::vector<MetricFamily> family_;  // one
};

// The samples are there again afterwards: their labels serve the next family.
void Page::write(MetricType type, const char* name, const char* help, Samples& samples) {
  auto& family = family_.front();
  family = {name, help, type, {}};
  family.metric.swap(samples);
  serializer_.Serialize(out_, family_);
  family.metric.swap(samples);
}

using Value = double (*)(const InterfaceCounters& counters);

// One value of every interface that has a device.
struct Series {
  MetricType type;
  const char* name;
  const char* help;
  Value value;
};

constexpr Series series[] = {
    {MetricType::Counter, "linkfab_interface_receive_frames_total", "Frames that reached the node.",
     [](const InterfaceCounters& its) { return number(its.received.packets); }},
    {MetricType::Counter, "linkfab_interface_receive_bytes_total", "Bytes that reached the node.",
     [](const InterfaceCounters& its) { return number(its.received.bytes); }},
    {MetricType::Counter, "linkfab_interface_transmit_frames_total", "Frames that the node sent.",
     [](const InterfaceCounters& its) { return number(its.sent.packets); }},
    {MetricType::Counter, "linkfab_interface_transmit_bytes_total", "Bytes that the node sent.",
     [](const InterfaceCounters& its) { return number(its.sent.bytes); }},
    {MetricType::Gauge, "linkfab_interface_queue_frames",
     "Frames in the queue of the impairment toward the node.",
     [](const InterfaceCounters& its) { return its.queue ? number(its.queue->packets) : 0.0; }},
    {MetricType::Gauge, "linkfab_interface_queue_bytes",
     "Bytes in the queue of the impairment toward the node.",
     [](const InterfaceCounters& its) { return its.queue ? number(its.queue->bytes) : 0.0; }},
    {MetricType::Counter, "linkfab_interface_carrier_changes_total",
     "How often the carrier came or went.",
     [](const InterfaceCounters& its) { return number(its.carrier_changes); }},
};

// Frames that were dropped, by cause.
struct Cause {
  const char* name;
  Value value;
};

struct Drops {
  const char* name;
  const char* help;
  std::span<const Cause> causes;
};

constexpr Cause receive_causes[] = {
    {"impairment",
     [](const InterfaceCounters& its) { return its.queue ? number(its.queue->drops) : 0.0; }},
    {"refused", [](const InterfaceCounters& its) { return number(its.received.dropped); }},
    {"error", [](const InterfaceCounters& its) { return number(its.received.errors); }}};

constexpr Cause transmit_causes[] = {
    {"refused", [](const InterfaceCounters& its) { return number(its.sent.dropped); }},
    {"error", [](const InterfaceCounters& its) { return number(its.sent.errors); }}};

constexpr Drops drops[] = {
    {"linkfab_interface_receive_drops_total",
     "Frames toward the node that did not reach it: lost by the impairment (or marked, with ecn), "
     "refused by the node's device, which is down or has a smaller MTU, or too long for the fabric "
     "(error).",
     receive_causes},
    {"linkfab_interface_transmit_drops_total",
     "Frames of the node that the fabric did not take: its end was down, or they were too long.",
     transmit_causes},
};

Labels labels_of(const Measurements::Interface& interface) {
  return {{"interface", interface.endpoint.interface},
          {"link", interface.attached},
          {"node", interface.endpoint.node}};
}

void Page::interfaces(const Measurements& measured) {
  Samples samples;
  samples.reserve(measured.interfaces.size());
  for (const auto& interface : measured.interfaces)
    samples.push_back(sample(MetricType::Gauge, labels_of(interface), interface.up ? 1 : 0));
  write(MetricType::Gauge, "linkfab_interface_up", "1: the node has a carrier.", samples);

  std::vector<const InterfaceCounters*> counters;
  samples.clear();
  for (const auto& interface : measured.interfaces) {
    if (!interface.counters) continue;
    counters.push_back(&*interface.counters);
    samples.push_back(sample(MetricType::Gauge, labels_of(interface), 0));
  }
  const auto set_values = [&](MetricType type, Value value) {
    for (std::size_t i = 0; i < samples.size(); ++i)
      set_value(samples[i], type, value(*counters[i]));
  };
  for (const auto& one : series) {
    set_values(one.type, one.value);
    write(one.type, one.name, one.help, samples);
  }
  for (auto& each : samples) each.label.push_back({"cause", ""});
  for (const auto& one : drops) {
    Samples all;
    all.reserve(samples.size() * one.causes.size());
    for (const auto& cause : one.causes) {
      for (auto& each : samples) each.label.back().value = cause.name;
      set_values(MetricType::Counter, cause.value);
      all.insert(all.end(), samples.begin(), samples.end());
    }
    write(MetricType::Counter, one.name, one.help, all);
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
    Samples samples;
    for (const auto& interface : measured.interfaces) {
      if (!interface.counters) continue;
      for (const auto& its : interface.counters->classes) {
        auto labels = labels_of(interface);
        labels.push_back({"class", its.match});
        samples.push_back(sample(MetricType::Counter, std::move(labels), number(its.*one.value)));
      }
    }
    write(MetricType::Counter, one.name, one.help, samples);
  }
}

void add_states(Samples& samples, const char* what, const std::string& name,
                const std::string& kind, const auto& states, std::string_view state) {
  for (const char* each : states)
    samples.push_back(sample(MetricType::Gauge, {{what, name}, {"kind", kind}, {"state", each}},
                             state == each ? 1 : 0));
}

void Page::states(const Measurements& measured) {
  Samples samples;
  for (const auto& [name, kind, state] : measured.nodes)
    add_states(samples, "node", name, kind, node_states, state);
  write(MetricType::Gauge, "linkfab_node_state", "1: the node is in this state. Each node has one.",
        samples);
  samples.clear();
  for (const auto& [name, kind, state] : measured.links)
    add_states(samples, "link", name, kind, link_states, state);
  write(MetricType::Gauge, "linkfab_link_state",
        "1: the link or segment is in this state. Each has one.", samples);
}

void Page::underlay(const Measurements& measured) {
  if (measured.underlay.empty()) return;
  Samples samples;
  for (const auto& [host, way] : measured.underlay)
    samples.push_back(
        sample(MetricType::Gauge, {{"host", host}}, std::chrono::duration<double>(way).count()));
  write(MetricType::Gauge, "linkfab_underlay_delay_seconds",
        "How long the network to another host takes, one way.", samples);
}

void Page::steps(const fabric::DurationHistogram& steps) {
  Samples samples(1);
  auto& metric = samples.front();
  metric.histogram.sample_count = steps.count;
  metric.histogram.sample_sum = steps.sum;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < steps.bounds.size(); ++i) {
    below += steps.counts.at(i);
    metric.histogram.bucket.push_back(
        {.cumulative_count = below, .upper_bound = steps.bounds.at(i)});
  }
  write(MetricType::Histogram, "linkfab_reconcile_step_duration_seconds",
        "How long the steps took that compare what is wanted with what is there, and act.",
        samples);
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
  page.underlay(measured);
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
  return std::move(page).text();
}

}  // namespace linkfab::api
