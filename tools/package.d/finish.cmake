# CPack runs it over what is about to be packed: what Debian wants of files, as debhelper has it, and one time for all.
foreach(command IN ITEMS
    "find usr/bin usr/sbin usr/libexec -type f -exec strip --remove-section=.comment --remove-section=.note {} +"
    "find usr/share/man usr/share/doc/linkfab/changelog -type f -exec gzip -9n {} +"
    "find . -newermt @$SOURCE_DATE_EPOCH -exec touch -h -d @$SOURCE_DATE_EPOCH {} +")
  execute_process(COMMAND sh -ec "${command}" WORKING_DIRECTORY ${CPACK_TEMPORARY_DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
