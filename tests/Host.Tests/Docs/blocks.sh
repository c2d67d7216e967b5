# Runs before the commands of a page: what goes wrong is written down, and the page goes on.
set -uE -o pipefail
exec 2>&1
problems=$PWD/problems
trap 'printf "failed: %s\n" "$BASH_COMMAND" >>"$problems"' ERR
trap '[[ ! -e listeners ]] || kill -KILL $(cat listeners)' EXIT

# Any status but a success, or the one that the page says, is a problem.
curl() {
  local status answer=$BASHPID.answer
  status=$(command curl -sS -m 60 -w '%{http_code}' -o "$answer" "$@") || true
  [[ $status == ${expect:-2[0-9][0-9]} ]] || printf '%s instead of %s: curl %s\n%s\n' "$status" "${expect:-a success}" "$*" "$(cat "$answer")" >>"$problems"
  cat "$answer"
  mv "$answer" answer
}
