// Queue disciplines to the kernel and back.

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "netem/attributes.hpp"
#include "netem/netem_wire.hpp"
#include "netem/red.hpp"

namespace linkfab::netem {
namespace {

using QueueKind = QueueDiscipline::Kind;
using std::chrono::microseconds;

constexpr double max_probability = std::numeric_limits<std::uint32_t>::max();

std::uint32_t in_us(nanoseconds time) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<microseconds>(time).count());
}

void put_red(Message& options, const QueueDiscipline& queue, std::uint32_t frame,
             std::uint64_t rate_bytes) {
  const double share = queue.probability->share();
  const auto numbers = red_numbers(*queue.min, *queue.max, share, frame, rate_bytes);
  const tc_red_qopt red{.limit = *queue.limit,
                        .qth_min = *queue.min,
                        .qth_max = *queue.max,
                        .Wlog = numbers.weight_log,
                        .Plog = numbers.slope_log,
                        .Scell_log = numbers.cell_log,
                        .flags = static_cast<std::uint8_t>(*queue.ecn ? TC_RED_ECN : 0)};
  options.put(TCA_RED_PARMS, &red, sizeof red);
  options.put(TCA_RED_STAB, numbers.idle.data(), numbers.idle.size());
  options.put(TCA_RED_MAX_P, static_cast<std::uint32_t>(std::llround(share * max_probability)));
}

// Without a rate of its own: that is the class's above it.
void put_cake(Message& options, const QueueDiscipline& queue) {
  options.put(TCA_CAKE_BASE_RATE64, std::uint64_t{0});
  options.put(TCA_CAKE_FLOW_MODE, static_cast<std::uint32_t>(*queue.isolation));
  options.put(TCA_CAKE_DIFFSERV_MODE, static_cast<std::uint32_t>(*queue.diffserv));
  options.put(TCA_CAKE_RTT, in_us(*queue.interval));
  options.put(TCA_CAKE_TARGET, in_us(*queue.target));
  options.put(TCA_CAKE_ACK_FILTER,
              std::uint32_t{*queue.ack_filter ? CAKE_ACK_FILTER : CAKE_ACK_NONE});
  options.put(TCA_CAKE_MEMORY, static_cast<std::uint32_t>(queue.memlimit->value));
}

void put_sfq(Message& options, const QueueDiscipline& queue, std::uint32_t frame) {
  const auto perturb = std::chrono::duration_cast<std::chrono::seconds>(*queue.perturb).count();
  options.append(tc_sfq_qopt{.quantum = queue.quantum.value_or(frame),
                             .perturb_period = static_cast<int>(perturb),
                             .limit = *queue.limit,
                             .divisor = 0,
                             .flows = 0});
}

void put_options(Message& options, const QueueDiscipline& queue, std::uint32_t quantum,
                 std::uint64_t rate_bytes, bool made) {
  switch (queue.kind) {
    case QueueKind::fifo:
      options.append(tc_fifo_qopt{.limit = *queue.limit});
      return;
    case QueueKind::codel:
      options.put(TCA_CODEL_LIMIT, *queue.limit);
      options.put(TCA_CODEL_TARGET, in_us(*queue.target));
      options.put(TCA_CODEL_INTERVAL, in_us(*queue.interval));
      options.put(TCA_CODEL_ECN, std::uint32_t{*queue.ecn});
      return;
    case QueueKind::fq_codel:
      options.put(TCA_FQ_CODEL_LIMIT, *queue.limit);
      options.put(TCA_FQ_CODEL_TARGET, in_us(*queue.target));
      options.put(TCA_FQ_CODEL_INTERVAL, in_us(*queue.interval));
      options.put(TCA_FQ_CODEL_ECN, std::uint32_t{*queue.ecn});
      options.put(TCA_FQ_CODEL_QUANTUM, quantum);
      // One that is there refuses even the number that it has.
      if (made) options.put(TCA_FQ_CODEL_FLOWS, *queue.flows);
      return;
    case QueueKind::pie:
      options.put(TCA_PIE_LIMIT, *queue.limit);
      options.put(TCA_PIE_TARGET, in_us(*queue.target));
      options.put(TCA_PIE_TUPDATE, in_us(*queue.interval));
      options.put(TCA_PIE_ECN, std::uint32_t{*queue.ecn});
      return;
    case QueueKind::red:
      put_red(options, queue, std::min<std::uint32_t>(quantum, 1000), rate_bytes);
      return;
    case QueueKind::cake:
      put_cake(options, queue);
      return;
    case QueueKind::sfq:
      put_sfq(options, queue, quantum);
      return;
  }
}

QueueDiscipline decode_timed(QueueKind kind, const Attributes& options, int limit, int target,
                             int interval, int ecn) {
  QueueDiscipline queue{.kind = kind};
  queue.limit = options.get<std::uint32_t>(limit);
  queue.target = microseconds{options.get<std::uint32_t>(target)};
  queue.interval = microseconds{options.get<std::uint32_t>(interval)};
  queue.ecn = options.get<std::uint32_t>(ecn) != 0;
  return queue;
}

QueueDiscipline decode_red(const Attributes& options) {
  QueueDiscipline queue{.kind = QueueKind::red};
  const auto red = options.get<tc_red_qopt>(TCA_RED_PARMS);
  queue.limit = red.limit;
  queue.min = red.qth_min;
  queue.max = red.qth_max;
  queue.ecn = (red.flags & TC_RED_ECN) != 0;
  queue.probability = Percent{options.get<std::uint32_t>(TCA_RED_MAX_P) / max_probability * 100};
  return queue;
}

// What it has that is none of ours is left out, and so differs from what is wanted.
QueueDiscipline decode_cake(const Attributes& options) {
  QueueDiscipline queue{.kind = QueueKind::cake};
  queue.isolation =
      static_cast<QueueDiscipline::Isolation>(options.get<std::uint32_t>(TCA_CAKE_FLOW_MODE));
  queue.diffserv =
      static_cast<QueueDiscipline::Diffserv>(options.get<std::uint32_t>(TCA_CAKE_DIFFSERV_MODE));
  queue.interval = microseconds{options.get<std::uint32_t>(TCA_CAKE_RTT)};
  queue.target = microseconds{options.get<std::uint32_t>(TCA_CAKE_TARGET)};
  queue.memlimit = Size{options.get<std::uint32_t>(TCA_CAKE_MEMORY)};
  const auto filter = options.get<std::uint32_t>(TCA_CAKE_ACK_FILTER);
  if (filter <= CAKE_ACK_FILTER && options.get<std::uint64_t>(TCA_CAKE_BASE_RATE64) == 0)
    queue.ack_filter = filter == CAKE_ACK_FILTER;
  return queue;
}

QueueDiscipline decode_sfq(ByteView bytes) {
  QueueDiscipline queue{.kind = QueueKind::sfq};
  const auto sfq = load<tc_sfq_qopt>(bytes);
  queue.limit = sfq.limit;
  queue.perturb = std::chrono::seconds{sfq.perturb_period};
  queue.quantum = sfq.quantum;
  return queue;
}

}  // namespace

const char* kernel_kind(QueueKind kind) {
  switch (kind) {
    case QueueKind::fifo:
      return "pfifo";
    case QueueKind::codel:
      return "codel";
    case QueueKind::fq_codel:
      return "fq_codel";
    case QueueKind::pie:
      return "pie";
    case QueueKind::red:
      return "red";
    case QueueKind::cake:
      return "cake";
    case QueueKind::sfq:
      return "sfq";
  }
  return "";
}

void put_queue(Message& message, const QueueDiscipline& queue, std::uint32_t quantum,
               std::uint64_t rate_bytes, bool made) {
  message.nest(TCA_OPTIONS,
               [&](Message& options) { put_options(options, queue, quantum, rate_bytes, made); });
}

std::optional<QueueDiscipline> decode_queue(const std::string& kind, ByteView bytes) {
  const Attributes options{bytes};
  if (kind == "codel")
    return decode_timed(QueueKind::codel, options, TCA_CODEL_LIMIT, TCA_CODEL_TARGET,
                        TCA_CODEL_INTERVAL, TCA_CODEL_ECN);
  if (kind == "fq_codel") {
    auto queue = decode_timed(QueueKind::fq_codel, options, TCA_FQ_CODEL_LIMIT, TCA_FQ_CODEL_TARGET,
                              TCA_FQ_CODEL_INTERVAL, TCA_FQ_CODEL_ECN);
    queue.flows = options.get<std::uint32_t>(TCA_FQ_CODEL_FLOWS);
    return queue;
  }
  if (kind == "pie")
    return decode_timed(QueueKind::pie, options, TCA_PIE_LIMIT, TCA_PIE_TARGET, TCA_PIE_TUPDATE,
                        TCA_PIE_ECN);
  if (kind == "red") return decode_red(options);
  if (kind == "cake") return decode_cake(options);
  if (kind == "sfq") return decode_sfq(bytes);
  if (kind != "pfifo") return std::nullopt;
  QueueDiscipline queue{.kind = QueueKind::fifo};
  queue.limit = load<tc_fifo_qopt>(bytes).limit;
  return queue;
}

}  // namespace linkfab::netem
