#pragma once
#include <sqlite3.h>

// Swift cannot call C functions with variable arguments, nor spell the macro SQLITE_TRANSIENT: these are the doors.

/// Switches one boolean option of a connection; returns a SQLite result code.
static inline int carrel_sqlite3_db_config(sqlite3 *db, int option, int on) {
    return sqlite3_db_config(db, option, on, (int *)0);
}

/// Lets SQLite of this process allocate without counting, which takes a lock each time; before it is used first.
static inline int carrel_sqlite3_omit_memory_counts(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// Binds text, which SQLite copies.
static inline int carrel_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 byteCount) {
    return sqlite3_bind_text64(statement, index, text, byteCount, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/// Binds bytes, which SQLite copies; no bytes bind as an empty blob, never as NULL.
static inline int carrel_sqlite3_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 byteCount) {
    return byteCount == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                          : sqlite3_bind_blob64(statement, index, bytes, byteCount, SQLITE_TRANSIENT);
}
