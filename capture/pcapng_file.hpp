// A pcapng capture on its way to a file, a pipe, or a ring of files.
//
// Writing never waits for a reader: what a pipe does not take stays in memory until the next
// flush(), and the caller looks at waiting(). A reader that has gone is no error: reader_gone().
// Of a ring only the newest files are kept: "lab.pcapng" becomes lab_00001.pcapng, lab_00002.pcapng
// and so on, each a whole capture with all interfaces.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "capture/pcapng.hpp"
#include "core/fd.hpp"
#include "core/result.hpp"

namespace linkfab::capture {

struct FileRing {
  std::size_t files = 2;
  std::uint64_t size = 0;  // bytes, of each file; passed by one block at most
};

class PcapngFile {
 public:
  // "-": standard output. A file that is there is replaced.
  static Result<PcapngFile> open(const std::string& path, Section section,
                                 std::optional<FileRing> ring);

  // Its number in Packet and Statistics.
  std::uint32_t add(const Interface& interface);
  Result<void> write(const Packet& packet);
  void write(const Statistics& statistics);
  Result<void> flush();

  [[nodiscard]] std::size_t waiting() const { return buffer_.size(); }  // bytes
  [[nodiscard]] bool reader_gone() const { return reader_gone_; }

 private:
  PcapngFile(std::string path, Section section, std::optional<FileRing> ring)
      : path_(std::move(path)), section_(std::move(section)), ring_(ring) {}
  Result<void> next_file();
  void look_for_reader();

  std::string path_;
  Section section_;
  std::optional<FileRing> ring_;
  std::vector<Interface> interfaces_;
  Fd file_;
  bool regular_ = false;
  bool reader_gone_ = false;
  Bytes buffer_;
  std::uint64_t size_ = 0;  // of the present file, what waits included
  std::uint64_t number_ = 0;
  std::deque<std::string> kept_;  // the files of the ring
};

}  // namespace linkfab::capture
