package import JSON

/// Whether a receipt holds for the index there is now, and if not, what differs and why.
package struct ReceiptVerification: Sendable {
    /// What the seal says of the receipt's text.
    package enum Seal: String, Sendable {
        /// This box wrote this text for this tenant.
        case intact
        /// It did not, or another key did.
        case broken
        case absent
    }

    /// Why members differ.
    package enum Cause: String, Sendable {
        /// The receipt is not what was written.
        case altered
        /// Documents or settings of the tenant were changed.
        case changes
        case documentChanged = "document_changed"
        case documentGone = "document_gone"
        /// The answer to the request does not hold the document.
        case notFound = "not_found"
        case settings
        case model
        /// What another model, outside the box, says of the first hits.
        case rerank
        case vectorIndex = "vector_index"
        case cpu
        case software
        /// One of the two was made while a ranking did not run.
        case degraded
        /// The request cannot be made any more.
        case notRepeatable = "not_repeatable"
    }

    package struct Reason: Sendable {
        package var cause: Cause
        package var detail: String
    }

    package var seal: Seal
    package private(set) var differences: [ReceiptDifference]
    /// Those left out included.
    private var differenceCount: Int
    package var reasons: [Reason] = []
    /// Whether every member is what the index gives now.
    package var isEqual: Bool { differences.isEmpty }

    /// Differences that are told; how many there are is told always.
    static let toldDifferences = 100

    /// Leaves out differences behind the first.
    mutating func limit(to count: Int) { differences = Array(differences.prefix(count)) }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("equal", isEqual)
        writer.member("seal", seal.rawValue)
        writer.key("reasons")
        writer.beginArray()
        for reason in reasons {
            writer.beginObject()
            writer.member("cause", reason.cause.rawValue)
            writer.member("detail", reason.detail)
            writer.endObject()
        }
        writer.endArray()
        writer.member("difference_count", differenceCount)
        writer.key("differences")
        writer.beginArray()
        for difference in differences.prefix(Self.toldDifferences) { difference.write(to: &writer) }
        writer.endArray()
        writer.endObject()
    }
}

extension ReceiptVerification {
    /// Compares a receipt with the one that the index gives for the same request.
    /// - Parameters:
    ///   - isIntact: Whether the seal is this box's.
    ///   - made: The receipt made anew.
    package init(_ claim: ReceiptClaim, isIntact: Bool, made: JSONObject) {
        var made = made
        made["seal"] = nil
        seal = claim.seal == nil ? .absent : isIntact ? .intact : .broken
        differences = ReceiptDifference.all(receipt: .object(claim.content), index: .object(made))
        differenceCount = differences.count
        guard !isEqual else { return }
        explain(Set(differences.map(\.member)), claim.content, made)
    }

    /// A receipt of which there is nothing to compare with.
    package init(_ claim: ReceiptClaim, isIntact: Bool, because reason: Reason) {
        seal = claim.seal == nil ? .absent : isIntact ? .intact : .broken
        differences = [ReceiptDifference(member: "rank", receipt: claim.content["rank"], index: nil)]
        differenceCount = 1
        reasons = [reason]
        if seal == .broken { reasons.append(Self.brokenSeal) }
    }

    private static let brokenSeal = Reason(
        cause: .altered,
        detail: "the seal is not this box's for this text: the receipt was altered, or made on another box")

    private mutating func explain(_ members: Set<String>, _ stated: JSONObject, _ made: JSONObject) {
        func differs(_ member: String) -> Bool { members.contains(member) }
        if seal == .broken { reasons.append(Self.brokenSeal) }
        if differs("software") { add(.software, "made by another version of this program") }
        if differs("index.cpu") { add(.cpu, "made with other instructions of another CPU") }
        if differs("content_sha256") { add(.documentChanged, "the document is another version") }
        if differs("index.settings") { add(.settings, "settings of the collection were changed") }
        if differs("index.model_sha256") || differs("vector.vector_space") {
            add(.model, "the query's vector is of another model")
        }
        if differs("index.reranker") {
            add(.rerank, "another rerank endpoint, or another model of it, is asked")
        }
        if differs("vector.segment") { add(.vectorIndex, "the index of vectors was written anew") }
        if differs("index.sequence") {
            let before = stated["index"]?["sequence"]?.integerValue
            let now = made["index"]?["sequence"]?.integerValue
            if let before, let now, now > before {
                add(.changes, "\(now - before) changes of the tenant's documents and settings were made since")
            } else {
                add(.changes, "the receipt names a state of the index that is not behind the present one")
            }
        }
        if differs("degraded") {
            add(.degraded, "one of the two was made while a ranking, or the rerank endpoint, did not answer")
        }
        guard reasons.isEmpty else { return }
        if differs("index.fingerprint") {
            add(.settings, "something else the answers depend on was changed: another collection, a space, a setting")
        } else if made["request"]?["rerank"] == true {
            // The index is the same: what is left is what the box does not compute.
            let isUnsealed = seal == .absent ? ", or the receipt, which has no seal, was altered" : ""
            add(.rerank, "the rerank model does not say what it said then" + isUnsealed)
        } else {
            add(.altered, "the index is the one the receipt names, so what differs was written into the receipt")
        }
    }

    private mutating func add(_ cause: Cause, _ detail: String) { reasons.append(Reason(cause: cause, detail: detail)) }
}
