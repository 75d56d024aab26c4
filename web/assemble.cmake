# Puts the web view together in TO: the pages of FROM and, for its consoles, xterm.js from npm. Where there is no npm or no
# network it says so and goes on without; a later change of the pages tries again.

set(libraries ${FETCHED}/node_modules/@xterm)
file(SHA256 ${FROM}/package-lock.json lock)
set(fetched_lock "")
if(EXISTS ${FETCHED}/fetched)
  file(READ ${FETCHED}/fetched fetched_lock)
endif()

set(fetched TRUE)
if(NOT fetched_lock STREQUAL lock)
  file(MAKE_DIRECTORY ${FETCHED})
  file(COPY ${FROM}/package.json ${FROM}/package-lock.json DESTINATION ${FETCHED})
  execute_process(
    COMMAND ${NPM} ci --omit=dev --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=20000
    WORKING_DIRECTORY ${FETCHED} TIMEOUT 300 RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    string(REGEX REPLACE "\n.*" "" said "${said}")
    message("The web view has no consoles, npm could not fetch xterm.js (${failed}): ${said}")
    set(fetched FALSE)
  else()
    file(WRITE ${FETCHED}/fetched ${lock})
  endif()
endif()

file(REMOVE_RECURSE ${TO})
file(GLOB pages ${FROM}/*.html ${FROM}/*.css ${FROM}/*.js ${FROM}/*.svg)
file(COPY ${pages} DESTINATION ${TO})
if(fetched)
  file(MAKE_DIRECTORY ${TO}/vendor)
  foreach(name xterm addon-fit addon-canvas)
    file(COPY_FILE ${libraries}/${name}/lib/${name}.js ${TO}/vendor/${name}.js)
    file(COPY_FILE ${libraries}/${name}/LICENSE ${TO}/vendor/${name}.txt)
  endforeach()
  file(COPY_FILE ${libraries}/xterm/css/xterm.css ${TO}/vendor/xterm.css)
endif()
file(TOUCH ${STAMP})
