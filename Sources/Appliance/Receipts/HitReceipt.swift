import Access
import JSON

/// How a hit came to its place: all numbers, the request they answer, and the index they come from.
///
/// Its text is canonical (RFC 8785), so two receipts of one hit are equal byte by byte, and whoever holds the index can
/// make it anew. docs/formats.md lists the members.
struct HitReceipt {
    /// Names the form; another one is another version.
    static let format = "carrel.receipt/1"
    /// Receipts in one answer at most, and their bytes.
    static let countLimit = 50
    static let byteLimit = 4 << 20

    var tenant: String
    /// What was searched, so that it can be searched again.
    var request: SearchRequest
    /// Without exact places, which would cost a search of all documents each.
    var explanation: HitExplanation
    /// In the whole answer, from 1.
    var rank: Int
    var score: Double
    var fusionScore: Double
    /// ``StoredDocument/contentHash``.
    var contentHash: [UInt8]
    var index: ReceiptIndex
    /// The page of the answer, and the depth it was made with.
    var offset: Int
    var depth: Int

    /// The canonical text with its seal.
    /// - Throws: ``ApplianceError/internalFault(_:)`` for a number that JSON has no text for.
    func sealed(by seal: CursorSeal) throws -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 2_048)
        write(to: &writer)
        var object = try JSONValue(parsing: writer.bytes).objectValue ?? [:]
        guard let text = JSONValue.object(object).canonical else {
            throw ApplianceError.internalFault("a receipt holds a number that is none")
        }
        object["seal"] = .string(seal.mark(receipt: text))
        return JSONValue.object(object).canonical ?? text
    }

    private func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("format", Self.format)
        writer.member("software", SearchAppliance.version)
        writer.member("tenant_id", tenant)
        writer.member("doc_id", explanation.documentID)
        writer.member("collection", explanation.collection)
        writer.member("content_sha256", Digest.hexadecimal(contentHash))
        writer.key("request")
        request.write(to: &writer, depth: depth, offset: offset)
        writer.key("index")
        index.write(to: &writer)
        writer.member("rank", rank)
        writer.member("score", score)
        writer.member("fusion_score", fusionScore)
        writer.member("degraded", explanation.degraded)
        explanation.writeEvidence(to: &writer)
        writer.endObject()
    }
}

/// What an answer was made from, in parts, so that what has changed since can be named.
struct ReceiptIndex {
    /// ``SearchResponse/indexFingerprint``.
    var fingerprint: String
    /// Counts the changes of the tenant's documents and settings.
    var sequence: Int64
    /// Stands for the settings of the hit's collection.
    var settings: String
    /// The instructions that summed the products.
    var cpu: String
    /// SHA-256 of the model's pack; nil where the query's vector was the caller's or none.
    var model: String?
    /// ``Reranker/identity``; nil where no other model was to put hits into its order.
    var reranker: String?

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("fingerprint", fingerprint)
        writer.member("sequence", sequence)
        writer.member("settings", settings)
        writer.member("cpu", cpu)
        if let model { writer.member("model_sha256", model) }
        if let reranker { writer.member("reranker", reranker) }
        writer.endObject()
    }
}
