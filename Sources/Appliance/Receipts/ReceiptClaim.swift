package import JSON

/// A receipt as somebody brings it: believed in nothing, read as far as it must be to be made anew.
package struct ReceiptClaim: Sendable {
    /// Every member, the seal left out.
    package let content: JSONObject
    let seal: String?
    let tenant: String
    let documentID: String
    let request: SearchRequest
    /// The question for what is like a document, where the request was made of one.
    let similar: SimilarRequest?
    let offset: Int

    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)`` for what is no receipt, or one of another format.
    package init(_ object: JSONObject) throws(ApplianceError) {
        func text(_ name: String) throws(ApplianceError) -> String {
            guard let text = object[name]?.stringValue else {
                throw Self.wrong("has no text `\(name)`; is it a receipt?")
            }
            return text
        }
        let format = try text("format")
        guard format == HitReceipt.format else {
            throw Self.wrong("has format \(AnswerBudget.short(format)); this server reads \(HitReceipt.format)")
        }
        (tenant, documentID) = (try text("tenant_id"), try text("doc_id"))
        guard let asked = object["request"]?.objectValue else {
            throw Self.wrong("has no object `request`; is it a receipt?")
        }
        // A search of several collections is made anew as such: which of them held the document is a claim like others.
        (request, similar, offset) = try SearchRequest.read(receipt: asked)
        seal = object["seal"]?.stringValue
        var content = object
        content["seal"] = nil
        self.content = content
    }

    /// The collection the document is said to be in.
    var collection: String? { content["collection"]?.stringValue }

    private static func wrong(_ reason: String) -> ApplianceError { .invalidArgument(name: "receipt", reason: reason) }
}
