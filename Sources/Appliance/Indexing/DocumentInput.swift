import JSON
import TenantStore

/// A document as it comes in, from whichever door.
struct DocumentInput: Sendable {
    /// 1 to 512 bytes; `nil`: a hash of the content names it, so the same import can be repeated.
    var id: String?
    var title: String
    var text: String
    var metadata: JSONObject
    /// A vector made by the caller, in the built-in embedder's space; it stands for the first passage.
    var embedding: [Float]?

    init(id: String? = nil, title: String = "", text: String, metadata: JSONObject = [:], embedding: [Float]? = nil) {
        self.id = id
        self.title = title
        self.text = text
        self.metadata = metadata
        self.embedding = embedding
    }

    /// Bytes of the parts that are stored: what a write batch is measured by.
    var byteCount: Int {
        title.utf8.count + text.utf8.count + 4 * (embedding?.count ?? 0) + JSONValue.object(metadata).roughByteCount
            + 64
    }
}

extension JSONValue {
    /// About the memory of the value, without writing it out.
    fileprivate var roughByteCount: Int {
        switch self {
        case .null, .bool, .integer, .number: 16
        case .string(let text): 16 + text.utf8.count
        case .array(let values): values.reduce(16) { $0 + $1.roughByteCount }
        case .object(let object): object.members.reduce(16) { $0 + 16 + $1.key.utf8.count + $1.value.roughByteCount }
        }
    }
}

/// How a write is to be done.
struct WriteOptions: Sendable {
    /// How a collection that this write makes cuts its documents. A different value for an existing one is an error.
    var passages: PassageMode?
    /// Rows that become part of the write's own transaction.
    var usage: UsageRow?
    var audit: AuditRow?

    init(passages: PassageMode? = nil, usage: UsageRow? = nil, audit: AuditRow? = nil) {
        self.passages = passages
        self.usage = usage
        self.audit = audit
    }
}

/// What became of the documents of one write, acknowledged: durable and visible.
struct WriteReport: Sendable {
    var collection = ""
    var added = 0
    var updated = 0
    var unchanged = 0
    /// The ids of the documents that went in, in order of arrival.
    var ids: [String] = []
    /// Documents that did not go in: their place in the request and why.
    var errors: [(index: Int, reason: String)] = []
    var warnings: [String] = []
}

/// What became of the ids of one deletion.
struct DeleteReport: Sendable {
    var deleted = 0
    var unknown = 0
    var warnings: [String] = []
}

/// One document, whole.
struct DocumentView: Sendable {
    var id: String
    var collection: String
    var title: String
    var text: String
    /// A JSON object.
    var metadata: [UInt8]
    var passageCount: Int
    /// Milliseconds since 1970.
    var updatedAt: Int64
}

/// One line of a listing.
struct DocumentSummary: Sendable {
    var id: String
    var collection: String
    var title: String
    /// A JSON object.
    var metadata: [UInt8]
    var passageCount: Int
    /// Milliseconds since 1970.
    var updatedAt: Int64
}

/// One page of a listing, in order of collection and id.
struct DocumentPage: Sendable {
    var documents: [DocumentSummary] = []
    var nextCursor: String?
}

/// A collection and how far its passages are embedded.
struct CollectionInfo: Sendable {
    var name: String
    var passageMode: PassageMode
    var documents: Int
    var passages: Int
    /// Passages waiting for a vector.
    var waiting: Int
    /// Passages whose text the embedder refused three times.
    var parked: Int
    /// Passages longer than the embedder reads, counted since the tenant was opened.
    var textsCut: Int
    /// Bytes of the in-memory indexes.
    var indexBytes: Int
}

/// The address of a document for agents.
enum DocumentURI {
    /// `search://documents/{collection}/{id}`, the id percent-encoded.
    static func make(collection: String, id: String) -> String {
        var uri = "search://documents/\(collection)/"
        for byte in id.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = Array("0123456789ABCDEF".unicodeScalars)
                uri.unicodeScalars.append("%")
                uri.unicodeScalars.append(digits[Int(byte >> 4)])
                uri.unicodeScalars.append(digits[Int(byte & 15)])
            }
        }
        return uri
    }
}
