// Classic BPF, instruction by instruction, with jumps to places that come later.
//
// The accumulator holds what was loaded last; an offset is from the start of the frame, or from the
// index register with `indexed`. A load past the frame's end ends the program: it does not match.
#pragma once

#include <cstdint>
#include <vector>

#include "netem/frame_filter.hpp"

namespace linkfab::netem {

class FilterAssembler {
 public:
  enum class Label : std::size_t {};
  enum class From { frame, index };

  [[nodiscard]] Label label() { return static_cast<Label>(places_++); }
  void place(Label label);  // here, after all jumps to it

  void load(From from, int width, std::uint32_t offset);  // 1, 2 or 4 bytes
  void load_length();
  void load_tag_present();  // beside the frame: in the kernel's packet, not in its bytes
  void load_tag();
  void load(std::uint32_t number);
  void recall(std::uint32_t cell);  // from one of 16
  void store(std::uint32_t cell);
  void set_index(std::uint32_t number);
  void recall_index(std::uint32_t cell);
  void to_index();
  void from_index();

  void mask(std::uint32_t bits);
  void set_bits(std::uint32_t bits);
  void add(std::uint32_t number);
  void add_index();
  void subtract_index();
  void shift_left(std::uint32_t bits);

  void jump(Label to);
  void jump_if_equal(std::uint32_t number, Label to);  // within 255 instructions, and so the next
  void jump_unless_equal(std::uint32_t number, Label to);
  void jump_if_least(std::uint32_t number, Label to);  // at least the number
  // Does not match unless the accumulator's bits under the mask are these.
  void require(std::uint32_t number, std::uint32_t bits = 0xffffffff);
  void match();
  void mismatch();

  [[nodiscard]] FilterProgram take() { return std::move(program_); }

 private:
  enum class Arm { always, if_true, if_false };
  struct Jump {
    std::size_t from;
    Label to;
    Arm arm;
  };
  void emit(unsigned code, std::uint32_t operand = 0);
  void emit_jump(unsigned code, std::uint32_t operand, Label to, Arm arm);

  FilterProgram program_;
  std::vector<Jump> jumps_;
  std::size_t places_ = 0;
};

}  // namespace linkfab::netem
