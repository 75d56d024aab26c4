# LINKFAB_PCAP_LIBRARY: the name that a program linked with libpcap would load it by, "libpcap.so.0.8" in Debian. It is
# loaded when it is first needed (core/pcap.hpp), so no program names it itself.
find_library(LINKFAB_PCAP_FILE pcap REQUIRED HINTS ${libpcap_LIBRARY_DIRS})
mark_as_advanced(LINKFAB_PCAP_FILE)
execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${LINKFAB_PCAP_FILE} OUTPUT_VARIABLE pcap_headers COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "SONAME +([^\n ]+)" found "${pcap_headers}")
set(LINKFAB_PCAP_LIBRARY "${CMAKE_MATCH_1}")
if(NOT found)
  message(FATAL_ERROR "${LINKFAB_PCAP_FILE} is no shared library with a name")
endif()
