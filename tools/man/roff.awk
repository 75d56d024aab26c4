# What both converters say in roff(7): text that is not taken for markup, and headings.

# `-` is a hyphen-minus, as people copy options from manual pages.
function roff(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/~/, "\\(ti", text)
  gsub(/\^/, "\\(ha", text)
  gsub(/`/, "\\(ga", text)
  gsub(/'/, "\\(aq", text)
  gsub(/"/, "\\(dq", text)
  return text
}

# A line as it is: a dot at its beginning would be a request.
function line(text) {
  sub(/ +$/, "", text)
  if (text ~ /^\./) text = "\\&" text
  print text
}

# Running text, in lines of some 72 characters: what is not ASCII counts as more to mandoc.
function flow(text,    count, words, i, so_far) {
  count = split(text, words, " ")
  so_far = words[1]
  for (i = 2; i <= count; ++i) {
    if (length(so_far) + 1 + length(words[i]) > 72) { line(so_far); so_far = words[i] } else so_far = so_far " " words[i]
  }
  line(so_far)
}

function section(title) { print ".SH " toupper(roff(title)); begun = 1 }
function subsection(title) { print ".SS " roff(title); begun = 1 }

# The macro before a paragraph; none after a heading, which begins one.
function paragraph() {
  if (!begun) print ".PP"
  begun = 0
}

