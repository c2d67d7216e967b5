#!/usr/bin/env bash
# ./pixee for the commands of a page: the program itself, but for what takes the whole machine or does not end.
case "$1 ${2:-}" in
  run* | test* | bench* | drill*) exit 0 ;;
  "demo --products") set -- demo --products 50 ;;
  "webhooks listen")
    dotnet "$PROGRAM" "$@" --port 0 >listening.$$ 2>&1 &
    echo $! >>listeners
    until grep -q Listening listening.$$; do
      kill -0 $! || { cat listening.$$; exit 1; }
      sleep 0.1
    done
    exit 0
    ;;
esac
exec dotnet "$PROGRAM" "$@"
