import JSONRPC
import MCP

extension MCPPrompt {
    /// Every prompt of the product, in the order of the list.
    package static let all: [MCPPrompt] = [answerWithCitations, compareDocuments, researchBrief, summarise]

    private static let collection = PromptDefinition.Argument(
        "collection", "Collection to use; left out, all collections of the tenant")

    static let answerWithCitations = MCPPrompt(
        PromptDefinition(
            name: "answer_with_citations", title: "Answer with citations",
            description: "Answers a question from the tenant's documents alone, every statement with its source",
            arguments: [.init("question", "What to answer", isRequired: true), collection]),
        complete: suggest
    ) { appliance, context, arguments, _ in
        let question = arguments["question"] ?? ""
        let sources = try await sources(for: question, arguments["collection"], appliance, context)
        let task = """
            Answer this question: \(question)

            Use only the sources above\(arguments["collection"].map { " (collection \($0))" } ?? ""). Search further with \
            hybrid_search when they do not suffice. Put the number of its source in brackets behind every statement, as in \
            [1], and end with a list of the sources you used: number, title and uri. Say plainly what the documents do not tell.
            """
        return .given(
            PromptResult(
                description: "An answer with citations",
                messages: sources.messages + [.init(.user, .text(sources.none(task)))]))
    }

    static let compareDocuments = MCPPrompt(
        PromptDefinition(
            name: "compare_documents", title: "Compare documents",
            description: "Compares two documents point by point",
            arguments: [
                .init("first_document", "Id of the first document", isRequired: true),
                .init("second_document", "Id of the second document", isRequired: true), collection,
                .init("field", "Field of the metadata to look at in particular"),
            ]),
        complete: suggest
    ) { appliance, context, arguments, _ in
        var messages: [PromptResult.Message] = []
        for name in ["first_document", "second_document"] {
            messages += try await document(arguments[name] ?? "", arguments["collection"], name, appliance, context)
        }
        let field = arguments["field"].map {
            " Look at the metadata field \($0) in particular (retrieve_document shows it)."
        }
        let task = """
            Compare these two documents. Say in one sentence what each is about, then list where they agree, where they differ \
            and what only one of them holds, quoting the places.\(field ?? "") Do not decide which is right where they \
            contradict each other: show both.
            """
        return .given(
            PromptResult(
                description: "A comparison of two documents", messages: messages + [.init(.user, .text(task))]))
    }

    static let researchBrief = MCPPrompt(
        PromptDefinition(
            name: "research_brief", title: "Research brief",
            description: "Looks a topic up from several sides and writes a brief with sources",
            arguments: [
                .init("topic", "What to look into", isRequired: true), collection,
                .init("length", "How long the brief may be, such as \"one page\""),
            ]),
        complete: suggest
    ) { appliance, context, arguments, _ in
        let topic = arguments["topic"] ?? ""
        let sources = try await sources(for: topic, arguments["collection"], appliance, context)
        let task = """
            Write a research brief about: \(topic)

            The sources above are a first look. Make three to five sub-questions, search each with \
            hybrid_search\(arguments["collection"].map { " in collection \($0)" } ?? ""), and read what matters with \
            retrieve_document. Then write: the question, the findings with [numbers] of their sources, where sources \
            contradict each other, what stays open, and the list of sources with their uris. Length: \
            \(arguments["length"] ?? "one page").
            """
        return .given(
            PromptResult(
                description: "A research brief", messages: sources.messages + [.init(.user, .text(sources.none(task)))])
        )
    }

    static let summarise = MCPPrompt(
        PromptDefinition(
            name: "summarise", title: "Summarise a document", description: "Summarises one document",
            arguments: [
                .init("document_id", "Id of the document", isRequired: true), collection,
                .init("length", "How long the summary may be, such as \"five sentences\""),
            ]),
        complete: suggest
    ) { appliance, context, arguments, _ in
        let messages = try await document(
            arguments["document_id"] ?? "", arguments["collection"], "document_id", appliance, context)
        let task = """
            Summarise this document in \(arguments["length"] ?? "five sentences"). Keep names, numbers and dates exact, add \
            nothing that is not in it, and begin with what it is about.
            """
        return .given(
            PromptResult(description: "A summary", messages: messages + [.init(.user, .text(task))]))
    }

    // MARK: Parts

    private static let suggest: Complete = { appliance, context, request in
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        return try await engine.suggestions(for: request)
    }

    /// What a search found, each hit as a resource behind its number.
    private struct Sources {
        var messages: [PromptResult.Message] = []

        /// The task as it reads where nothing was found.
        func none(_ task: String) -> String {
            messages.isEmpty
                ? task + "\n\nThe search found no source for it: say so unless a further search finds one." : task
        }
    }

    private static func sources(
        for query: String, _ collection: String?, _ appliance: SearchAppliance, _ context: RequestContext
    ) async throws -> Sources {
        var sources = Sources()
        guard !query.isEmpty else { return sources }
        var request = SearchRequest(query: query)
        request.collection = collection
        request.limit = 6
        let response: SearchResponse
        do {
            response = try await appliance.search(request, context)
        } catch let error as ApplianceError where error.isCallersChoice {
            throw RPCError.invalidParams(Problem(error).detail)
        }
        for (index, hit) in response.hits.enumerated() {
            sources.messages.append(
                .init(.user, .text("Source [\(index + 1)]: \(hit.title.isEmpty ? hit.documentID : hit.title)")))
            sources.messages.append(
                .init(
                    .user,
                    .resource(
                        ResourceContents(
                            uri: DocumentURI.make(collection: hit.collection, id: hit.documentID),
                            mimeType: "text/markdown", body: .text(hit.snippet ?? "")))))
        }
        return sources
    }

    /// A document with its title, as far as it fits.
    private static func document(
        _ id: String, _ collection: String?, _ argument: String, _ appliance: SearchAppliance, _ context: RequestContext
    ) async throws -> [PromptResult.Message] {
        let document: DocumentView
        do {
            document = try await appliance.document(id, collection: collection, context)
        } catch let error as ApplianceError where error.isCallersChoice {
            throw RPCError.invalidParams("\(argument): \(Problem(error).detail)")
        }
        let shown = document.text.utf8.prefix(AnswerBudget.bytes)
        let isCut = shown.count < document.text.utf8.count
        // A cut may fall inside a character: what is left of it goes.
        let text = isCut ? String(decoding: shown, as: UTF8.self).trimmingReplacement : document.text
        let title = document.title.isEmpty ? document.id : document.title
        let note = isCut ? " (its first \(shown.count) bytes; retrieve_document gives all of it)" : ""
        return [
            .init(.user, .text("Document \"\(title)\"\(note):")),
            .init(
                .user,
                .resource(
                    ResourceContents(
                        uri: DocumentURI.make(collection: document.collection, id: document.id),
                        mimeType: "text/markdown", body: .text(text)))),
        ]
    }
}

extension ApplianceError {
    /// Whether the caller named something that is not there, or not clearly enough.
    fileprivate var isCallersChoice: Bool {
        switch self {
        case .unknownCollection, .documentNotFound, .ambiguousDocument, .noCollectionChosen, .invalidArgument: true
        default: false
        }
    }
}

extension String {
    fileprivate var trimmingReplacement: String {
        var scalars = unicodeScalars
        while scalars.last == "\u{FFFD}" { scalars.removeLast() }
        return String(scalars)
    }
}
