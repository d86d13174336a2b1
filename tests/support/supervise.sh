#!/bin/sh
# Runs a command for as long as whoever started this script lives, however that one ends.
#
#   supervise.sh LOG COMMAND [ARGUMENT...]
#
# The standard input is the life line: when its other end closes, be it by kill -9, the command is
# killed. Prints the command's process id, writes its output to LOG and ends with its status. If
# REMOVE is set, that directory goes with the command.
log=$1
shift
exec 3<&0
"$@" </dev/null >>"$log" 2>&1 3<&- &
child=$!

(
    while read -r _ <&3; do :; done
    kill -9 "$child"
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-

echo "$child"
exec >/dev/null 2>&1

# Ctrl-C reaches this script, too; it ends with the command and not before.
trap : INT TERM HUP
while
    wait "$child"
    status=$?
    kill -0 "$child"
do :; done
# From here on the process id may be somebody else's: the watcher must not outlive the command.
kill -9 "$watcher"
if [ -n "$REMOVE" ]; then
    rm -rf "$REMOVE"
fi
exit "$status"
