// ubridge over FakeEffects: what the server test runs.
#include "ubridge/program.hpp"

#include <string>
#include <vector>

#include "tests/ubridge/fake_effects.hpp"

int main(int count, char** words) {
  using namespace linkfab::ubridge;
  const std::vector<std::string> arguments(words, words + count);
  return run_program(arguments, [](auto&&...) { return std::make_unique<test::FakeEffects>(); });
}
