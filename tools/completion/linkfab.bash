# bash completion of linkfab; the program itself says what may stand next.

_linkfab() {
  local rest=${COMP_LINE:0:COMP_POINT} words=() part blank i

  # bash cuts words at ':' and '=', which belong to the words of linkfab: what no blank parts is one.
  for ((i = 0; i <= COMP_CWORD; ++i)); do
    part=${COMP_WORDS[i]}
    blank=${rest%%[![:space:]]*}
    rest=${rest#"$blank"}
    if [[ -n $blank || $i == 0 ]]; then words+=(""); fi
    words[-1]+=${rest:0:${#part}}
    rest=${rest:${#part}}
  done
  local typed=${words[-1]}
  typed=${typed#[\"\']}
  words[-1]=$typed

  local line told=()
  mapfile -t told < <("${words[0]/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null)

  COMPREPLY=()
  for line in "${told[@]}"; do
    case $line in
      :files) compopt -o filenames 2>/dev/null; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$typed") ;;
      :programs) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -c -- "$typed") ;;
      :open) compopt -o nospace 2>/dev/null ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done

  # What stands before the last cut is not bash's to replace.
  local cut=''
  if [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]]; then cut=${typed%"${typed##*:}"}; fi
  if [[ $typed == *=* && $COMP_WORDBREAKS == *=* && ${#cut} -le ${#typed} ]]; then
    part=${typed%"${typed##*=}"}
    if ((${#part} > ${#cut})); then cut=$part; fi
  fi
  COMPREPLY=("${COMPREPLY[@]#"$cut"}")
}

complete -F _linkfab linkfab
