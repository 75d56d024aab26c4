# Puts the web view together in TO: the pages of FROM.
file(REMOVE_RECURSE ${TO})
file(GLOB pages ${FROM}/*.html ${FROM}/*.css ${FROM}/*.js ${FROM}/*.svg)
file(COPY ${pages} DESTINATION ${TO})
file(TOUCH ${STAMP})
