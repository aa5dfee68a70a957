import Access
import Embedding
import HTTPServer
import JSON

/// `POST /v1/embeddings` and `GET /v1/models`, in the shapes of OpenAI's API, so that its clients work here.
enum EmbeddingRoutes {
    /// Texts in one call, and their bytes together.
    static let textLimit = 1...2_048
    static let byteLimit = 4 << 20
    /// Texts given to the embedder at once: between them the deadline is looked at, and others have their turn.
    private static let sliceSize = 16

    enum Encoding: String, CaseIterable, Sendable {
        case float, base64
    }

    struct Input: Sendable {
        var texts: [String]
        var model: String
        var encoding: Encoding
        var dimensions: Int?
    }

    // MARK: Input

    static func read(_ exchange: Exchange) async throws -> Input {
        try QueryFields(exchange.request).finish()
        var fields = Fields(try await JSONBody.object(of: exchange.request))
        let texts = try texts(fields.value("input"))
        let model = try fields.requiredText("model")
        let encoding = try fields.choice("encoding_format", of: Encoding.allCases) ?? .float
        let dimensions = try fields.integer("dimensions", in: 1...1_000_000)
        // Whom the caller's own user is: of no use here, and clients send it.
        _ = try fields.text("user")
        try fields.finish()
        return Input(texts: texts, model: model, encoding: encoding, dimensions: dimensions)
    }

    private static func texts(_ input: JSONValue?) throws(ApplianceError) -> [String] {
        func wrong(_ reason: String) -> ApplianceError { .invalidArgument(name: "input", reason: reason) }
        let items: [JSONValue]
        switch input {
        case .string?: items = [input ?? .null]
        case .array(let values)?: items = values
        default: throw wrong("is required: a string, or a list of strings")
        }
        guard textLimit.contains(items.count) else {
            throw wrong("must hold \(textLimit.lowerBound) to \(textLimit.upperBound) texts, not \(items.count)")
        }
        var texts: [String] = []
        var byteCount = 0
        for (index, item) in items.enumerated() {
            switch item {
            case .string(let text) where !text.isEmpty:
                texts.append(text)
                byteCount += text.utf8.count
            case .string: throw wrong("[\(index)] is empty; leave empty texts out")
            case .integer, .array:
                throw wrong(
                    "holds token numbers, which mean nothing to this model; send texts "
                        + "(in LangChain: check_embedding_ctx_length=False)")
            default: throw wrong("[\(index)] must be a string")
            }
        }
        guard byteCount <= byteLimit else {
            throw wrong("must have at most \(byteLimit) bytes together, not \(byteCount); send it in several calls")
        }
        return texts
    }

    // MARK: Work

    static func embed(_ appliance: SearchAppliance, _ context: RequestContext, _ input: Input) async throws
        -> HTTPResponse
    {
        guard let embedder = appliance.embedder else { throw ApplianceError.noModel }
        try check(model: input.model, of: embedder.id)
        if let dimensions = input.dimensions, dimensions != embedder.dimension {
            throw ApplianceError.invalidArgument(
                name: "dimensions",
                reason: "must be \(embedder.dimension), as the model makes them, or be left out: vectors cannot be cut")
        }
        context.tally.update { $0.target = "(\(input.texts.count) texts)" }
        let made = try await vectors(of: input.texts, by: embedder, context)
        context.tally.update { $0.resultCount = made.count }
        return .json { write(made, input, embedder.id, to: &$0) }
    }

    private static func vectors(
        of texts: [String], by embedder: EmbeddingService, _ context: RequestContext
    ) async throws -> [Embedded] {
        // One text is a question as a rule, and somebody waits for it.
        if texts.count == 1 { return [try await embedder.embedQuery(texts[0])] }
        var made: [Embedded] = []
        made.reserveCapacity(texts.count)
        for start in stride(from: 0, to: texts.count, by: sliceSize) {
            if context.isPastDeadline { throw ApplianceError.timeout(after: context.operation.timeout ?? .zero) }
            if context.cancellation.isCancelled { throw ApplianceError.cancelled }
            made += try await embedder.embedPassages(Array(texts[start..<min(start + sliceSize, texts.count)]))
        }
        return made
    }

    /// Under the name its authors gave it, with or without theirs before it, or as the name of the vector space.
    private static func check(model name: String, of id: EmbedderID) throws(ApplianceError) {
        let published = publishedName(id)
        guard [published, "sentence-transformers/" + published, id.description].contains(name) else {
            throw .modelNotFound(name: name, existing: published)
        }
    }

    private static func publishedName(_ id: EmbedderID) -> String {
        id.model.split(separator: "/").last.map(String.init) ?? id.model
    }

    private static func write(_ made: [Embedded], _ input: Input, _ id: EmbedderID, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("object", "list")
        writer.key("data")
        writer.beginArray()
        for (index, embedded) in made.enumerated() {
            writer.beginObject()
            writer.member("object", "embedding")
            writer.member("index", index)
            writer.key("embedding")
            switch input.encoding {
            case .float:
                writer.beginArray()
                for number in embedded.vector { writer.number(number) }
                writer.endArray()
            case .base64: writer.string(Digest.base64(littleEndian(embedded.vector)))
            }
            writer.endObject()
        }
        writer.endArray()
        writer.member("model", publishedName(id))
        writer.key("usage")
        let tokens = made.reduce(0) { $0 + $1.tokenCount }
        writer.beginObject()
        writer.member("prompt_tokens", tokens)
        writer.member("total_tokens", tokens)
        writer.endObject()
        let cut = made.count(where: \.truncated)
        // A member that OpenAI's answer lacks, and only where there is something to say.
        if cut > 0 { writer.member("warnings", ["of \(cut) texts only the first 256 word pieces were embedded"]) }
        writer.endObject()
    }

    private static func littleEndian(_ vector: [Float]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vector.count * 4)
        for number in vector { withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
        return bytes
    }

    // MARK: Models

    static func models(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        let models = appliance.embedder.map { [$0.id] } ?? []
        context.tally.update { $0.resultCount = models.count }
        return .json { writer in
            writer.beginObject()
            writer.member("object", "list")
            writer.key("data")
            writer.beginArray()
            for model in models { write(model, to: &writer) }
            writer.endArray()
            writer.endObject()
        }
    }

    static func readModel(_ exchange: Exchange) async throws -> String { try exchange.soleParameter("model") }

    static func model(_ appliance: SearchAppliance, _ context: RequestContext, _ name: String) async throws
        -> HTTPResponse
    {
        guard let embedder = appliance.embedder else { throw ApplianceError.noModel }
        try check(model: name, of: embedder.id)
        context.tally.update { $0.target = publishedName(embedder.id) }
        return .json { write(embedder.id, to: &$0) }
    }

    private static func write(_ id: EmbedderID, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", publishedName(id))
        writer.member("object", "model")
        // When the model was made is not known here; clients ask for a number.
        writer.member("created", 0)
        writer.member("owned_by", "carrel")
        writer.endObject()
    }
}
