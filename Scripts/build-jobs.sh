#!/usr/bin/env bash
# Compiler jobs: one a core, and 2 GB of free memory for each.
available=$(awk '/MemAvailable/ { print int($2 / 2097152) }' /proc/meminfo)
cores=$(nproc)
jobs=$((available < cores ? available : cores))
echo $((jobs > 0 ? jobs : 1))
