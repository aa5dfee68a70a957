#!/usr/bin/env bash
# One line of talk on stderr, so that stdout carries data only.
printf '\033[1m==>\033[0m %s\n' "$*" >&2
