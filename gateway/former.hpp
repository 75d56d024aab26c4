// What the host was before the gateway changed it: kept in a file, so that whoever is last puts it
// back, be it a later process.
//
// Several instances may share a directory; what they change alike is put back by the last of them.
// Everything is of the namespace that the caller has entered.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/result.hpp"

namespace linkfab::gateway {

class Former {
 public:
  // Reads what an earlier process of the instance left.
  [[nodiscard]] static Result<Former> open(const std::string& directory,
                                           const std::string& instance, std::uint64_t netns);

  // What the instance remembers of namespaces that have ended: for when it has nothing in any.
  static void forget_all(const std::string& directory, const std::string& instance);

  // A setting of lo, "accept_local": remembered, then set.
  [[nodiscard]] Result<void> set_lo(const std::string& setting, const std::string& value);
  [[nodiscard]] Result<void> put_back_lo(const std::string& setting);
  // A patched device takes frames for any address.
  [[nodiscard]] Result<void> set_promiscuous(std::uint32_t device);
  [[nodiscard]] Result<void> put_back_promiscuous(std::uint32_t device);
  // The clsact of this device is ours to remove. Saved by save(): there may be thousands.
  void made_clsact(std::uint32_t device);
  [[nodiscard]] bool have_made_clsact(std::uint32_t device) const;
  // True when it is to be removed; otherwise another instance is left to.
  [[nodiscard]] bool forget_clsact(std::uint32_t device);

  [[nodiscard]] std::map<std::string, std::string> entries() const { return entries_; }
  [[nodiscard]] Result<void> save();  // removes the file when nothing is remembered

 private:
  Former(std::string directory, std::string prefix, std::string name)
      : directory_(std::move(directory)), prefix_(std::move(prefix)), name_(std::move(name)) {}
  // What the others of this namespace remember of it.
  [[nodiscard]] std::map<std::string, std::string> of_others() const;
  [[nodiscard]] Result<void> remember(const std::string& what, const std::string& value);

  std::string directory_, prefix_, name_;
  std::map<std::string, std::string> entries_;
  bool changed_ = false;
};

}  // namespace linkfab::gateway
