#!/bin/sh
# Makes the password file from the environment, so that no secret lies in the repository.
set -eu
umask 077
: > /tmp/passwords
mosquitto_passwd -b /tmp/passwords ingest "$MQTT_INGEST_PASSWORD"
mosquitto_passwd -b /tmp/passwords network-server "$MQTT_PUBLISH_PASSWORD"
mosquitto_passwd -b /tmp/passwords health "$MQTT_HEALTH_PASSWORD"
chown mosquitto:mosquitto /tmp/passwords /mosquitto/data
exec mosquitto -c /mosquitto/config/mosquitto.conf
