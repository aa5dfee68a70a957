import CSQLite

extension Connection {
    /// What holds for every connection: durability, distrust of the file, small memory.
    func applyPolicy(role: Role) throws(StoreError) {
        for (option, on) in [
            (SQLITE_DBCONFIG_DEFENSIVE, Int32(1)), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
            (SQLITE_DBCONFIG_ENABLE_FKEY, 1),
            (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0), (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
            (SQLITE_DBCONFIG_ENABLE_TRIGGER, 1),
        ] {
            try check(carrel_sqlite3_db_config(handle, option, on))
        }
        // A reader that closes last must not write; the writer folds the log itself.
        if role == .reader { try check(carrel_sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)) }
        applyLimits()
        try execute(
            script: """
                PRAGMA synchronous=FULL;
                PRAGMA cell_size_check=ON;
                PRAGMA mmap_size=0;
                PRAGMA cache_size=\(Self.leastCachedPages);
                PRAGMA temp_store=MEMORY;
                """)
        if role == .writer {
            // SQLite quietly opens for reading what it may not write.
            guard sqlite3_db_readonly(handle, "main") == 0 else {
                throw .readOnly(SQLiteFailure(code: SQLITE_READONLY, message: "no permission to write", path: path))
            }
            let mode = try first("PRAGMA journal_mode=WAL") { $0.text(0) }
            guard mode == "wal" else {
                throw .readOnly(
                    SQLiteFailure(
                        code: SQLITE_READONLY, message: "write-ahead logging is not possible here", path: path))
            }
        } else {
            try execute(script: "PRAGMA query_only=ON")
        }
        try check(sqlite3_wal_autocheckpoint(handle, 0))
        seal(true)
    }

    /// Pages of 4 KB.
    private static let leastCachedPages: Int64 = 64
    private static let mostCachedPages: Int64 = 2_048
    /// In a table whose rows take some hundred bytes, one page in 200 to 300 is above the leaves.
    private static let pagesPerCachedPage: Int64 = 64

    /// Lets the page cache grow with the file: with the pages above the leaves in it, a row costs one read of the file
    /// instead of two or three, and none of those pages is checked again.
    ///
    /// A small file keeps its 256 KB; pages are allocated as they are read.
    func fitCache() throws(StoreError) {
        let pageCount = try first("PRAGMA page_count") { $0.integer(0) } ?? 0
        let size = min(max(pageCount / Self.pagesPerCachedPage, Self.leastCachedPages), Self.mostCachedPages)
        try execute(script: "PRAGMA cache_size=\(size)")
    }

    /// Bounds on what a statement may be; the largest value is a document of 16 MiB with room for escapes.
    private func applyLimits() {
        for (limit, value) in [
            (SQLITE_LIMIT_LENGTH, 64 << 20), (SQLITE_LIMIT_SQL_LENGTH, 64 << 10), (SQLITE_LIMIT_COLUMN, 64),
            (SQLITE_LIMIT_EXPR_DEPTH, 64), (SQLITE_LIMIT_COMPOUND_SELECT, 8), (SQLITE_LIMIT_VDBE_OP, 20_000),
            (SQLITE_LIMIT_FUNCTION_ARG, 8), (SQLITE_LIMIT_ATTACHED, 0), (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256),
            (SQLITE_LIMIT_VARIABLE_NUMBER, 64), (SQLITE_LIMIT_TRIGGER_DEPTH, 8), (SQLITE_LIMIT_WORKER_THREADS, 0),
        ] as [(Int32, Int32)] {
            sqlite3_limit(handle, limit, value)
        }
    }

    /// Forbids ATTACH, DETACH and loaded code; once `sealed`, also every change of the schema.
    package func seal(_ sealed: Bool) {
        sqlite3_set_authorizer(handle, sealed ? sealedAuthorizer : migratingAuthorizer, nil)
    }
}

private typealias Authorizer =
    @convention(c) (
        UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
        UnsafePointer<CChar>?
    ) -> Int32

private let migratingAuthorizer: Authorizer = { _, action, _, name, _, _ in
    switch action {
    case SQLITE_ATTACH, SQLITE_DETACH: SQLITE_DENY
    case SQLITE_FUNCTION: isExtensionLoader(name) ? SQLITE_DENY : SQLITE_OK
    default: SQLITE_OK
    }
}

private let sealedAuthorizer: Authorizer = { _, action, argument, name, _, _ in
    switch action {
    case SQLITE_SELECT, SQLITE_READ, SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE, SQLITE_TRANSACTION, SQLITE_RECURSIVE:
        SQLITE_OK
    case SQLITE_FUNCTION: isExtensionLoader(name) ? SQLITE_DENY : SQLITE_OK
    case SQLITE_PRAGMA: isHarmlessPragma(argument) ? SQLITE_OK : SQLITE_DENY
    default: SQLITE_DENY
    }
}

private func isExtensionLoader(_ name: UnsafePointer<CChar>?) -> Bool {
    guard let name else { return false }
    return sqlite3_stricmp(name, "load_extension") == 0
}

private func isHarmlessPragma(_ name: UnsafePointer<CChar>?) -> Bool {
    guard let name else { return false }
    let harmless: [String] = [
        "user_version", "application_id", "data_version", "quick_check", "page_count", "max_page_count", "cache_size",
    ]
    return harmless.contains(String(cString: name))
}
