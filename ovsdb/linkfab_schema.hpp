// The schema of the "Linkfab" database, ovsdb/schema/linkfab.ovsschema, as it was when this was
// built.
#pragma once

#include <string_view>

namespace linkfab::ovsdb {

[[nodiscard]] std::string_view linkfab_schema();

}  // namespace linkfab::ovsdb
