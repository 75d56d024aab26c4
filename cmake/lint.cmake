# Targets for the style: `format` rewrites, `format-check` complains. `tools/test tidy` is the rest.

file(GLOB_RECURSE linkfab_sources CONFIGURE_DEPENDS LIST_DIRECTORIES false
  core/*.[ch]pp ovsdb/*.[ch]pp openflow/*.[ch]pp netem/*.[ch]pp containers/*.[ch]pp gateway/*.[ch]pp
  fabric/*.[ch]pp ubridge/*.[ch]pp tools/*.[ch]pp tests/*.[ch]pp)

add_custom_target(format
  COMMAND clang-format-19 -i ${linkfab_sources}
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM COMMENT "Formatting every source")
add_custom_target(format-check
  COMMAND clang-format-19 --dry-run --Werror ${linkfab_sources}
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM COMMENT "Checking the format of every source")
