import CSQLite
import Glibc

/// A value for a `?` of a statement.
package enum Binding {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
    /// Borrowed bytes, valid until the statement was bound.
    case bytes(UnsafeRawBufferPointer)

    static func int<I: BinaryInteger>(_ value: I) -> Binding { .integer(Int64(clamping: value)) }
    static func optional(_ value: Double?) -> Binding { value.map { .real($0) } ?? .null }
    static func optional(_ value: Int64?) -> Binding { value.map { .integer($0) } ?? .null }
    static func optional(_ value: String?) -> Binding { value.map { .text($0) } ?? .null }
}

/// A prepared statement; finalized with its last reference.
final class Statement {
    let sql: String
    fileprivate let handle: OpaquePointer
    /// Unowned: the connection keeps its statements, never the other way round.
    fileprivate unowned let connection: Connection
    /// Whether somebody has taken it from its connection.
    var isInUse = false

    init(_ sql: String, on connection: Connection) throws(StoreError) {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(
            connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw connection.failure(code, sql: sql) }
        self.sql = sql
        self.handle = prepared
        self.connection = connection
    }

    deinit {
        sqlite3_finalize(handle)
    }

    func bind(_ values: some Sequence<Binding>) throws(StoreError) {
        var index: Int32 = 0
        for value in values {
            index += 1
            let code: Int32
            switch value {
            case .null: code = sqlite3_bind_null(handle, index)
            case .integer(let integer): code = sqlite3_bind_int64(handle, index, integer)
            case .real(let real): code = sqlite3_bind_double(handle, index, real)
            case .text(var text):
                code = text.withUTF8 { utf8 in
                    utf8.withMemoryRebound(to: CChar.self) { characters in
                        // A nil pointer would bind NULL.
                        guard let base = characters.baseAddress else {
                            return carrel_sqlite3_bind_text(handle, index, "", 0)
                        }
                        return carrel_sqlite3_bind_text(handle, index, base, UInt64(characters.count))
                    }
                }
            case .blob(let bytes):
                code = bytes.withUnsafeBytes {
                    carrel_sqlite3_bind_blob(handle, index, $0.baseAddress, UInt64($0.count))
                }
            case .bytes(let bytes):
                code = carrel_sqlite3_bind_blob(handle, index, bytes.baseAddress, UInt64(bytes.count))
            }
            try connection.check(code, sql: sql)
        }
    }

    /// Goes to the next row; false after the last.
    func step() throws(StoreError) -> Bool {
        let code = sqlite3_step(handle)
        // Read at once: SQLite keeps no error number of a failed COMMIT.
        let systemError = errno
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw connection.fail(code, systemError: systemError, sql: sql)
        }
    }

    /// Makes the statement ready to be bound and run again by the same caller.
    func rewind() {
        sqlite3_reset(handle)
    }

    /// Makes the statement ready for its next use and lets go of bound values.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }
}

/// The current row of a statement; columns count from 0.
package struct Row {
    private let statement: Statement

    init(_ statement: Statement) {
        self.statement = statement
    }

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement.handle, column) == SQLITE_NULL }
    package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement.handle, column) }
    package func real(_ column: Int32) -> Double { sqlite3_column_double(statement.handle, column) }
    func optionalReal(_ column: Int32) -> Double? { isNull(column) ? nil : real(column) }
    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    /// A count or number that must fit 32 bits; a damaged page can hold anything.
    func uint32(_ column: Int32) throws(StoreError) -> UInt32 {
        guard let value = UInt32(exactly: integer(column)) else {
            throw statement.connection.corruptRow("a number is out of range", sql: statement.sql)
        }
        return value
    }

    /// The text; bytes that are no UTF-8 become replacement characters.
    package func text(_ column: Int32) -> String {
        guard let characters = sqlite3_column_text(statement.handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement.handle, column))
        return String(decoding: UnsafeBufferPointer(start: characters, count: count), as: UTF8.self)
    }

    func textByteCount(_ column: Int32) -> Int { Int(sqlite3_column_bytes(statement.handle, column)) }

    /// A copy of the bytes.
    package func blob(_ column: Int32) -> [UInt8] { [UInt8](borrowedBlob(column)) }

    /// The bytes themselves, valid until the statement moves on.
    func borrowedBlob(_ column: Int32) -> UnsafeRawBufferPointer {
        // The pointer must be asked for before the length, which may otherwise be that of another encoding.
        let bytes = sqlite3_column_blob(statement.handle, column)
        return UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement.handle, column)))
    }

    func corrupt(_ message: String) -> StoreError {
        statement.connection.corruptRow(message, sql: statement.sql)
    }
}
