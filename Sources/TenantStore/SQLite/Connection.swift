import CSQLite

/// One connection to one SQLite file.
///
/// Opened without SQLite's own mutexes: at most one thread at a time may use it, which a class that is not `Sendable`
/// makes the compiler watch. Statements are prepared once and kept.
package final class Connection {
    /// What a connection may do.
    package enum Role {
        /// Creates the file if it is missing.
        case writer
        case reader
    }

    package let path: String
    let handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    /// How many statements were prepared so far: what the cache did not save.
    package private(set) var preparedCount = 0
    /// Set when a rollback failed; every later call throws it.
    private(set) var fatalError: StoreError?
    private(set) var isClosed = false
    /// The first failure of SQLite inside the running transaction, which may then not commit.
    private var transactionFailure: StoreError?

    /// More texts than this are not kept; the module has fewer.
    private static let cacheCapacity = 96
    private static let busyTimeoutMilliseconds: Int32 = 5_000
    /// Nobody asks how much memory SQLite has; where another library has used it before, it goes on counting.
    private static let countsNoMemory = carrel_sqlite3_omit_memory_counts() == SQLITE_OK

    /// Opens `path`, in which no component may be a symbolic link.
    package init(_ path: String, role: Role) throws(StoreError) {
        self.path = path
        _ = Self.countsNoMemory
        if role == .writer { try DatabaseFile.createIfMissing(path) }
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard let opened, code == SQLITE_OK else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            let systemError = opened.map { sqlite3_system_errno($0) } ?? 0
            sqlite3_close_v2(opened)
            throw StoreError(SQLiteFailure(code: code, message: message, path: path), systemError: systemError)
        }
        handle = opened
        do {
            try setBusyTimeout(milliseconds: Self.busyTimeoutMilliseconds)
            try applyPolicy(role: role)
        } catch {
            statements.removeAll()
            sqlite3_close_v2(opened)
            isClosed = true
            throw error
        }
    }

    deinit {
        if !isClosed {
            statements.removeAll()
            sqlite3_close_v2(handle)
        }
    }

    /// Ends the connection; the last one of a file also folds the write-ahead log into it.
    package func close() throws(StoreError) {
        guard !isClosed else { return }
        statements.removeAll()
        let code = sqlite3_close(handle)
        guard code == SQLITE_OK else { throw failure(code, sql: nil) }
        isClosed = true
    }

    /// Runs a statement that answers no rows; returns how many rows it changed.
    @discardableResult
    package func run(_ sql: String, _ values: Binding...) throws(StoreError) -> Int {
        let statement = try take(sql)
        defer { giveBack(statement) }
        try statement.bind(values)
        while try statement.step() {}
        return Int(sqlite3_changes64(handle))
    }

    /// Runs a statement without rows once for each of `elements`: prepared and looked up once for all.
    func run<Element>(
        _ sql: String, forEach elements: [Element], _ values: (Element) throws(StoreError) -> [Binding]
    ) throws(StoreError) {
        guard !elements.isEmpty else { return }
        let statement = try take(sql)
        defer { giveBack(statement) }
        for element in elements {
            try statement.bind(try values(element))
            while try statement.step() {}
            statement.rewind()
        }
    }

    /// Calls `body` with each row, which is valid only during the call, until it returns false.
    func forEachRow(
        _ sql: String, _ values: Binding..., body: (Row) throws -> Bool
    ) throws {
        let statement = try take(sql)
        defer { giveBack(statement) }
        try statement.bind(values)
        while try statement.step() {
            guard try body(Row(statement)) else { break }
        }
    }

    /// All rows, each turned into a value.
    package func all<T>(
        _ sql: String, _ values: Binding..., read: (Row) throws(StoreError) -> T
    ) throws(StoreError) -> [T] {
        let statement = try take(sql)
        defer { giveBack(statement) }
        try statement.bind(values)
        var result: [T] = []
        while try statement.step() { result.append(try read(Row(statement))) }
        return result
    }

    /// The first row as a value, or nil when there is none.
    package func first<T>(
        _ sql: String, _ values: Binding..., read: (Row) throws(StoreError) -> T
    ) throws(StoreError) -> T? {
        let statement = try take(sql)
        defer { giveBack(statement) }
        try statement.bind(values)
        return try statement.step() ? try read(Row(statement)) : nil
    }

    /// The first row for each of `elements` as a value, in their order; those without one are left out.
    ///
    /// Prepared and looked up once for all: for ten rows of a page that takes longer than to read them.
    func first<Element, T>(
        _ sql: String, forEach elements: [Element], _ value: (Element) -> Binding, read: (Row) throws(StoreError) -> T
    ) throws(StoreError) -> [T] {
        guard !elements.isEmpty else { return [] }
        let statement = try take(sql)
        defer { giveBack(statement) }
        var result: [T] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            try statement.bind(CollectionOfOne(value(element)))
            if try statement.step() { result.append(try read(Row(statement))) }
            statement.rewind()
        }
        return result
    }

    /// Runs several statements, as in a schema; nothing is bound and nothing kept.
    package func execute(script: String) throws(StoreError) {
        try check(sqlite3_exec(handle, script, nil, nil, nil), sql: script)
    }

    /// A loop over a statement's rows may ask the same question again: it gets another one.
    private func take(_ sql: String) throws(StoreError) -> Statement {
        if let fatalError { throw fatalError }
        if let kept = statements[sql], !kept.isInUse {
            kept.isInUse = true
            return kept
        }
        guard !isClosed else { throw .misuse("a closed connection was used") }
        preparedCount += 1
        let statement = try Statement(sql, on: self)
        statement.isInUse = true
        if statements.count < Self.cacheCapacity || statements[sql] != nil { statements[sql] = statement }
        return statement
    }

    private func giveBack(_ statement: Statement) {
        statement.reset()
        statement.isInUse = false
    }

    /// How long a statement waits for another process.
    package func setBusyTimeout(milliseconds: Int32) throws(StoreError) {
        try check(sqlite3_busy_timeout(handle, milliseconds))
    }

    package var isInTransaction: Bool { !isClosed && sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` between BEGIN and COMMIT; any error rolls everything back.
    ///
    /// A failed COMMIT is rolled back too, so the connection is ready for the next transaction; if even the rollback
    /// fails, ``fatalError`` says so on every later call. Errors that are not SQLite's may be caught inside `body`.
    package func transaction<T>(
        _ begin: String, beforeCommit: () throws -> Void = {}, _ body: () throws -> T
    ) throws -> T {
        guard !isInTransaction else { throw StoreError.alreadyInTransaction }
        try run(begin)
        transactionFailure = nil
        do {
            let result = try body()
            // A statement that failed half way may have left half of a document, and a full disk may have rolled back
            // by itself: a body that swallowed the error must not commit.
            if let transactionFailure { throw transactionFailure }
            guard isInTransaction else { throw StoreError.notInTransaction }
            try beforeCommit()
            try run("COMMIT")
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    private func rollBack() {
        guard isInTransaction else { return }
        do throws(StoreError) {
            try run("ROLLBACK")
        } catch {
            guard isInTransaction else { return }
            fatalError = .unusable(
                SQLiteFailure(
                    code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)),
                    sql: "ROLLBACK", path: path))
        }
    }

    func check(_ code: Int32, sql: String? = nil) throws(StoreError) {
        guard code == SQLITE_OK else { throw failure(code, sql: sql) }
    }

    /// Notes a failed statement, so that its transaction does not commit.
    func fail(_ code: Int32, systemError: Int32, sql: String) -> StoreError {
        let error = failure(code, systemError: systemError, sql: sql)
        if transactionFailure == nil { transactionFailure = error }
        return error
    }

    /// The error of the last call, with SQLite's message.
    func failure(_ code: Int32, systemError: Int32 = 0, sql: String?) -> StoreError {
        StoreError(
            SQLiteFailure(code: code, message: String(cString: sqlite3_errmsg(handle)), sql: sql, path: path),
            systemError: systemError)
    }

    /// The error of a row that no correct file holds.
    func corruptRow(_ message: String, sql: String? = nil) -> StoreError {
        .corrupt(SQLiteFailure(code: SQLITE_CORRUPT, message: message, sql: sql, path: path))
    }
}
