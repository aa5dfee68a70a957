import Access
import JSON
import TenantStore

extension Command {
    static let compact = Command(
        "compact", "", summary: "Write a collection's index files anew",
        about: [
            "Keywords become one file without deleted passages; vectors are written in the order of their ids, with a "
                + "newly trained quantiser and the graph that follows from them alone, so equal rows under equal ids "
                + "give equal files. Searches and writes go on meanwhile, and nothing is lost if it is interrupted.",
            "Without --collection: all of the tenant's.",
        ],
        examples: ["carrel compact", "carrel compact --tenant acme --collection notes"],
        options: [.data, .tenant, .collection, .json], run: runCompact)

    /// Between two looks at how far it is.
    fileprivate static let compactPoll = Duration.milliseconds(100)

    @Sendable private static func runCompact(_ arguments: CommandArguments) async throws {
        guard arguments.operands.isEmpty else {
            throw UsageError(message: "compact takes no arguments; --collection says which")
        }
        let compacted = try await CommandSession.using(arguments, command: "compact") { session in
            let tenant = try await session.tenant(arguments)
            var compacted: [JSONValue] = []
            for name in try await session.collections(arguments, of: tenant) {
                compacted.append(try await session.compact(name, of: tenant))
            }
            return compacted
        }
        if arguments.has("--json") {
            Terminal.output(.object(["collections": .array(compacted)]))
            return
        }
        for collection in compacted {
            let files = collection["files"]?.arrayValue ?? []
            let bytes = files.reduce(0) { $0 + ($1["bytes"]?.integerValue ?? 0) }
            Terminal.output(
                "\(Terminal.harmless(collection["collection"]?.stringValue ?? "")): \(files.count) files, \(bytes) bytes"
            )
        }
    }
}

extension CommandSession {
    fileprivate func collections(_ arguments: CommandArguments, of tenant: TenantRecord) async throws -> [String] {
        if let name = arguments["--collection"] { return [name] }
        let answer = try await call("GET", "/v1/collections", as: .user(tenant, .search))
        return (answer["collections"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
    }

    /// Compacts a collection and waits for the end.
    /// - Returns: Its files.
    fileprivate func compact(_ name: String, of tenant: TenantRecord) async throws -> JSONValue {
        let path = "/v1/collections/\(DocumentURI.escaped(name))"
        var answer = try await call("POST", path + ":compact", as: .user(tenant, .write))
        while answer["is_compacting"]?.boolValue == true {
            try await Task.sleep(for: Command.compactPoll)
            answer = try await call("GET", path + "/files", as: .user(tenant, .search))
        }
        if let reason = answer["compaction_failure"]?.stringValue {
            throw CommandFailure("collection \(name) was not compacted: \(reason)")
        }
        return answer
    }
}
