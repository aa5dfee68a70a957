#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer as a library: runs with the arguments of a command line and calls `callback` with each input.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
