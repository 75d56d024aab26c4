#include "netem/preset.hpp"

#include <array>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "core/suggest.hpp"

namespace linkfab::netem {
namespace {

constexpr std::string_view webpagetest =
    "WebPageTest, www/settings/connectivity.ini.sample, github.com/WPO-Foundation/webpagetest";

constexpr std::array all{
    Preset{"dial-up", "56k modem: 49 kbit/s down, 30 kbit/s up, 120 ms round trip", webpagetest,
           "delay=60ms rate=49kbit", "delay=60ms rate=30kbit"},
    Preset{"dsl", "ADSL: 1.5 Mbit/s down, 384 kbit/s up, 50 ms round trip", webpagetest,
           "delay=25ms rate=1.5mbit", "delay=25ms rate=384kbit"},
    Preset{"cable", "cable modem: 5 Mbit/s down, 1 Mbit/s up, 28 ms round trip", webpagetest,
           "delay=14ms rate=5mbit", "delay=14ms rate=1mbit"},
    Preset{"fibre", "fibre to the home: 20 Mbit/s down, 5 Mbit/s up, 4 ms round trip", webpagetest,
           "delay=2ms rate=20mbit", "delay=2ms rate=5mbit"},
    Preset{"edge", "mobile, 2G EDGE: 240 kbit/s down, 200 kbit/s up, 840 ms round trip",
           webpagetest, "delay=420ms rate=240kbit", "delay=420ms rate=200kbit"},
    Preset{"3g", "mobile, 3G: 1.6 Mbit/s down, 768 kbit/s up, 300 ms round trip", webpagetest,
           "delay=150ms rate=1.6mbit", "delay=150ms rate=768kbit"},
    Preset{"slow-4g", "mobile, a poor 4G: 1.6 Mbit/s down, 750 kbit/s up, 150 ms round trip",
           "Lighthouse, docs/throttling.md, github.com/GoogleChrome/lighthouse",
           "delay=75ms rate=1.6mbit", "delay=75ms rate=750kbit"},
    Preset{"4g", "mobile, 4G: 9 Mbit/s both ways, 170 ms round trip", webpagetest,
           "delay=85ms rate=9mbit", "delay=85ms rate=9mbit"},
    Preset{"lte", "mobile, LTE: 12 Mbit/s both ways, 70 ms round trip", webpagetest,
           "delay=35ms rate=12mbit", "delay=35ms rate=12mbit"},
    // The quarters of the round trip are 40 and 60 ms, so it deviates by 10 / 0.674 ms, and either
    // direction by 1 / sqrt 2 of that.
    Preset{"leo-satellite",
           "low orbit: 100 Mbit/s down, 12 Mbit/s up, round trip 50 ms, half of them 40 to 60 ms",
           "round trip: Michel, Trevisan, Giordano, Bonaventure, A First Look at Starlink "
           "Performance, IMC 2022; rates: Ookla, Starlink in Europe, Q2 2023",
           "delay=25ms jitter=10.5ms distribution=normal rate=100mbit",
           "delay=25ms jitter=10.5ms distribution=normal rate=12mbit"},
    Preset{"geo-satellite", "geostationary: 100 Mbit/s down, 10 Mbit/s up, 600 ms round trip",
           "Michel, Trevisan, Giordano, Bonaventure, A First Look at Starlink Performance, IMC "
           "2022; RFC 2488 section 2 has the physical part of it, 240 to 279 ms a direction",
           "delay=300ms rate=100mbit", "delay=300ms rate=10mbit"},
    Preset{"wifi-busy", "a shared medium: bursts of at most 42 frames each 0.8 to 10 ms",
           "tc-netem(8) and the change to Linux that brought slots, Täht and Seung, 2017",
           "delay=200us slot=800us,10ms,packets=42,bytes=65536",
           "delay=200us slot=800us,10ms,packets=42,bytes=65536"},
    Preset{"intercontinental", "12,000 km by air: 150 ms round trip",
           "ITU-T Y.1541 appendix III: a route 1.25 times the distance by air, 5 us a kilometre",
           "delay=75ms", "delay=75ms"},
    // 1 / (1 + 10) of the frames meet the bad state, which loses 30 % of them.
    Preset{"lossy-wan",
           "80 ms round trip, 2.7 % lost in sparse bursts of 30 %, some 10 frames long",
           "loss within bursts: Clark, Packet Loss Distributions and Packet Loss Models, ITU-T "
           "SG12 D.22; the rest chosen",
           "delay=40ms loss=gemodel:1%,10%,30%", "delay=40ms loss=gemodel:1%,10%,30%"},
};

void apply(Impairment& impairment, std::string_view options) {
  while (!options.empty()) {
    const auto word = options.substr(0, options.find(' '));
    options.remove_prefix(std::min(word.size() + 1, options.size()));
    const auto equals = word.find('=');
    if (auto done = set_option(impairment, word.substr(0, equals), word.substr(equals + 1)); !done)
      throw std::logic_error(linkfab::format(done.error()));
  }
}

}  // namespace

std::span<const Preset> presets() {
  return all;
}

Result<const Preset*> find_preset(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& preset : all) {
    if (preset.name == name) return &preset;
    names.push_back(preset.name);
  }
  const auto meant = did_you_mean(name, names);
  return failure(
      Errc::invalid, fmt::format("use preset '{}'", name),
      "there is none of that name" + (meant.empty() ? "; `linkfab presets` lists them" : meant));
}

Impairment impairment(const Preset& preset, PresetDirection direction) {
  Impairment made;
  apply(made, direction == PresetDirection::down ? preset.down : preset.up);
  return made;
}

Result<Impairment> parse_preset(std::string_view text, PresetDirection direction) {
  const auto slash = text.find('/');
  const auto name = text.substr(0, slash);
  if (slash != std::string_view::npos) {
    const auto named = text.substr(slash + 1);
    if (named != "down" && named != "up")
      return failure(Errc::invalid, fmt::format("use preset '{}'", text),
                     fmt::format("the directions are {0}/down and {0}/up", name));
    direction = named == "up" ? PresetDirection::up : PresetDirection::down;
  }
  const auto preset = find_preset(name);
  if (!preset) return std::unexpected(preset.error());
  return impairment(**preset, direction);
}

}  // namespace linkfab::netem
