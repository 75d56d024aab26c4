#include "netem/extension_headers.hpp"

#include <netinet/in.h>

#include "netem/openflow_field.hpp"

namespace linkfab::netem {
namespace {

constexpr std::uint32_t fixed_header_size = 40;
constexpr int most_extension_headers = 6;

void keep_next_header(FilterAssembler& code, const HeaderCells& cells) {
  code.load(FilterAssembler::From::index, 1, 0);
  code.store(cells.protocol);
}

// Leaves its size; a later fragment is all that there is.
void pass_fragment_header(FilterAssembler& code, const HeaderCells& cells,
                          FilterAssembler::Label done) {
  using namespace fragment_bits;
  const auto whole = code.label();
  const auto first = code.label();
  code.load(FilterAssembler::From::index, 2, 2);
  code.jump_if_equal(0, whole);
  code.mask(0xfff8);
  code.jump_if_equal(0, first);
  code.load(any | later);
  code.store(cells.fragment);
  code.jump(done);
  code.place(first);
  code.load(any);
  code.store(cells.fragment);
  code.place(whole);
  keep_next_header(code, cells);
  code.load(8);
}

void pass_extension_header(FilterAssembler& code, const HeaderCells& cells,
                           FilterAssembler::Label done) {
  const auto options = code.label();
  const auto authentication = code.label();
  const auto fragment = code.label();
  const auto next = code.label();
  code.recall_index(cells.transport);
  code.recall(cells.protocol);
  code.jump_if_equal(IPPROTO_HOPOPTS, options);
  code.jump_if_equal(IPPROTO_ROUTING, options);
  code.jump_if_equal(IPPROTO_DSTOPTS, options);
  code.jump_if_equal(IPPROTO_AH, authentication);
  code.jump_if_equal(IPPROTO_FRAGMENT, fragment);
  code.jump(done);

  code.place(options);
  keep_next_header(code, cells);
  code.load(FilterAssembler::From::index, 1, 1);
  code.add(1);
  code.shift_left(3);
  code.jump(next);

  code.place(authentication);
  keep_next_header(code, cells);
  code.load(FilterAssembler::From::index, 1, 1);
  code.add(2);
  code.shift_left(2);
  code.jump(next);

  code.place(fragment);
  pass_fragment_header(code, cells, done);

  code.place(next);
  code.add_index();
  code.store(cells.transport);
}

}  // namespace

void pass_extension_headers(FilterAssembler& code, std::uint32_t header, const HeaderCells& cells) {
  code.load(0);
  code.store(cells.fragment);
  code.load(FilterAssembler::From::index, 1, header + 6);
  code.store(cells.protocol);
  code.from_index();
  code.add(header + fixed_header_size);
  code.store(cells.transport);
  const auto done = code.label();
  for (int passed = 0; passed < most_extension_headers; ++passed)
    pass_extension_header(code, cells, done);
  code.place(done);
}

}  // namespace linkfab::netem
