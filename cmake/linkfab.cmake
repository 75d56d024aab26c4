# What every target of the project has in common.

add_library(linkfab_options INTERFACE)
target_include_directories(linkfab_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(linkfab_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wnon-virtual-dtor
  # Designated initialisers leave out what keeps its default.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports values inside std::expected and coroutine frames that are never read uninitialised, and takes the
  # allocation of a coroutine frame, optimised, for a mismatched one.
  target_compile_options(linkfab_options INTERFACE -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()
if(NOT CMAKE_UNITY_BUILD)
  target_compile_options(linkfab_options INTERFACE -Wshadow)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A source file that is part of another looks like a header to it, and what the others keep to themselves like
  # globals.
  target_compile_options(linkfab_options INTERFACE -Wno-subobject-linkage -Wshadow=local)
endif()
if(LINKFAB_WERROR)
  target_compile_options(linkfab_options INTERFACE -Werror)
endif()
if(LINKFAB_SANITIZE)
  target_compile_options(linkfab_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(linkfab_options INTERFACE -fsanitize=address,undefined)
endif()
if(LINKFAB_FUZZ)
  target_compile_options(linkfab_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# linkfab_library(NAME SOURCES... LINKS...): the library linkfab_NAME of one folder.
function(linkfab_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS;PRIVATE_LINKS")
  add_library(linkfab_${name} STATIC ${arg_SOURCES})
  target_link_libraries(linkfab_${name} PUBLIC linkfab_options ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
endfunction()

# linkfab_characters(VARIABLE FILE): the file as the elements of an array of char, for configure_file(); read anew
# whenever it changes. Characters rather than one literal: the length of a literal is limited.
function(linkfab_characters variable file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," characters "${hex}")
  set(${variable} "${characters}" PARENT_SCOPE)
endfunction()

# linkfab_test(NAME LABEL label SOURCES... LINKS...): a GoogleTest program. The label says what it needs:
# unit (nothing), server (ovsdb-server and ovs-vswitchd, no root), root (root: namespaces, eBPF, a Docker to
# be started), kernel (root, openvswitch and netem). The target LABEL_tests builds all of one label.
function(linkfab_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL" "SOURCES;LINKS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE linkfab_options ${arg_LINKS} GTest::gmock GTest::gtest_main)
  if(NOT TARGET ${arg_LABEL}_tests)
    add_custom_target(${arg_LABEL}_tests)
  endif()
  add_dependencies(${arg_LABEL}_tests ${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 900 SKIP_REGULAR_EXPRESSION "ALL TESTS SKIPPED")
endfunction()
