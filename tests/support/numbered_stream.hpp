// A stream of numbered frames from one network namespace to another while a link between them
// changes, and what became of each: nothing may be lost, doubled or unshaped.
//
// A frame carries its number and its time. It comes into the queue between the moments before and
// after it was sent, and must take the delay of a state that was in force then: before a change of
// the old one, which it keeps, after it of the new one. The states' delays lie further apart than a
// busy host adds. Root only.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace linkfab::test {

using std::chrono::nanoseconds;

nanoseconds wall_clock();

struct StreamEnd {
  std::string netns;  // a path
  std::string interface;
};

struct SentFrame {
  nanoseconds before{};
  nanoseconds after{};
};

struct ArrivedFrame {
  std::uint32_t number = 0;
  nanoseconds time{};  // the kernel's
};

// Sends from its construction on, in threads of its own.
class NumberedStream {
 public:
  NumberedStream(const StreamEnd& from, const StreamEnd& to, double frames_per_second);
  ~NumberedStream();
  NumberedStream(const NumberedStream&) = delete;
  NumberedStream& operator=(const NumberedStream&) = delete;

  // Ends sending, and receiving after `longest`.
  void stop(nanoseconds longest);

  [[nodiscard]] const std::vector<SentFrame>& sent() const;
  [[nodiscard]] const std::vector<ArrivedFrame>& arrived() const;

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

// What a link was told to do, and when: it may be in force from `asked` on, and is from `done` on.
struct LinkState {
  nanoseconds asked{};
  nanoseconds done{};
  nanoseconds delay{};
  bool ordered = false;  // it has a rate: frames wait for those before them
};

struct StreamReport {
  std::size_t sent = 0;
  std::size_t lost = 0;
  std::size_t doubled = 0;
  std::size_t unshaped = 0;  // came earlier than any state lets them
  std::size_t wrong = 0;     // came with the delay of a state that was not in force
  // The host was so late to bring it from the sender to the queue that a later state was in force.
  // Queued frames that did not keep their delay would look so, too: but all of them.
  std::size_t held_up = 0;
  double seconds = 0;
  nanoseconds median_noise{};  // later than the state says
  nanoseconds most_noise{};
  std::string first_problem;
  bool operator==(const StreamReport&) const = default;
};

// `states` in their order; the first is in force from the start. `slack`: what the host may add.
[[nodiscard]] StreamReport examine(const std::vector<SentFrame>& sent,
                                   const std::vector<ArrivedFrame>& arrived,
                                   const std::vector<LinkState>& states, nanoseconds slack);

}  // namespace linkfab::test
