// Commands as a person types them: the shell reads the line.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace linkfab::test {

struct Outcome {
  int status = -1;  // of the command; 128 + the signal that ended it
  std::string out;
  std::string err;
};

// Returns when the command has ended and nobody holds its output open any more. Throws when that
// takes longer than `limit`: a daemon that keeps its parent's output open hangs every pipeline.
Outcome run(const std::string& line, std::chrono::seconds limit = std::chrono::seconds{60},
            const std::string& input = {});

// What a command prints, without the last newline; throws when it fails.
std::string output_of(const std::string& line);

// Ends with its object. Its output goes to a file.
class Background {
 public:
  explicit Background(const std::string& line, const std::string& output = "/dev/null");
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void signal(int number) const;
  // Waits; the status as in Outcome.
  int wait();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

// Waits until `condition` holds; false when it does not within `limit`.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::seconds{30});

std::vector<std::string> lines_of(const std::string& text);
bool contains(const std::string& text, const std::string& part);

}  // namespace linkfab::test
