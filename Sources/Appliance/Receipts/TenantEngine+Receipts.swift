import BM25
package import IndexCore
import JSON

extension TenantEngine {
    /// Explains the hit of a receipt as the index has it now, and says whether the receipt holds.
    ///
    /// A document that is gone, and a request that cannot be made any more, are answers, not errors.
    /// - Throws: ``ApplianceError/receiptUnknown`` for a receipt of another tenant; else as ``search(_:deadline:)``.
    package func verify(_ claim: ReceiptClaim, deadline: SearchDeadline) async throws -> HitExplanation {
        guard claim.tenant == tenant else { throw ApplianceError.receiptUnknown }
        let isIntact = claim.seal.map { isMark($0, of: claim.content) } ?? false
        var explanation: HitExplanation
        do {
            let request = try await resolved(claim, deadline: deadline)
            explanation = try await explain(
                claim.documentID, for: request,
                receipt: ReceiptPlace(offset: claim.offset, collection: claim.collection), deadline: deadline)
        } catch let error as ApplianceError {
            guard let reason = Self.reason(for: error, claim) else { throw error }
            explanation = HitExplanation(nothingOf: claim, fingerprint: fingerprint(of: published.current))
            explanation.verification = ReceiptVerification(claim, isIntact: isIntact, because: reason)
            return explanation
        }
        if let receipt = explanation.receipt, let made = try JSONValue(parsing: receipt).objectValue {
            explanation.verification = ReceiptVerification(claim, isIntact: isIntact, made: made)
        } else {
            explanation.verification = ReceiptVerification(
                claim, isIntact: isIntact,
                because: ReceiptVerification.Reason(cause: .notFound, detail: explanation.summary))
        }
        return explanation
    }

    /// The claim's request; one that was made of a document is made of it anew.
    private func resolved(_ claim: ReceiptClaim, deadline: SearchDeadline) async throws -> SearchRequest {
        guard let similar = claim.similar else { return claim.request }
        return try await similaritySearch(similar, deadline: deadline)
    }

    private func isMark(_ seal: String, of content: JSONObject) -> Bool {
        guard let text = JSONValue.object(content).canonical else { return false }
        return cursors.isMark(seal, ofReceipt: text)
    }

    /// Why a hit cannot be explained any more, where that is the index's doing; nil for what the caller must hear.
    private static func reason(for error: ApplianceError, _ claim: ReceiptClaim) -> ReceiptVerification.Reason? {
        switch error {
        case .documentNotFound(let id) where id == claim.similar?.documentID:
            ReceiptVerification.Reason(
                cause: .notRepeatable, detail: "the document it was compared with is not there any more")
        case .documentNotFound:
            ReceiptVerification.Reason(cause: .documentGone, detail: "the document is not there any more")
        case .unknownCollection:
            ReceiptVerification.Reason(cause: .documentGone, detail: "its collection is not there any more")
        case .ambiguousDocument, .unknownSpace:
            ReceiptVerification.Reason(cause: .notRepeatable, detail: Problem(error).detail)
        default: nil
        }
    }
}

extension HitExplanation {
    /// An explanation of what is not there: no leg ran for it.
    fileprivate init(nothingOf claim: ReceiptClaim, fingerprint: String) {
        self.init(
            documentID: claim.documentID, collection: claim.collection ?? "", title: "",
            terms: BM25Explanation(passage: nil, score: 0, terms: []), statistics: BM25Statistics(),
            parameters: BM25Parameters(), request: claim.request)
        indexFingerprint = fingerprint
    }
}
