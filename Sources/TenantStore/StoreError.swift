/// What a store can refuse, grouped by who must act.
///
/// No case carries a bound value: ids, texts and metadata of documents never reach a log through an error.
public enum StoreError: Error, Equatable, Sendable {
    // The operator acts.

    /// The disk, a quota or the file size limit is reached; nothing of the transaction was kept and the connection goes on.
    case full(SQLiteFailure)
    /// The file or its directory cannot be written.
    case readOnly(SQLiteFailure)
    /// The file is not a database, or its pages contradict each other.
    case corrupt(SQLiteFailure)
    /// Another process held the file longer than the busy timeout.
    case busy(SQLiteFailure)
    /// The file cannot be opened: missing, a symbolic link, no permission, no descriptor left.
    case cannotOpen(SQLiteFailure)
    /// A later release wrote this file; `known` is the newest schema this one reads.
    case newerSchema(path: String, found: Int, known: Int)
    /// An earlier release wrote this file and a read connection may not migrate it.
    case olderSchema(path: String, found: Int, known: Int)
    /// A SQLite file that is not of this kind.
    case foreignFile(path: String)

    // The caller acts.

    case notFound(StoredThing)
    case alreadyExists(StoredThing)
    /// A collection gave out all of its 2^32 passage ids.
    case passageIDsExhausted(collection: UInt32)
    /// More collections or vector spaces than row keys can name.
    case tooMany(StoredThing)
    /// A vector of another length than those of its space.
    case dimensionMismatch(space: String, expected: Int, found: Int)

    // We act.

    /// A change was asked for outside ``TenantWriter/transaction(_:)``, or after a failure had rolled it back.
    case notInTransaction
    case alreadyInTransaction
    /// An argument breaks a rule of the method called; the text names rule and method.
    case misuse(String)
    /// A rollback failed: the connection refuses everything until it is opened anew.
    case unusable(SQLiteFailure)
    /// Any other code of SQLite.
    case sqlite(SQLiteFailure)
}

/// The things a store keeps by name.
public enum StoredThing: Equatable, Sendable {
    case collection(name: String)
    case collectionID(UInt32)
    case document(PassageKey)
    case vectorSpace(name: String)
    case tenant(name: String)
    case signingKey(id: String)
    case apiKey(id: String)
    case client(id: String)
}

/// A failed call of SQLite: its extended code, its message and the statement as written, without bound values.
public struct SQLiteFailure: Equatable, Sendable {
    /// The extended result code, such as 778 (`SQLITE_IOERR_WRITE`).
    public var code: Int32
    /// SQLite's own words.
    public var message: String
    /// The SQL text with its `?` marks, if a statement failed.
    public var sql: String?
    /// The file.
    public var path: String

    /// A failure of the file at `path`.
    public init(code: Int32, message: String, sql: String? = nil, path: String) {
        self.code = code
        self.message = message
        self.sql = sql
        self.path = path
    }
}

extension SQLiteFailure: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        let statement = sql.map { " in \"\($0)\"" } ?? ""
        return "\(path): \(message) (SQLite code \(code))\(statement)"
    }
}

extension StoredThing: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        switch self {
        case .collection(let name): "collection \(name)"
        case .collectionID(let id): "collection number \(id)"
        case .document(let key): "document \(key)"
        case .vectorSpace(let name): "vector space \(name)"
        case .tenant(let name): "tenant \(name)"
        case .signingKey(let id): "signing key \(id)"
        case .apiKey(let id): "API key \(id)"
        case .client(let id): "client \(id)"
        }
    }
}

extension StoreError: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        switch self {
        case .full(let failure): "no space left: \(failure)"
        case .readOnly(let failure): "not writable: \(failure)"
        case .corrupt(let failure): "damaged database: \(failure)"
        case .busy(let failure): "held by another process: \(failure)"
        case .cannotOpen(let failure): "cannot be opened: \(failure)"
        case .newerSchema(let path, let found, let known):
            "\(path) has schema \(found), this release knows schemas up to \(known): use the release that wrote it"
        case .olderSchema(let path, let found, let known):
            "\(path) has schema \(found) and must first be opened for writing, which brings it to schema \(known)"
        case .foreignFile(let path): "\(path) is a SQLite file of another program or kind"
        case .notFound(let thing): "there is no \(thing)"
        case .alreadyExists(let thing): "\(thing) already exists"
        case .passageIDsExhausted(let collection): "collection number \(collection) has used all passage ids"
        case .tooMany(let thing): "\(thing) is one too many for this file"
        case .dimensionMismatch(let space, let expected, let found):
            "vectors of space \(space) have \(expected) dimensions, one with \(found) was given"
        case .notInTransaction: "a change outside a transaction"
        case .alreadyInTransaction: "a transaction inside a transaction"
        case .misuse(let rule): rule
        case .unusable(let failure): "a rollback failed, the connection must be opened anew: \(failure)"
        case .sqlite(let failure): "\(failure)"
        }
    }
}
