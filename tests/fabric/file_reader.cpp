// What the readers of files say of texts, for file_schema_test.py: on standard input a JSON list of
// {"kind": "topology" or "scenario", "text": …}; on standard output for each a list of findings
// and, without any, the text as it is written back.
#include <iostream>
#include <iterator>

#include <json/reader.h>
#include <json/writer.h>

#include "fabric/scenario_file.hpp"
#include "fabric/topology_file.hpp"

namespace linkfab::fabric {
namespace {

void add(Json::Value& answer, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) answer["findings"].append(format(finding));
}

Json::Value read(const Json::Value& file) {
  Json::Value answer(Json::objectValue);
  answer["findings"] = Json::Value(Json::arrayValue);
  const auto text = file["text"].asString();
  if (file["kind"] == "topology") {
    const auto topology = parse_topology(text, "/file");
    if (topology)
      answer["written"] = write_topology(*topology);
    else
      add(answer, topology.error());
  } else {
    const auto scenario =
        parse_scenario(text, "/file", ScenarioFormat::json, {.name = "file", .link = "link"});
    if (scenario)
      answer["written"] = write_scenario(scenario->scenario);
    else
      add(answer, scenario.error());
  }
  return answer;
}

}  // namespace
}  // namespace linkfab::fabric

int main() {
  Json::Value files;
  std::cin >> files;
  Json::Value answers(Json::arrayValue);
  for (const auto& file : files) answers.append(linkfab::fabric::read(file));
  std::cout << answers;
}
