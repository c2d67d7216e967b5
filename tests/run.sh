# Sourced by ./pixee for `./pixee test` and `./pixee drill`.

passed=0
failed=0
suite=

stop_suite() {
  [ -n "$suite" ] || return 0
  local data=$suite
  suite=
  dotnet "$PIXEE_TEST_PROGRAM" postgres stop --data "$data" || true
  rm -rf "$data"
}

# In memory where there is plenty: hundreds of databases come and go, and a slow disk would be measured, not the product.
suite_place() {
  if [ -z "${TMPDIR:-}" ] && [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" -ge 12000000 ] 2>/dev/null; then
    printf '/dev/shm\n'
  else
    printf '%s\n' "${TMPDIR:-/tmp}"
  fi
}

start_suite() {
  suite=$(mktemp -d "$(suite_place)/pixee-test.XXXXXX")
  # PostgreSQL's own account must be able to pass; its files below are private.
  chmod 755 "$suite"
  PIXEE_TEST_POSTGRES=$(dotnet "$PIXEE_TEST_PROGRAM" postgres start --data "$suite") || return
  export PIXEE_TEST_POSTGRES
}

# Specs that start processes start what users start.
open_suite() {
  need_app
  export PIXEE_TEST_PROGRAM=$app/PixeeEvents.Server.dll
  # Hundreds of processes come and go, and none lives long enough to be worth profiling.
  export DOTNET_TieredPGO=0
  trap stop_suite EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  start_suite || give_up "PostgreSQL did not start"
}

finish() {
  stop_suite
  printf '%d passed, %d failed\n' "$passed" "$failed"
  if [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; then exit 0; else exit 1; fi
}

give_up() {
  printf 'pixee: %s\n' "$*" >&2
  failed=$((failed + 1))
  finish
}

# Adds one attribute of every <assembly> element of xunit's report.
count() {
  { grep -o '<assembly [^>]*' "$2" | grep -o " $1=\"[0-9]*\"" || true; } | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

run_project() {
  local name=$1 status=0 report
  shift
  report=$(mktemp)
  printf '\n%s\n' "$name"
  dotnet "$root/tests/$name/bin/Release/net10.0/PixeeEvents.$name.dll" -noLogo -noColor "$@" -xml "$report" || status=$?
  if [ -s "$report" ]; then
    local bad=$(($(count failed "$report") + $(count errors "$report")))
    passed=$((passed + $(count passed "$report")))
    failed=$((failed + bad))
    [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || failed=$((failed + 1))
  else
    printf '%s ended with status %d and without a report\n' "$name" "$status" >&2
    failed=$((failed + 1))
  fi
  rm -f "$report"
}

run_tests() {
  local project
  need_dotnet
  need_postgres
  need_node
  need_rails
  # npm writes its own copy of the lock file last.
  [ "$root/tests/node/node_modules/.package-lock.json" -nt "$root/tests/node/package-lock.json" ] ||
    quietly "Installing the Node packages of the tests" npm ci --prefix "$root/tests/node" --ignore-scripts --no-audit --no-fund ||
    give_up "the Node packages could not be installed"
  need_vips
  quietly "Building" alone dotnet build "$root/PixeeEvents.sln" -c Release -nodeReuse:false || give_up "the build failed"
  # What else dotnet format looks for, style and analyzers, the build has refused.
  if [ "${CI:-}" = true ]; then
    quietly "Checking the format" dotnet format whitespace "$root/PixeeEvents.sln" --no-restore --verify-no-changes ||
      give_up "dotnet format would change files"
  fi
  open_suite
  for project in "$root"/tests/*.Tests/*.csproj; do
    [ ! -f "$project" ] || run_project "$(basename "$project" .csproj)" "$@"
  done
  finish
}

run_drill() {
  [ "${1:-}" = webhooks ] && [[ ${2:-1000} =~ ^[1-9][0-9]*$ ]] && [ $# -le 2 ] || fail "the drill is: ./pixee drill webhooks [KILLS]"
  need_dotnet
  need_postgres
  quietly "Building" alone dotnet build "$root/tests/Host.Tests" -c Release -nodeReuse:false || give_up "the build failed"
  open_suite
  PIXEE_CRASHES=${2:-1000} run_project Host.Tests -class '*.CrashSpecs' -showLiveOutput
  finish
}
