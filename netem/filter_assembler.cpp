#include "netem/filter_assembler.hpp"

#include <linux/filter.h>

#include <stdexcept>

namespace linkfab::netem {
namespace {

constexpr std::uint32_t beside_the_frame = static_cast<std::uint32_t>(SKF_AD_OFF);

unsigned size_code(int width) {
  return width == 1 ? BPF_B : width == 2 ? BPF_H : BPF_W;
}

}  // namespace

void FilterAssembler::emit(unsigned code, std::uint32_t operand) {
  program_.push_back({.code = static_cast<std::uint16_t>(code),
                      .jump_true = 0,
                      .jump_false = 0,
                      .operand = operand});
}

void FilterAssembler::emit_jump(unsigned code, std::uint32_t operand, Label to, Arm arm) {
  jumps_.push_back({program_.size(), to, arm});
  emit(code, operand);
}

void FilterAssembler::place(Label label) {
  std::erase_if(jumps_, [&](const Jump& jump) {
    if (jump.to != label) return false;
    auto& from = program_[jump.from];
    const auto distance = program_.size() - jump.from - 1;
    if (jump.arm != Arm::always && distance > 0xff)
      throw std::logic_error("a conditional jump of a filter is too far");
    if (jump.arm == Arm::always) from.operand = static_cast<std::uint32_t>(distance);
    if (jump.arm == Arm::if_true) from.jump_true = static_cast<std::uint8_t>(distance);
    if (jump.arm == Arm::if_false) from.jump_false = static_cast<std::uint8_t>(distance);
    return true;
  });
}

void FilterAssembler::load(From from, int width, std::uint32_t offset) {
  emit(BPF_LD | size_code(width) | (from == From::index ? BPF_IND : BPF_ABS), offset);
}

void FilterAssembler::load_length() {
  emit(BPF_LD | BPF_W | BPF_LEN);
}

void FilterAssembler::load_tag_present() {
  load(From::frame, 1, beside_the_frame + SKF_AD_VLAN_TAG_PRESENT);
}

void FilterAssembler::load_tag() {
  load(From::frame, 2, beside_the_frame + SKF_AD_VLAN_TAG);
}

void FilterAssembler::load(std::uint32_t number) {
  emit(BPF_LD | BPF_IMM, number);
}
void FilterAssembler::recall(std::uint32_t cell) {
  emit(BPF_LD | BPF_MEM, cell);
}
void FilterAssembler::store(std::uint32_t cell) {
  emit(BPF_ST, cell);
}
void FilterAssembler::set_index(std::uint32_t number) {
  emit(BPF_LDX | BPF_IMM, number);
}
void FilterAssembler::recall_index(std::uint32_t cell) {
  emit(BPF_LDX | BPF_MEM, cell);
}
void FilterAssembler::to_index() {
  emit(BPF_MISC | BPF_TAX);
}
void FilterAssembler::from_index() {
  emit(BPF_MISC | BPF_TXA);
}

void FilterAssembler::mask(std::uint32_t bits) {
  emit(BPF_ALU | BPF_AND | BPF_K, bits);
}
void FilterAssembler::set_bits(std::uint32_t bits) {
  emit(BPF_ALU | BPF_OR | BPF_K, bits);
}
void FilterAssembler::add(std::uint32_t number) {
  emit(BPF_ALU | BPF_ADD | BPF_K, number);
}
void FilterAssembler::add_index() {
  emit(BPF_ALU | BPF_ADD | BPF_X);
}
void FilterAssembler::subtract_index() {
  emit(BPF_ALU | BPF_SUB | BPF_X);
}
void FilterAssembler::shift_left(std::uint32_t bits) {
  emit(BPF_ALU | BPF_LSH | BPF_K, bits);
}

void FilterAssembler::jump(Label to) {
  emit_jump(BPF_JMP | BPF_JA, 0, to, Arm::always);
}

void FilterAssembler::jump_if_equal(std::uint32_t number, Label to) {
  emit_jump(BPF_JMP | BPF_JEQ | BPF_K, number, to, Arm::if_true);
}

void FilterAssembler::jump_unless_equal(std::uint32_t number, Label to) {
  emit_jump(BPF_JMP | BPF_JEQ | BPF_K, number, to, Arm::if_false);
}

void FilterAssembler::jump_if_least(std::uint32_t number, Label to) {
  emit_jump(BPF_JMP | BPF_JGE | BPF_K, number, to, Arm::if_true);
}

void FilterAssembler::require(std::uint32_t number, std::uint32_t bits) {
  if (bits != 0xffffffff) mask(bits);
  emit(BPF_JMP | BPF_JEQ | BPF_K, number);
  program_.back().jump_true = 1;
  mismatch();
}

void FilterAssembler::match() {
  emit(BPF_RET | BPF_K, frame_matched);
}
void FilterAssembler::mismatch() {
  emit(BPF_RET | BPF_K, 0);
}

}  // namespace linkfab::netem
