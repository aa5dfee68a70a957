import CSQLite
import Glibc

/// The schema of one kind of file as a list of steps, each tried once and never undone.
///
/// `user_version` counts the steps a file has gone through. All missing steps run in one transaction; before an older
/// file is touched a copy of it is kept beside it, which is the way back.
package struct Migrations {
    /// Written into new files as `application_id`.
    package let applicationID: Int32
    /// `steps[n]` brings version n to n + 1.
    package let steps: [String]

    /// The steps of one kind of file.
    package init(applicationID: Int32, steps: [String]) {
        self.applicationID = applicationID
        self.steps = steps
    }

    package var version: Int { steps.count }

    /// Where the copy of a file with schema `version` is kept.
    package static func copyPath(of path: String, version: Int) -> String { "\(path).schema-\(version)" }

    /// Brings the file to the newest version.
    package func migrate(_ connection: Connection) throws(StoreError) {
        if try check(connection) == version { return }
        connection.seal(false)
        defer { connection.seal(true) }
        try StoreError.only {
            try connection.transaction("BEGIN IMMEDIATE") {
                // Read again under the lock: another process may have been faster.
                let found = try check(connection)
                guard found < version else { return }
                if found > 0 { try keepCopy(of: connection.path, version: found) }
                for step in steps[found...] { try connection.execute(script: step) }
                try connection.execute(
                    script: "PRAGMA application_id=\(applicationID); PRAGMA user_version=\(version);")
            }
        }
    }

    /// The version of a file of this kind, at most ``version``; 0 for an empty one.
    func check(_ connection: Connection) throws(StoreError) -> Int {
        let found = try connection.first("PRAGMA user_version") { $0.integer(0) } ?? 0
        let kind = try connection.first("PRAGMA application_id") { $0.integer(0) } ?? 0
        if found == 0 {
            let tables = try connection.first("SELECT count(*) FROM sqlite_schema") { $0.integer(0) } ?? 0
            guard tables == 0 else { throw .foreignFile(path: connection.path) }
            return 0
        }
        guard kind == applicationID else { throw .foreignFile(path: connection.path) }
        guard found <= Int64(version) else {
            throw .newerSchema(path: connection.path, found: Int(found), known: version)
        }
        guard found > 0 else { throw .foreignFile(path: connection.path) }
        return Int(found)
    }

    /// For connections that may only read.
    func requireCurrent(_ connection: Connection) throws(StoreError) {
        let found = try check(connection)
        guard found == version else {
            throw .olderSchema(path: connection.path, found: found, known: version)
        }
    }

    /// Writes the whole file beside itself; a copy under the final name is complete.
    ///
    /// SQLite copies nothing out of a connection that is writing, so another one reads what the migrating connection
    /// found and has locked against all other writers.
    private func keepCopy(of path: String, version: Int) throws(StoreError) {
        let source = try Connection(path, role: .reader)
        let target = Self.copyPath(of: path, version: version)
        let unfinished = target + ".unfinished"
        unlink(unfinished)
        try DatabaseFile.createIfMissing(unfinished)
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(unfinished, &opened, flags, nil)
        defer { sqlite3_close_v2(opened) }
        guard code == SQLITE_OK, let opened else {
            throw StoreError(SQLiteFailure(code: code, message: "the copy cannot be made", path: unfinished))
        }
        guard let backup = sqlite3_backup_init(opened, "main", source.handle, "main") else {
            throw StoreError(
                SQLiteFailure(
                    code: sqlite3_extended_errcode(opened), message: String(cString: sqlite3_errmsg(opened)),
                    path: unfinished))
        }
        sqlite3_backup_step(backup, -1)
        let finished = sqlite3_backup_finish(backup)
        guard finished == SQLITE_OK else {
            throw StoreError(
                SQLiteFailure(code: finished, message: String(cString: sqlite3_errmsg(opened)), path: unfinished))
        }
        guard rename(unfinished, target) == 0 else { throw DatabaseFile.failure(errno, target) }
    }
}
