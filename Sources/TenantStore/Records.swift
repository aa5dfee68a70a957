public import IndexCore

/// How a collection cuts its documents.
public enum PassageMode: String, Sendable {
    /// At sentence and heading borders, about 220 tokens each.
    case auto
    /// One passage per document.
    case whole
}

/// A collection and its counts as of the reading transaction.
public struct CollectionRecord: Sendable, Equatable {
    /// 1 to ``PassageKey/maximumCollection``, never used twice in a file.
    public var id: UInt32
    /// The name, unique in its file.
    public var name: String
    /// How documents are cut; fixed when the collection is made.
    public var passageMode: PassageMode
    /// How often a title counts against its text, 0 to 16.
    public var titleWeight: Int
    /// The id the next passage gets.
    public var nextPassage: UInt32
    /// Live documents.
    public var documentCount: Int
    /// Live passages.
    public var passageCount: Int
    /// What was set about its keyword index; nil for the defaults.
    public var settings: StoredSettings?

    /// A record; see the properties for units.
    public init(
        id: UInt32, name: String, passageMode: PassageMode, titleWeight: Int, nextPassage: UInt32,
        documentCount: Int = 0, passageCount: Int = 0, settings: StoredSettings? = nil
    ) {
        self.id = id
        self.name = name
        self.passageMode = passageMode
        self.titleWeight = titleWeight
        self.nextPassage = nextPassage
        self.documentCount = documentCount
        self.passageCount = passageCount
        self.settings = settings
    }
}

/// A vector space: the vectors of one embedder, or those that callers bring under one name.
public struct SpaceRecord: Sendable, Hashable {
    /// Its name, unique in its file.
    public var name: String
    /// Components of a vector.
    public var dimension: Int

    /// A space.
    public init(name: String, dimension: Int) {
        self.name = name
        self.dimension = dimension
    }
}

/// A collection's settings as texts, which this module does not read.
public struct StoredSettings: Sendable, Equatable {
    /// What was asked for last.
    public var wanted: String
    /// What the index in use was made with.
    public var indexed: String

    /// Settings that are wanted, and those in use.
    public init(wanted: String, indexed: String) {
        self.wanted = wanted
        self.indexed = indexed
    }
}

/// One version of a document, without its text: that lies in its passages alone.
public struct StoredDocument: Sendable, Equatable {
    /// The collection it belongs to.
    public var collection: UInt32
    /// Its id in the collection.
    public var id: String
    /// Names the version.
    public var firstPassage: PassageID
    /// Live passages.
    public var passageCount: Int
    /// The title; empty if there is none.
    public var title: String
    /// A JSON object.
    public var metadata: [UInt8]
    /// 32 bytes.
    public var contentHash: [UInt8]
    /// The change that brought this version.
    public var sequence: Int64
    /// Milliseconds since 1970.
    public var updatedAt: Int64

    /// The row key, that of the first passage.
    public var key: PassageKey { PassageKey(collection: collection, id: firstPassage) }
}

/// One passage as indexed.
public struct StoredPassage: Sendable, Equatable {
    /// Its id in the collection.
    public var id: PassageID
    /// The first passage of its document.
    public var document: PassageID
    /// Borders in the document's text, in Unicode scalars.
    public var start: Int
    /// The end border, one past the last scalar.
    public var end: Int
    /// The text, byte for byte.
    public var text: String
    /// The page it begins on, from 1; nil where the document has no pages.
    public var page: Int?
    /// The heading it stands under; nil where there is none.
    public var heading: String?
}

/// What names a passage that was found, and its document: all that is told of a hit without its text.
public struct PassageName: Sendable, Equatable {
    /// Its id in the collection.
    public var id: PassageID
    /// Borders in the document's text, in Unicode scalars.
    public var start: Int
    /// The end border, one past the last scalar.
    public var end: Int
    /// The page it begins on, from 1; nil where the document has no pages.
    public var page: Int?
    /// The heading it stands under; nil where there is none.
    public var heading: String?
    /// Its document's id in the collection.
    public var documentID: String
    /// Its document's title; empty if there is none.
    public var title: String
}

/// A passage to be stored.
public struct NewPassage: Sendable, Equatable {
    /// The text, byte for byte.
    public var text: String
    /// 16 bytes over title and passage: what a vector follows.
    public var textHash: [UInt8]
    /// Borders in the document's text, in Unicode scalars.
    public var start: Int
    /// The end border, one past the last scalar.
    public var end: Int
    /// The page it begins on, from 1; nil where the document has no pages.
    public var page: Int?
    /// The heading it stands under; nil where there is none.
    public var heading: String?

    /// A passage; see the properties for units.
    public init(
        text: String, textHash: [UInt8], start: Int, end: Int, page: Int? = nil, heading: String? = nil
    ) {
        self.page = page
        self.heading = heading
        self.text = text
        self.textHash = textHash
        self.start = start
        self.end = end
    }
}

/// A document to be stored.
public struct NewDocument: Sendable, Equatable {
    /// Its id in the collection.
    public var id: String
    /// The title; empty if there is none.
    public var title: String
    /// A JSON object, kept byte for byte.
    public var metadata: [UInt8]
    /// 32 bytes; the caller compares it to find unchanged documents.
    public var contentHash: [UInt8]
    /// Milliseconds since 1970.
    public var updatedAt: Int64
    /// At least one; joined they are the text.
    public var passages: [NewPassage]
    /// Vectors that the caller brought, by the name of their space: an entry per passage, nil where it brought none.
    public var suppliedVectors: [String: [[Float]?]]

    /// A document; see the properties for units.
    public init(
        id: String, title: String, metadata: [UInt8], contentHash: [UInt8], updatedAt: Int64, passages: [NewPassage],
        suppliedVectors: [String: [[Float]?]] = [:]
    ) {
        self.id = id
        self.title = title
        self.metadata = metadata
        self.contentHash = contentHash
        self.updatedAt = updatedAt
        self.passages = passages
        self.suppliedVectors = suppliedVectors
    }
}

/// A vector that a new document version has from the start.
public struct CopiedVector: Sendable, Equatable {
    /// Its id in the collection.
    public var id: PassageID
    /// The first passage of its document.
    public var document: PassageID
    /// Float32, little-endian.
    public var vector: [UInt8]

    /// The vector of passage `id` of `document`.
    public init(_ id: PassageID, _ document: PassageID, _ vector: [UInt8]) {
        self.id = id
        self.document = document
        self.vector = vector
    }
}

/// A passage that got its vector.
public struct EmbeddedPassage: Sendable, Equatable {
    /// Its id in the collection.
    public var id: PassageID
    /// The first passage of its document.
    public var document: PassageID

    /// Passage `id` of `document`.
    public init(_ id: PassageID, _ document: PassageID) {
        self.id = id
        self.document = document
    }
}

/// A passage without a vector.
public struct PendingPassage: Sendable, Equatable {
    /// The collection it belongs to.
    public var collection: UInt32
    /// Its id in the collection.
    public var id: PassageID
    /// The first passage of its document.
    public var document: PassageID
    /// The title; empty if there is none.
    public var title: String
    /// The heading it stands under; nil where there is none.
    public var heading: String?
    /// The text, byte for byte.
    public var text: String

    /// Where the next call of ``TenantReader/pendingPassages(in:space:after:limit:byteLimit:)`` goes on.
    public var key: PassageKey { PassageKey(collection: collection, id: id) }
}

/// How far the embedder is.
public struct EmbeddingBacklog: Sendable, Equatable {
    /// Passages without a vector that will be tried.
    public var waiting: Int
    /// Passages refused ``TenantWriter/parkingAttempts`` times.
    public var parked: Int

    /// A backlog.
    public init(waiting: Int, parked: Int) {
        self.waiting = waiting
        self.parked = parked
    }
}

/// The last document of a listed page.
public struct ListPosition: Sendable, Hashable {
    /// The collection it belongs to.
    public var collection: String
    /// Its id in the collection.
    public var id: String

    /// A position after which listing goes on.
    public init(collection: String, id: String) {
        self.collection = collection
        self.id = id
    }
}

/// One operation as metered.
public struct UsageRow: Sendable, Equatable {
    /// Milliseconds since 1970.
    public var time: Int64
    /// The id of the request that caused it.
    public var requestID: String
    /// The user inside the tenant.
    public var user: String
    /// The operation's name in the table of doors.
    public var operation: String
    /// How it ended.
    public var status: String
    /// Microseconds.
    public var duration: Int64
    /// Bytes in and out.
    public var byteCount: Int64
    /// Word pieces embedded.
    public var tokenCount: Int64
    /// Millionths of the cost unit.
    public var cost: Int64

    /// A row; see the properties for units.
    public init(
        time: Int64, requestID: String, user: String, operation: String, status: String, duration: Int64,
        byteCount: Int64, tokenCount: Int64, cost: Int64
    ) {
        self.time = time
        self.requestID = requestID
        self.user = user
        self.operation = operation
        self.status = status
        self.duration = duration
        self.byteCount = byteCount
        self.tokenCount = tokenCount
        self.cost = cost
    }
}

/// One operation as audited.
public struct AuditRow: Sendable, Equatable {
    /// Milliseconds since 1970.
    public var time: Int64
    /// The id of the request that caused it.
    public var requestID: String
    /// The user inside the tenant.
    public var user: String
    /// The credential's id, such as a token's `jti`.
    public var credentialID: String
    /// The operation's name in the table of doors.
    public var operation: String
    /// What it was done to.
    public var target: String
    /// How it ended.
    public var outcome: String
    /// A keyed hash of the query text; empty without a query.
    public var queryHash: [UInt8]

    /// A row; see the properties for units.
    public init(
        time: Int64, requestID: String, user: String, credentialID: String, operation: String, target: String,
        outcome: String, queryHash: [UInt8] = []
    ) {
        self.time = time
        self.requestID = requestID
        self.user = user
        self.credentialID = credentialID
        self.operation = operation
        self.target = target
        self.outcome = outcome
        self.queryHash = queryHash
    }
}
