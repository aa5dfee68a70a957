#pragma once
// File mappings that outlive their files.
//
// A mapped file that is cut short, or whose disk fails, answers the next touch with SIGBUS, which ends the process. A
// mapping registered here reads as zeros from the faulty page on instead, and says so: cm_is_damaged(). A SIGBUS anywhere
// else goes to the handler that was there before. A signal handler cannot be written in Swift, hence this file.
#include <stddef.h>
#include <stdint.h>

/// A registered mapping.
typedef struct cm_mapping cm_mapping;

/// Registers a mapping of `length` bytes at `start`, a page border; NULL when there is no memory or no handler.
///
/// The first call installs the handler for good.
cm_mapping *cm_register(const void *start, size_t length);

/// Forgets a mapping: before it is unmapped, and when nobody reads it any more.
void cm_unregister(cm_mapping *mapping);

/// 1 once a page of the mapping could not be read.
int32_t cm_is_damaged(const cm_mapping *mapping);

/// Opens a new file without a name in `folder`, for reading and writing; -1 and errno where that is not possible.
///
/// The flag for it, O_TMPFILE, is one that Swift's Glibc does not show.
int cm_open_unnamed(const char *folder);
