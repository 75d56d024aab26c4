# The Markdown of docs/ as the sections of a manual page: with roff.awk. Its dialect is what those files use: headings,
# paragraphs, lists, code, tables, emphasis, links.
# -v only="TITLE": that section alone, without its heading. -v skip="TITLE": all but that section.

# Code is bold; emphasis is what it is. Where a mark stands in code it is none, so code goes first.
function inline(text,    out, code, end) {
  out = ""
  while ((end = index(text, "`")) > 0) {
    out = out prose(substr(text, 1, end - 1))
    text = substr(text, end + 1)
    end = index(text, "`")
    code = end ? substr(text, 1, end - 1) : text
    text = end ? substr(text, end + 1) : ""
    out = out "\\fB" roff(code) "\\fR"
  }
  return out prose(text)
}

function prose(text) {
  text = links(text)
  text = roff(text)
  while (match(text, /\*\*[^*]+\*\*/))
    text = substr(text, 1, RSTART - 1) "\\fB" substr(text, RSTART + 2, RLENGTH - 4) "\\fR" substr(text, RSTART + RLENGTH)
  while (match(text, /\*[^* ][^*]*\*/))
    text = substr(text, 1, RSTART - 1) "\\fI" substr(text, RSTART + 1, RLENGTH - 2) "\\fR" substr(text, RSTART + RLENGTH)
  return text
}

# [text](target): the text; on paper nothing can be followed.
function links(text,    whole) {
  while (match(text, /\[[^]]*\]\([^)]*\)/)) {
    whole = substr(text, RSTART, RLENGTH)
    sub(/^\[/, "", whole)
    sub(/\]\(.*$/, "", whole)
    text = substr(text, 1, RSTART - 1) whole substr(text, RSTART + RLENGTH)
  }
  return text
}

# A row becomes an entry: its first cell, or the second where that is empty, and the others as its text.
function row(text,    count, i, cell, body) {
  gsub(/\\\|/, "\001", text)
  sub(/^\| */, "", text)
  sub(/ *\| *$/, "", text)
  count = split(text, cells, / *\| */)
  for (i in cells) gsub(/\001/, "|", cells[i])
  if (++rows == 1) { columns = count; for (i = 1; i <= count; ++i) heading[i] = cells[i]; return }
  if (rows == 2) return
  print ".TP"
  body = ""
  for (i = cells[1] == "" ? 3 : 2; i <= count; ++i) {
    if (cells[i] == "") continue
    if (body != "") body = body (heading[i] == "default" ? ", " : ": ")
    if (heading[i] == "default" || heading[i] == "environment") body = body heading[i] " "
    body = body inline(cells[i])
  }
  line(inline(cells[cells[1] == "" ? 2 : 1]))
  if (body == "") print "\\&"; else flow(body)
  begun = 0
}

function close_all() {
  in_paragraph = 0
  rows = 0
  if (in_item) { in_item = 0; begun = 0 }
  if (in_code) { print ".fi"; print ".RE"; in_code = 0 }
}

function open_code() {
  close_all()
  if (!begun) print ".sp"
  print ".RS 4"
  print ".nf"
  begun = 0
  in_code = 1
}

BEGIN { begun = 1; shown = only == "" }

/^```/ && !fenced { fenced = 1; if (shown) open_code(); next }
/^```/ { fenced = 0; close_all(); next }
fenced { if (shown) line(roff($0)); next }
/^# / || /^<!--/ { next }
/^## / {
  close_all()
  title = substr($0, 4)
  shown = only == "" ? title != skip : title == only
  if (shown && only == "") section(title)
  next
}
!shown { next }
/^### / { close_all(); subsection(substr($0, 5)); next }
/^ *$/ { if (in_code) { blank = 1 } else close_all(); next }
/^    / && !in_item {
  if (!in_code) open_code(); else if (blank) print ""
  blank = 0
  line(roff(substr($0, 5)))
  next
}
in_code { close_all(); blank = 0 }
/^\|/ { row($0); next }
/^- / {
  close_all()
  print ".IP \\(bu 2"
  flow(inline(substr($0, 3)))
  in_item = 1
  next
}
in_item && /^  / { flow(inline(substr($0, 3))); next }
{
  if (!in_paragraph) { close_all(); paragraph(); in_paragraph = 1 }
  flow(inline($0))
}
END { close_all() }
