#!/bin/sh
# Formats a new Kafka and becomes it.
#
#   start.sh LIBS PROPERTIES LOG4J SCRAM_USER SCRAM_USER
set -e
# Without `-`: an id that begins with one is read as an option.
id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'AA' | tr -d '=')
java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$1/*" kafka.tools.StorageTool format -t "$id" -c "$2" \
    --add-scram "$4" --add-scram "$5"
exec java -Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "-Dlog4j2.configurationFile=$3" \
    -cp "$1/*" kafka.Kafka "$2"
