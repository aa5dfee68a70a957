import HTTPServer
import JSON

/// `POST /v1/search:explain`: a search's request with `document_id`, and why that document stands where it stands; or a
/// `receipt` of an answer, and whether it holds.
enum ExplainRoute {
    static func read(_ exchange: Exchange) async throws -> ExplainQuestion {
        let body = try await JSONBody.fields(of: exchange)
        var fields = body.fields
        if let claim = try ExplainQuestion.receipt(&fields) { return .receipt(claim) }
        let documentID = try fields.requiredText("document_id")
        var request = try SearchRequest(&fields)
        request.collection = request.collection ?? body.collection
        return .document(documentID, request)
    }

    static func answer(
        _ appliance: SearchAppliance, _ context: RequestContext, _ question: ExplainQuestion
    ) async throws -> HTTPResponse {
        let explanation = try await appliance.explain(question, context)
        return .json { explanation.write(to: &$0) }
    }
}

/// What is to be explained.
enum ExplainQuestion: Sendable {
    case document(String, SearchRequest)
    case receipt(ReceiptClaim)

    /// The receipt of a request that is one and nothing else; nil where there is none.
    static func receipt(_ fields: inout Fields) throws(ApplianceError) -> ReceiptClaim? {
        guard let object = try fields.object("receipt") else { return nil }
        let claim = try ReceiptClaim(object)
        try fields.finish()
        return claim
    }
}

extension SearchAppliance {
    /// One explanation for whichever door.
    func explain(_ question: ExplainQuestion, _ context: RequestContext) async throws -> HitExplanation {
        let tenant = try context.requireTenant()
        let (documentID, request) =
            switch question {
            case .document(let id, let request): (id, request)
            case .receipt(let claim): (claim.documentID, claim.request)
            }
        context.tally.update { tally in
            tally.queryHash = queryHash.hash(request.query, tenant: tenant)
            tally.target = DocumentURI.make(collection: request.collection ?? "", id: documentID)
        }
        let engine = try await registry.engine(for: tenant)
        let explanation =
            switch question {
            case .document(let id, let request):
                try await engine.explain(id, for: request, deadline: context.searchDeadline)
            case .receipt(let claim): try await engine.verify(claim, deadline: context.searchDeadline)
            }
        context.tally.update { $0.resultCount = 1 }
        return explanation
    }
}
