# The help of a program or command as the rest of a section of a manual page: with roff.awk.
# -v synopsis=1: the first line, "Usage: ...", is shown, in bold; else it is left out.
# -v common=1: "Common options", which all commands have, are shown, too.

function end_block() {
  if (in_example) { print ".fi"; print ".RE"; in_example = begun = 0 }
}

# "  --name ARGUMENT   text", "  key   text": two spaces end the term; a term too long for that ends where its
# argument does.
function term(text,    end, words) {
  sub(/^ +/, "", text)
  if (match(text, /  +/)) {
    end = RSTART
  } else {
    words = split(text, word, " ")
    end = length(word[1]) + 1
    if (words > 2) end += length(word[2]) + 1
  }
  print ".TP"
  line("\\fB" roff(substr(text, 1, end - 1)) "\\fR")
  text = substr(text, end)
  sub(/^ +/, "", text)
  flow(roff(text))
  begun = 0
}

BEGIN { begun = 1 }

/^Usage: / {
  if (synopsis) { paragraph(); sub(/^Usage: /, ""); flow("\\fB" roff($0) "\\fR") }
  next
}
/^(Common|Global) options:$/ { end_block(); skipping = !common }
/^[^ ].*:$/ && !/^(Common|Global) options:$/ { skipping = 0 }
skipping { next }
# A heading of a list or of examples stands alone on its line.
/^[^ ].*:$/ && !in_paragraph {
  end_block()
  paragraph()
  line(roff($0))
  examples = /^Examples:$/
  next
}
/^ *$/ { end_block(); in_paragraph = 0; next }
/^  / && examples {
  if (!in_example) { print ".RS 4"; print ".nf"; in_example = 1 }
  line(roff(substr($0, 3)))
  next
}
# What goes on from the line before, in the column of the texts.
/^          / { flow(roff($0)); next }
/^  / { term($0); next }
{
  if (!in_paragraph) { paragraph(); in_paragraph = 1 }
  flow(roff($0))
}
END { end_block() }

