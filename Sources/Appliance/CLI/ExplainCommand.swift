import Access
import JSON

extension Command {
    static let explain = Command(
        "explain", "DOCUMENT QUERY", summary: "Say why a document stands where it stands, or whether a receipt holds",
        about: [
            "DOCUMENT is COLLECTION/ID, an address (search://documents/...), or an id alone with --collection. QUERY and the "
                + "options are those of search. Shown are the score of each ranking term by term, how the two were joined, "
                + "and what left the document out where it is not found.",
            "--verify takes a receipt, or whatever search --receipts --json or explain --receipt printed, makes each receipt "
                + "anew from the index and compares. Exit code 0: all are equal. 1: something differs; it is told member by "
                + "member, with the reason.",
        ],
        examples: [
            "carrel explain notes/handbook-7 \"how long do we keep invoices\"",
            "carrel explain notes/handbook-7 --receipt \"retention\" > receipt.json",
            "carrel explain --verify receipt.json",
            "carrel search --receipts --json \"retention\" | carrel explain --verify -",
        ],
        options: [.data, .tenant, .collection] + searchOptions + ShapingOptions.all + [
            CommandOption("--receipt", "print the receipt of the hit alone, as JSON"),
            CommandOption("--verify", "FILE", "check receipts; - reads standard input", kind: .file), .json,
        ],
        run: runExplain)

    @Sendable private static func runExplain(_ arguments: CommandArguments) async throws {
        if let path = arguments["--verify"] {
            guard arguments.operands.isEmpty else {
                throw UsageError(message: "--verify takes a receipt and nothing else: it holds its own query")
            }
            try await verify(try ReceiptFile.read(path), arguments)
            return
        }
        guard arguments.operands.count > 1 else {
            throw UsageError(message: "say which document, and for which query: COLLECTION/ID QUERY")
        }
        var body = try searchBody(arguments.operands.dropFirst().joined(separator: " "), arguments)
        try name(arguments.operands[0], in: &body)
        if arguments.has("--receipt") { body["receipts"] = .bool(true) }
        let answer = try await answers([body], arguments)[0]
        if arguments.has("--receipt") {
            guard let receipt = answer["receipt"] else {
                throw CommandFailure(answer["summary"]?.stringValue ?? "it is not in the answer")
            }
            Terminal.output(receipt)
        } else if arguments.has("--json") {
            Terminal.output(answer)
        } else {
            ExplanationPrinter.show(answer)
        }
    }

    /// Writes the document that a word names into a request.
    private static func name(_ word: String, in body: inout JSONObject) throws(UsageError) {
        if case .document(let collection, let id)? = SearchURI(word) {
            (body["collection"], body["document_id"]) = (.string(collection), .string(id))
        } else if body["collection"] != nil {
            body["document_id"] = .string(word)
        } else if let slash = word.firstIndex(of: "/"), slash != word.startIndex,
            word.index(after: slash) != word.endIndex
        {
            body["collection"] = .string(String(word[..<slash]))
            body["document_id"] = .string(String(word[word.index(after: slash)...]))
        } else {
            throw UsageError(message: "'\(word)' names no document: write COLLECTION/ID, or the id with --collection")
        }
    }

    private static func verify(_ receipts: [JSONObject], _ arguments: CommandArguments) async throws {
        let answers = try await answers(receipts.map { ["receipt": .object($0)] }, arguments)
        for answer in answers {
            if arguments.has("--json") { Terminal.output(answer) } else { ExplanationPrinter.showVerification(answer) }
        }
        guard answers.allSatisfy({ $0["verification"]?["equal"]?.boolValue == true }) else {
            throw CommandExit(code: 1)
        }
    }

    private static func answers(_ bodies: [JSONObject], _ arguments: CommandArguments) async throws -> [JSONValue] {
        let session = try await CommandSession.open(arguments, command: "explain")
        var answers: [JSONValue] = []
        do {
            let tenant = try await session.tenant(arguments)
            for body in bodies {
                answers.append(
                    try await session.call(
                        "POST", "/v1/search:explain", body: .object(body), as: .user(tenant, .search)))
            }
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        return answers
    }
}

/// Receipts as users keep them.
enum ReceiptFile {
    /// So many are checked at once.
    static let countLimit = 1_000

    /// The receipts of a file: one, several of them, one a line, or answers that hold some.
    /// - Throws: ``CommandFailure`` naming the file and what is wrong with it.
    static func read(_ path: String) throws -> [JSONObject] {
        let bytes = try SettingsFile.bytes(of: path)
        let whole = try? JSONValue(parsing: bytes)
        let values =
            if let whole {
                [whole]
            } else {
                try bytes.split(separator: UInt8(ascii: "\n")).map { line in
                    do {
                        return try JSONValue(parsing: line)
                    } catch {
                        throw CommandFailure("\(path) holds no JSON: \(error)")
                    }
                }
            }
        let receipts = values.flatMap(receipts)
        guard !receipts.isEmpty else {
            throw CommandFailure("\(path) holds no receipt: search --receipts --json and explain --receipt print them")
        }
        guard receipts.count <= countLimit else {
            throw CommandFailure("\(path) holds \(receipts.count) receipts; at most \(countLimit) are checked at once")
        }
        return receipts
    }

    private static func receipts(_ value: JSONValue) -> [JSONObject] {
        if let object = value.objectValue {
            if let hits = object["hits"]?.arrayValue { return hits.flatMap(receipts) }
            if let receipt = object["receipt"]?.objectValue { return [receipt] }
            return object["format"] == nil ? [] : [object]
        }
        return (value.arrayValue ?? []).flatMap(receipts)
    }
}
