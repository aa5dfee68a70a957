/// How far bulk uploads have come.
extension TenantWriter {
    /// Uploads remembered at most.
    public static let uploadLimit = 1_000

    /// A user's upload of this name.
    public func upload(_ name: String, of user: String) throws(StoreError) -> UploadRecord? {
        try Uploads(connection: connection).upload(name, of: user)
    }

    /// Begins an upload, or another run of it that goes on behind `line`; from line 0 it begins anew.
    ///
    /// Runs before it can write no more. Uploads not touched since `horizon` are forgotten.
    /// - Parameters:
    ///   - time: Milliseconds since 1970, as `horizon`.
    ///   - line: Not above the lines committed so far; that is the caller's to check.
    public func beginUpload(
        _ name: String, of user: String, collection: String, after line: Int, at time: Int64,
        forgettingBefore horizon: Int64
    ) throws(StoreError) -> UploadRecord {
        guard connection.isInTransaction else { throw .notInTransaction }
        let table = Uploads(connection: connection)
        try table.begin(name, of: user, collection: collection, after: line, at: time)
        try table.purge(untouchedSince: horizon, keeping: Self.uploadLimit)
        guard let record = try table.upload(name, of: user) else { throw .misuse("beginUpload: the time lies behind") }
        return record
    }

    /// Records what this transaction brings.
    /// - Throws: ``StoreError/misuse(_:)`` when another run has begun since.
    public func recordUpload(_ progress: UploadProgress, at time: Int64) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        guard try Uploads(connection: connection).record(progress, at: time) else {
            throw .misuse("recordUpload: only the newest run may write")
        }
    }
}

extension TenantReader {
    /// A user's upload of this name.
    public func upload(_ name: String, of user: String) throws(StoreError) -> UploadRecord? {
        try Uploads(connection: connection).upload(name, of: user)
    }

    /// A user's uploads, the latest first.
    /// - Parameter position: Only those behind it.
    public func uploads(of user: String, after position: UploadPosition? = nil, limit: Int) throws(StoreError)
        -> [UploadRecord]
    {
        try Uploads(connection: connection).all(of: user, after: position, limit: limit)
    }
}
