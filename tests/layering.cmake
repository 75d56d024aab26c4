# Checks what each folder includes: cmake -P tests/layering.cmake. The rule is
# tools → {api, formats, fabric, ubridge, measure, capture}, {api, formats} → fabric → {ovsdb, openflow, netem, containers, gateway} → core,
# formats → netem (its values), measure → netem, capture → netem, ubridge → core; the five in the middle do not know each other, nor do fabric, measure,
# capture and ubridge.
#
# Asio, Beast and spdlog cost seconds of compilation a file, so what other folders include must be free
# of them, however indirectly. Excepted are the two headers that an asynchronous interface is made of.
cmake_minimum_required(VERSION 3.25)
if(NOT DEFINED root)  # -Droot=: another tree
  get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
endif()

set(may_include_core core)
foreach(folder ovsdb openflow netem containers gateway)
  set(may_include_${folder} core ${folder})
endforeach()
set(may_include_fabric core ovsdb openflow netem containers gateway fabric)
set(may_include_measure core netem measure)
set(may_include_capture core netem capture)
set(may_include_ubridge core ubridge)
set(may_include_api core fabric api)
set(may_include_formats core netem fabric formats)
set(may_include_tools core ovsdb openflow netem containers gateway fabric formats api measure capture ubridge tools)
set(folders core ovsdb openflow netem containers gateway fabric formats api measure capture ubridge tools)
set(interface_headers boost/asio/any_io_executor.hpp boost/asio/awaitable.hpp)

set(broken 0)
macro(complain text)
  message("${text}")
  math(EXPR broken "${broken} + 1")
endmacro()

# What each file includes, and which headers are heavy by themselves.
foreach(folder IN LISTS folders)
  foreach(extension hpp cpp h c)
    file(GLOB_RECURSE found RELATIVE "${root}" "${root}/${folder}/*.${extension}")
    list(APPEND files ${found})
  endforeach()
endforeach()
foreach(file IN LISTS files)
  file(STRINGS "${root}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  set(includes_${file} "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]*).*" "\\1" path "${line}")
    list(APPEND includes_${file} "${path}")
    if(path MATCHES "^(boost/(asio|beast)|spdlog)/" AND NOT path IN_LIST interface_headers)
      set(heavy_${file} "${path}")
    endif()
  endforeach()
endforeach()

# Weight passes on through headers, until nothing changes any more.
set(changed TRUE)
while(changed)
  set(changed FALSE)
  foreach(file IN LISTS files)
    foreach(path IN LISTS includes_${file})
      if(NOT DEFINED heavy_${file} AND DEFINED heavy_${path})
        set(heavy_${file} "${path}, ${heavy_${path}}")
        set(changed TRUE)
      endif()
    endforeach()
  endforeach()
endwhile()

foreach(file IN LISTS files)
  string(REGEX MATCH "^[a-z]+" folder "${file}")
  foreach(path IN LISTS includes_${file})
    string(REGEX MATCH "^[a-z]+" from "${path}")
    if(NOT path IN_LIST files OR from STREQUAL folder)
      continue()
    endif()
    if(NOT from IN_LIST may_include_${folder})
      complain("${file}: ${folder} must not include ${from} (${path})")
    elseif(DEFINED heavy_${path})
      complain("${file}: ${path} must not be heavy for other folders (it includes ${heavy_${path}})")
    endif()
  endforeach()
endforeach()

if(broken)
  message(FATAL_ERROR "${broken} includes break the layering")
endif()
