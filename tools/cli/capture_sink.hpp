// Where captured frames go: a pcapng capture, or a line each on standard output.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "capture/pcapng_file.hpp"
#include "tools/cli/capture_ways.hpp"

namespace linkfab::cli {

class CaptureSink {
 public:
  CaptureSink() = default;
  CaptureSink(const CaptureSink&) = delete;
  CaptureSink& operator=(const CaptureSink&) = delete;
  virtual ~CaptureSink() = default;

  // The number of a way in what follows: 0, 1, 2 …
  virtual std::uint32_t add(const CaptureWay& way) = 0;
  virtual Result<void> take(const capture::Packet& packet) = 0;
  virtual void take(const capture::Statistics& statistics) = 0;
  virtual Result<void> flush() = 0;
  [[nodiscard]] virtual std::size_t waiting() const = 0;  // bytes that the reader has not taken
  [[nodiscard]] virtual bool reader_gone() const = 0;
};

class PcapngSink : public CaptureSink {
 public:
  PcapngSink(capture::PcapngFile file, std::string filter, std::uint32_t snaplen)
      : file_(std::move(file)), filter_(std::move(filter)), snaplen_(snaplen) {}

  std::uint32_t add(const CaptureWay& way) override;
  Result<void> take(const capture::Packet& packet) override { return file_.write(packet); }
  void take(const capture::Statistics& statistics) override { file_.write(statistics); }
  Result<void> flush() override { return file_.flush(); }
  [[nodiscard]] std::size_t waiting() const override { return file_.waiting(); }
  [[nodiscard]] bool reader_gone() const override { return file_.reader_gone(); }

 private:
  capture::PcapngFile file_;
  std::string filter_;
  std::uint32_t snaplen_;
};

class TextSink : public CaptureSink {
 public:
  std::uint32_t add(const CaptureWay& way) override;
  Result<void> take(const capture::Packet& packet) override;
  void take(const capture::Statistics& /*statistics*/) override {}
  Result<void> flush() override;
  [[nodiscard]] std::size_t waiting() const override { return 0; }
  [[nodiscard]] bool reader_gone() const override { return std::ferror(stdout) != 0; }

 private:
  std::vector<std::string> names_;
};

}  // namespace linkfab::cli
