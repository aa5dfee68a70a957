import HTTPServer
import JSON

/// `POST /v1/search:explain`: a search's request with `document_id`, and why that document stands where it stands.
enum ExplainRoute {
    struct Question: Sendable {
        var documentID: String
        var request: SearchRequest
    }

    static func read(_ exchange: Exchange) async throws -> Question {
        var query = try QueryFields(exchange.request)
        let collection = query.text("collection")
        try query.finish()
        var fields = Fields(try await JSONBody.object(of: exchange.request))
        let documentID = try fields.requiredText("document_id")
        var request = try SearchRequest(&fields)
        request.collection = request.collection ?? collection
        return Question(documentID: documentID, request: request)
    }

    static func answer(
        _ appliance: SearchAppliance, _ context: RequestContext, _ question: Question
    ) async throws -> HTTPResponse {
        let explanation = try await appliance.explain(question.documentID, for: question.request, context)
        return .json { explanation.write(to: &$0) }
    }
}

extension SearchAppliance {
    /// One explanation for whichever door.
    func explain(
        _ documentID: String, for request: SearchRequest, _ context: RequestContext
    ) async throws -> HitExplanation {
        let tenant = try context.requireTenant()
        context.tally.update { tally in
            tally.queryHash = queryHash.hash(request.query, tenant: tenant)
            tally.target = DocumentURI.make(collection: request.collection ?? "", id: documentID)
        }
        let engine = try await registry.engine(for: tenant)
        let explanation = try await engine.explain(documentID, for: request, deadline: context.searchDeadline)
        context.tally.update { $0.resultCount = 1 }
        return explanation
    }
}
