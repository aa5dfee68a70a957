package import JSON
package import TenantStore

/// A document as it comes in, from whichever door.
package struct DocumentInput: Sendable {
    /// 1 to 512 bytes; `nil`: a hash of the content names it, so the same import can be repeated.
    package var id: String?
    package var title: String
    package var text: String
    package var metadata: JSONObject
    /// A vector made by the caller; it stands for the first passage.
    package var embedding: [Float]?
    /// The space of ``embedding``; nil is the collection's default, or else the built-in embedder's.
    package var space: String?
    /// More vectors made by the caller, each for the first passage, by the name of their space.
    package var embeddings: [String: [Float]] = [:]

    package init(
        id: String? = nil, title: String = "", text: String, metadata: JSONObject = [:], embedding: [Float]? = nil
    ) {
        self.id = id
        self.title = title
        self.text = text
        self.metadata = metadata
        self.embedding = embedding
    }

    /// Bytes of the parts that are stored: what a write batch is measured by.
    package var byteCount: Int {
        title.utf8.count + text.utf8.count + 4 * embeddings.values.reduce(embedding?.count ?? 0) { $0 + $1.count }
            + JSONValue.object(metadata).roughByteCount
            + 64
    }
}

extension JSONValue {
    /// About the memory of the value, without writing it out.
    fileprivate var roughByteCount: Int {
        switch self {
        case .null, .bool, .integer, .number: 16
        case .string(let text), .wideInteger(let text): 16 + text.utf8.count
        case .array(let values): values.reduce(16) { $0 + $1.roughByteCount }
        case .object(let object): object.members.reduce(16) { $0 + 16 + $1.key.utf8.count + $1.value.roughByteCount }
        }
    }
}

/// How a write is to be done.
package struct WriteOptions: Sendable {
    /// How a collection that this write makes cuts its documents.
    ///
    /// A different value for an existing one is an error.
    package var passages: PassageMode?
    /// Rows that become part of the write's own transaction.
    package var usage: UsageRow?
    package var audit: AuditRow?
    /// How far the write brings a named upload; what becomes of its documents is added to its counts.
    package var upload: UploadProgress?
    /// What every document of the write must be before.
    package var condition: WriteCondition?

    package init(
        passages: PassageMode? = nil, usage: UsageRow? = nil, audit: AuditRow? = nil, upload: UploadProgress? = nil,
        condition: WriteCondition? = nil
    ) {
        self.passages = passages
        self.usage = usage
        self.audit = audit
        self.upload = upload
        self.condition = condition
    }
}

/// What became of the documents of one write, acknowledged: durable and visible.
package struct WriteReport: Sendable {
    package var collection = ""
    package var added = 0
    package var updated = 0
    package var unchanged = 0
    /// The ids of the documents that went in, in order of arrival.
    package var ids: [String] = []
    /// Of the version of the last of them.
    package var tag: DocumentTag?
    /// Documents that did not go in: their place in the request and why.
    package var errors: [(index: Int, reason: String)] = []
    package var warnings: [String] = []
}

/// What became of the ids of one deletion.
package struct DeleteReport: Sendable {
    package var deleted = 0
    package var unknown = 0
    package var warnings: [String] = []
}

/// One document, whole.
package struct DocumentView: Sendable {
    package var id: String
    package var collection: String
    package var title: String
    package var text: String
    /// A JSON object.
    package var metadata: [UInt8]
    package var passageCount: Int
    /// Milliseconds since 1970.
    package var updatedAt: Int64
    package var tag: DocumentTag
}

/// One line of a listing.
package struct DocumentSummary: Sendable {
    package var id: String
    package var collection: String
    package var title: String
    /// A JSON object.
    package var metadata: [UInt8]
    package var passageCount: Int
    /// Milliseconds since 1970.
    package var updatedAt: Int64
}

/// One page of a listing, in order of collection and id.
package struct DocumentPage: Sendable {
    package var documents: [DocumentSummary] = []
    /// How many pass the filter, where there is one or they are counted for facets.
    package var total: Int?
    package var facets: [Facet] = []
    package var nextCursor: String?
    package var warnings: [String] = []
    /// Makes the cursor behind any of them.
    var pager: ListPager?
    /// Documents before the first, where their order is not that of ids.
    var offset: Int?
}

/// A collection and how far its passages are embedded.
package struct CollectionInfo: Sendable {
    package var name: String
    package var passageMode: PassageMode
    package var documents: Int
    package var passages: Int
    /// Passages waiting for a vector.
    package var waiting: Int
    /// Passages whose text the embedder refused three times.
    package var parked: Int
    /// Passages longer than the embedder reads, counted since the tenant was opened.
    package var textsCut: Int
    /// Bytes of the in-memory indexes.
    package var indexBytes: Int
    /// How far the keyword index is that is made anew.
    var reindexing: ReindexProgress?
    /// Its vector spaces by name, with how many vectors each holds.
    var spaces: [SpaceCount] = []
    /// Whether its rankings are off: that by words, and that by meaning in the space searches use.
    var isKeywordLegOff = false
    var isVectorLegOff = false

    /// One space in a list of collections.
    struct SpaceCount: Sendable {
        var name: String
        var dimension: Int
        var vectors: Int
        /// Whether searches that name no space use it.
        var isDefault: Bool
    }
}

/// The address of a document for agents.
package enum DocumentURI {
    /// `search://documents/{collection}/{id}`, the id percent-encoded.
    package static func make(collection: String, id: String) -> String {
        "search://documents/\(collection)/" + escaped(id)
    }

    /// Text as it may stand in a segment of a URI: all but letters, digits, `-`, `.`, `_` and `~` percent-encoded.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                escaped.unicodeScalars.append(contentsOf: ["%", digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return escaped
    }
}
