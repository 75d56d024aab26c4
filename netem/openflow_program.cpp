#include <netinet/in.h>

#include <algorithm>

#include "netem/extension_headers.hpp"
#include "netem/filter_assembler.hpp"
#include "netem/openflow_match.hpp"

namespace linkfab::netem {
namespace {

using From = FilterAssembler::From;
using Label = FilterAssembler::Label;

// Cells of the program's memory.
constexpr std::uint32_t tag_cell = 0;
constexpr std::uint32_t type_cell = 1;
constexpr HeaderCells cells{.transport = 2, .protocol = 3, .fragment = 4};

constexpr std::uint32_t type_offset = 12;
constexpr std::uint32_t tag_size = 4;
constexpr std::uint32_t llc_snap_size = 8;
constexpr std::uint32_t least_type = 0x600;  // below, it is a length
// The index register is at the Ethernet type while what follows that is looked at.
constexpr std::uint32_t header = 2;

class ProgramBuilder {
 public:
  explicit ProgramBuilder(const OpenflowMatch& match) : match_(match) {}

  FilterProgram build() {
    for_each(FieldPlace::ethernet, [&](const auto& each) { require_bytes(each, From::frame, 0); });
    const bool tags = has(FieldPlace::tag);
    if (tags || match_.type) find_tag(tags);
    for_each(FieldPlace::tag, [&](const auto& each) {
      code_.recall(tag_cell);
      const auto& [value, mask] = each.bits;
      code_.require(number(value, 0, 2), number(mask, 0, 2));
    });
    if (match_.type) require_type(*match_.type);
    if (is_arp()) require_arp();
    for_each(FieldPlace::network,
             [&](const auto& each) { require_bytes(each, From::index, header); });
    if (match_.type == ethernet_type::ipv4) require_ipv4();
    if (match_.type == ethernet_type::ipv6) require_ipv6();
    code_.match();
    return code_.take();
  }

 private:
  [[nodiscard]] bool has(FieldPlace place) const {
    return std::ranges::any_of(match_.conditions,
                               [&](const auto& each) { return each.field->place == place; });
  }
  [[nodiscard]] bool is_arp() const {
    return match_.type == ethernet_type::arp || match_.type == ethernet_type::rarp;
  }

  template <class Use>
  void for_each(FieldPlace place, Use use) {
    for (const auto& each : match_.conditions)
      if (each.field->place == place) use(each);
  }

  static std::uint32_t number(const std::array<std::uint8_t, 16>& bytes, std::size_t start,
                              std::size_t width) {
    std::uint32_t value = 0;
    for (auto each = start; each < start + width; ++each) value = value << 8 | bytes.at(each);
    return value;
  }

  void require_bytes(const FieldCondition& each, FilterAssembler::From from, std::uint32_t start) {
    for (std::size_t done = 0; done < each.field->width;) {
      const auto rest = each.field->width - done;
      const std::size_t width = rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
      const auto mask = number(each.bits.mask, done, width);
      if (mask != 0) {
        code_.load(from, static_cast<int>(width),
                   start + each.field->offset + static_cast<std::uint32_t>(done));
        code_.require(number(each.bits.value, done, width),
                      width == 4 ? mask : mask | ~((1U << (8 * width)) - 1));
      }
      done += width;
    }
  }

  // Moves the index to the Ethernet type behind one tag, if there is one, and keeps the tag.
  void find_tag(bool keep) {
    const auto inside = code_.label();
    const auto tagged = code_.label();
    const auto done = code_.label();
    code_.load_tag_present();
    code_.jump_if_equal(0, inside);
    if (keep) {
      code_.load_tag();
      code_.set_bits(tag_present);
      code_.store(tag_cell);
    }
    code_.set_index(type_offset);
    code_.jump(done);

    code_.place(inside);
    code_.load(From::frame, 2, type_offset);
    code_.jump_if_equal(ethernet_type::vlan, tagged);
    code_.jump_if_equal(ethernet_type::service_vlan, tagged);
    if (keep) {
      code_.load(0);
      code_.store(tag_cell);
    }
    code_.set_index(type_offset);
    code_.jump(done);

    code_.place(tagged);
    if (keep) {
      code_.load(From::frame, 2, type_offset + 2);
      code_.set_bits(tag_present);
      code_.store(tag_cell);
    }
    code_.set_index(type_offset + tag_size);
    code_.place(done);
  }

  // A frame with a length has the type of its SNAP header, and the index moves behind that.
  void require_type(std::uint16_t type) {
    const auto found = code_.label();
    const auto none = code_.label();
    code_.load(From::index, 2, 0);
    code_.jump_if_least(least_type, found);
    const auto long_enough = code_.label();
    code_.load_length();
    code_.subtract_index();
    code_.jump_if_least(2 + llc_snap_size, long_enough);
    code_.jump(none);
    code_.place(long_enough);
    code_.load(From::index, 2, 2);
    code_.jump_unless_equal(0xaaaa, none);
    code_.load(From::index, 4, 4);
    code_.jump_unless_equal(0x03000000, none);
    code_.load(From::index, 2, llc_snap_size);
    const auto snap = code_.label();
    code_.jump_if_least(least_type, snap);
    code_.place(none);
    code_.load(ethernet_type::none);
    code_.jump(found);
    code_.place(snap);
    code_.store(type_cell);
    code_.from_index();
    code_.add(llc_snap_size);
    code_.to_index();
    code_.recall(type_cell);
    code_.place(found);
    code_.require(type);
  }

  // Its fields are where they are with Ethernet and IPv4 addresses only.
  void require_arp() {
    if (!match_.protocol && !has(FieldPlace::network)) return;
    code_.load(From::index, 4, header);
    code_.require(0x00010800);
    code_.load(From::index, 2, header + 4);
    code_.require(0x0604);
    if (!match_.protocol) return;
    code_.load(From::index, 2, header + 6);
    code_.require(*match_.protocol);
  }

  void require_ipv4() {
    for_each(FieldPlace::traffic_class,
             [&](const auto& each) { require_bytes(each, From::index, header + 1); });
    for_each(FieldPlace::hop_limit,
             [&](const auto& each) { require_bytes(each, From::index, header + 8); });
    if (match_.protocol) {
      code_.load(From::index, 1, header + 9);
      code_.require(*match_.protocol);
    }
    if (has(FieldPlace::fragment)) {
      find_ipv4_fragment();
      require_fragment();
    }
    if (!has(FieldPlace::transport)) return;
    const auto whole = code_.label();
    const auto done = code_.label();
    code_.load(From::index, 2, header + 6);
    code_.mask(0x1fff);
    code_.jump_if_equal(0, whole);
    later_fragment(done);
    code_.place(whole);
    code_.load(From::index, 1, header);
    code_.mask(0x0f);
    code_.shift_left(2);
    code_.add_index();
    code_.add(header);
    code_.to_index();
    for_each(FieldPlace::transport, [&](const auto& each) { require_bytes(each, From::index, 0); });
    code_.place(done);
  }

  void find_ipv4_fragment() {
    using namespace fragment_bits;
    const auto keep = code_.label();
    const auto not_later = code_.label();
    code_.load(From::index, 2, header + 6);
    code_.mask(0x1fff);
    code_.jump_if_equal(0, not_later);
    code_.load(any | later);
    code_.jump(keep);
    code_.place(not_later);
    code_.load(From::index, 2, header + 6);
    code_.mask(0x2000);
    const auto whole = code_.label();
    code_.jump_if_equal(0, whole);
    code_.load(any);
    code_.place(whole);
    code_.place(keep);
    code_.store(cells.fragment);
  }

  void require_fragment() {
    for_each(FieldPlace::fragment, [&](const auto& each) {
      code_.recall(cells.fragment);
      code_.require(each.bits.value[0], each.bits.mask[0]);
    });
  }

  // What stands where ports would be is not ports: they are zero.
  void later_fragment(Label done) {
    bool zero = true;
    for_each(FieldPlace::transport, [&](const auto& each) {
      zero = zero && each.bits.value == std::array<std::uint8_t, 16>{};
    });
    if (zero)
      code_.jump(done);
    else
      code_.mismatch();
  }

  void require_ipv6() {
    // The byte that IPv4 has for it lies four bits further on.
    for_each(FieldPlace::traffic_class, [&](const auto& each) {
      code_.load(From::index, 2, header);
      code_.require(std::uint32_t{each.bits.value[0]} << 4, std::uint32_t{each.bits.mask[0]} << 4);
    });
    for_each(FieldPlace::hop_limit,
             [&](const auto& each) { require_bytes(each, From::index, header + 7); });
    if (!match_.protocol && !has(FieldPlace::fragment)) return;
    pass_extension_headers(code_, header, cells);
    if (match_.protocol) {
      code_.recall(cells.protocol);
      code_.require(*match_.protocol);
    }
    require_fragment();
    if (!has(FieldPlace::transport)) return;
    code_.recall_index(cells.transport);
    for_each(FieldPlace::transport, [&](const auto& each) { require_bytes(each, From::index, 0); });
  }

  const OpenflowMatch& match_;
  FilterAssembler code_;
};

}  // namespace

FilterProgram filter_program(const OpenflowMatch& match) {
  return ProgramBuilder(match).build();
}

}  // namespace linkfab::netem
