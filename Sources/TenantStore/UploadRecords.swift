/// A bulk upload by name: what the server remembers of it, so that it can go on after a break.
public struct UploadRecord: Sendable, Equatable {
    /// Whose upload it is; names are a user's own.
    public var user: String
    /// The name its user gave it.
    public var name: String
    /// Counts the connections that carried it: only the newest may write.
    public var run: Int64
    /// The collection named when it began; empty if none was.
    public var collection: String
    /// Every line up to this one is stored, or was refused.
    public var committedLines: Int
    /// Whether its end was seen.
    public var isComplete: Bool
    /// Lines by what became of them.
    public var counts: UploadCounts
    /// Milliseconds since 1970.
    public var startedAt: Int64
    /// Milliseconds since 1970.
    public var updatedAt: Int64
}

/// Lines of an upload by what became of them.
public struct UploadCounts: Sendable, Equatable {
    /// New documents.
    public var added: Int
    /// Documents replaced by another version.
    public var updated: Int
    /// Documents that were there already.
    public var unchanged: Int
    /// Lines that did not go in.
    public var failed: Int

    /// Counts, zero unless given.
    public init(added: Int = 0, updated: Int = 0, unchanged: Int = 0, failed: Int = 0) {
        self.added = added
        self.updated = updated
        self.unchanged = unchanged
        self.failed = failed
    }
}

/// How far one commit brings an upload.
public struct UploadProgress: Sendable, Equatable {
    /// Whose upload it is.
    public var user: String
    /// Its name.
    public var name: String
    /// The run that writes.
    public var run: Int64
    /// Every line up to this one is stored by this commit or before, or was refused.
    public var committedLines: Int
    /// Whether this is its end.
    public var isComplete: Bool
    /// What this commit adds to the counts.
    public var counts: UploadCounts

    /// Progress of a run; see the properties.
    public init(
        user: String, name: String, run: Int64, committedLines: Int, isComplete: Bool = false,
        counts: UploadCounts = UploadCounts()
    ) {
        self.user = user
        self.name = name
        self.run = run
        self.committedLines = committedLines
        self.isComplete = isComplete
        self.counts = counts
    }
}

/// Where a list of uploads goes on: behind this one.
public struct UploadPosition: Sendable, Equatable {
    /// Milliseconds since 1970.
    public var updatedAt: Int64
    /// The upload's name; among those of one time they stand in order of their bytes.
    public var name: String

    /// The place of an upload.
    public init(updatedAt: Int64, name: String) {
        self.updatedAt = updatedAt
        self.name = name
    }
}
