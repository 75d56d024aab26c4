# Puts the web view together in TO: the pages of FROM and Cytoscape.js from npm. Offline it says so and leaves TO away;
# the next build tries again.

set(library ${FETCHED}/node_modules/cytoscape)
file(SHA256 ${FROM}/package-lock.json lock)
set(fetched_lock "")
if(EXISTS ${FETCHED}/fetched)
  file(READ ${FETCHED}/fetched fetched_lock)
endif()

if(NOT fetched_lock STREQUAL lock)
  file(MAKE_DIRECTORY ${FETCHED})
  file(COPY ${FROM}/package.json ${FROM}/package-lock.json DESTINATION ${FETCHED})
  execute_process(
    COMMAND ${NPM} ci --omit=dev --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=20000
    WORKING_DIRECTORY ${FETCHED} TIMEOUT 300 RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    string(REGEX REPLACE "\n.*" "" said "${said}")
    message("The web view is left out, npm could not fetch Cytoscape.js (${failed}): ${said}")
    file(REMOVE_RECURSE ${TO})
    return()
  endif()
  file(WRITE ${FETCHED}/fetched ${lock})
endif()

file(REMOVE_RECURSE ${TO})
file(GLOB pages ${FROM}/*.html ${FROM}/*.css ${FROM}/*.js ${FROM}/*.svg)
file(COPY ${pages} DESTINATION ${TO})
file(MAKE_DIRECTORY ${TO}/vendor)
file(COPY_FILE ${library}/dist/cytoscape.esm.min.mjs ${TO}/vendor/cytoscape.js)
file(COPY_FILE ${library}/LICENSE ${TO}/vendor/cytoscape.txt)
file(TOUCH ${STAMP})
