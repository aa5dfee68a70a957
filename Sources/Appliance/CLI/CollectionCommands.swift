import Access
import JSON
import TenantStore

extension Command {
    static let collectionCommands: [Command] = [
        Command(
            "collection settings", "NAME", kind: .collection, summary: "Show or change what was set about a collection",
            about: [
                "Without --set: show. --set FILE replaces all settings by those of a JSON file, - is standard input; "
                    + "--set key=value changes one and may be given several times. Keys are k1, b, title_weight, "
                    + "default_space, fusion (rrf, minmax, calibrated), bm25_weight, vector_weight, k, weight, feedback, "
                    + "the members of analysis: language, title_language, stop_words, ideographs, "
                    + "identifiers, synonyms, protected_words, and of vectors: codes (fp32, int8, 4bit), m, "
                    + "ef_construction, ef. A value is JSON, or a word as it stands; null takes default_space and those of "
                    + "the fusion back.",
                "A change of title_weight or of the analysis makes the keyword index anew in the background, one of "
                    + "codes, m or ef_construction the index of vectors; searches use the old one until then.",
            ],
            examples: [
                "carrel collection settings notes", "carrel collection settings notes --set language=german",
                "carrel collection settings code --set identifiers=true --set k1=0.9",
                "carrel collection settings notes --set codes=int8 --set ef=200",
                "carrel collection settings notes --set fusion=calibrated",
            ],
            options: [
                .data, .tenant,
                CommandOption(
                    "--set", "FILE|KEY=VALUE", "a file of settings, or one setting", kind: .file, repeats: true),
                .json,
            ], run: runSettings)
    ]

    static let analyze = Command(
        "analyze", "TEXT", summary: "Show what a text becomes in the keyword index",
        about: ["One line for each token: its position, the term that is indexed, and what stood in the text."],
        examples: ["carrel analyze \"running shoes\"", "carrel analyze --collection code --query getUserName"],
        options: [
            .data, .tenant, .collection, CommandOption("--title", "analyse it as a title"),
            CommandOption("--query", "analyse it as a question: synonyms are not added"), .json,
        ], run: runAnalyze)

    @Sendable private static func runSettings(_ arguments: CommandArguments) async throws {
        let name = try arguments.operands("NAME")[0]
        let changes = arguments.all("--set")
        let path = "/v1/collections/\(DocumentURI.escaped(name))/settings"
        let file = try changes.count == 1 && !changes[0].contains("=") ? SettingsFile.read(changes[0]) : nil
        let pairs = try file == nil ? changes.map(SettingsFile.pair) : []
        let answer = try await CommandSession.using(arguments, command: "collection settings") { session in
            let tenant = try await session.tenant(arguments)
            var answer: JSONValue?
            if let file {
                answer = try await session.call("PUT", path, body: .object(file), as: .user(tenant, .write))
            } else if !pairs.isEmpty {
                answer = try await session.changeSettings(at: path, of: tenant) { SettingsFile.merge(pairs, into: $0) }
            }
            if let answer { return answer }
            return try await session.call("GET", path, as: .user(tenant, .search))
        }
        if arguments.has("--json") {
            Terminal.output(answer)
            return
        }
        let settings = answer["settings"]?.objectValue ?? [:]
        for (key, value) in settings.members where key != "analysis" && key != "vectors" {
            Terminal.output("\(key) = \(String(decoding: value.encoded(), as: UTF8.self))")
        }
        for part in ["analysis", "vectors"] {
            for (key, value) in settings[part]?.objectValue?.members ?? [] {
                Terminal.output("\(key) = \(Terminal.harmless(String(decoding: value.encoded(), as: UTF8.self)))")
            }
        }
        guard answer["is_current"]?.boolValue == false, answer["reindexing"] != nil else { return }
        let done = answer["reindexing"]?["done"]?.integerValue ?? 0
        let total = answer["reindexing"]?["total"]?.integerValue ?? 0
        Terminal.say("the index is being made anew: \(done) of \(total) passages")
    }

    @Sendable private static func runAnalyze(_ arguments: CommandArguments) async throws {
        let text = arguments.operands.joined(separator: " ")
        guard !text.isEmpty else { throw UsageError(message: "say what to analyse") }
        let body: JSONObject = [
            "text": .string(text), "field": .string(arguments.has("--title") ? "title" : "content"),
            "as": .string(arguments.has("--query") ? "query" : "document"),
        ]
        let answer = try await CommandSession.using(arguments, command: "analyze") { session in
            let tenant = try await session.tenant(arguments)
            let name = try await session.collection(arguments, of: tenant)
            return try await session.call(
                "POST", "/v1/collections/\(DocumentURI.escaped(name)):analyze", body: .object(body),
                as: .user(tenant, .search))
        }
        if arguments.has("--json") {
            Terminal.output(answer)
            return
        }
        for token in answer["tokens"]?.arrayValue ?? [] {
            let term = Terminal.harmless(token["term"]?.stringValue ?? "")
            let surface = Terminal.harmless(token["surface"]?.stringValue ?? "")
            Terminal.output("\(token["position"]?.integerValue ?? 0)  \(Terminal.bold(term))  \(surface)")
        }
        for warning in answer["warnings"]?.arrayValue ?? [] {
            Terminal.say("note: \(warning.stringValue ?? "")")
        }
    }
}

extension CommandSession {
    /// Opens a session for `body` and closes it behind it.
    static func using<Value: Sendable>(
        _ arguments: CommandArguments, command: String, embeds: Bool = true, dataFolder: String? = nil,
        _ body: (CommandSession) async throws -> Value
    ) async throws -> Value {
        let session = try await open(arguments, command: command, embeds: embeds, dataFolder: dataFolder)
        do {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    /// The collection that the arguments mean: `--collection`, else the tenant's only one.
    func collection(_ arguments: CommandArguments, of tenant: TenantRecord) async throws -> String {
        if let name = arguments["--collection"] { return name }
        let answer = try await call("GET", "/v1/collections", as: .user(tenant, .search))
        let names = (answer["collections"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        guard names.count != 1 else { return names[0] }
        throw CommandFailure(
            names.isEmpty
                ? "tenant \(tenant.name) has no collection yet"
                : "say which collection with --collection: \(names.joined(separator: ", "))")
    }
}
