// The reader of each format: a tree into a draft. import_topology() parses before and finishes
// after.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "formats/draft.hpp"
#include "formats/element.hpp"
#include "formats/import.hpp"
#include "formats/source.hpp"

namespace linkfab::formats {

// Files beside the imported one, read where a reader asks for them. They are part of the report.
class Documents {
 public:
  Documents(const ReadBeside& beside, Problems& problems) : beside_(beside), problems_(problems) {}

  // nullopt: there is none, or it is wrong.
  std::optional<Item> open(const std::string& name, Source (*parse)(std::string_view text));
  void add_reports(Report& report) const;

 private:
  struct Document {
    std::string name;
    Element root;
  };
  const ReadBeside& beside_;
  Problems& problems_;
  std::deque<Document> documents_;
};

void read_containerlab(const Item& root, Draft& draft, Documents& documents);
void read_core(const Item& root, Draft& draft, Documents& documents);
void read_gns3(const Item& root, Draft& draft, Documents& documents);
void read_imunes(const Item& root, Draft& draft, Documents& documents);
void read_kathara(const Item& root, Draft& draft, Documents& documents);
void read_miniedit(const Item& root, Draft& draft, Documents& documents);

}  // namespace linkfab::formats
