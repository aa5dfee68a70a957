import Access
import Glibc
import JSON

extension Command {
    static let delete = Command(
        "delete", "[ID...]", summary: "Delete documents by id or by a filter",
        about: ["Deleted documents are gone for good. Unknown ids are counted, not refused."],
        examples: [
            "carrel delete handbook-7 handbook-8", "carrel delete --collection news --filter 'published < 2015' --yes",
        ],
        options: [.data, .tenant, .collection, .filter, CommandOption("--yes", "do not ask"), .json],
        run: runDelete)

    @Sendable private static func runDelete(_ arguments: CommandArguments) async throws {
        let (ids, filter) = (arguments.operands, arguments["--filter"])
        guard ids.isEmpty != (filter == nil) else {
            throw UsageError(message: "say which documents: either ids, or --filter with a filter")
        }
        if let filter, !arguments.has("--yes") {
            guard Terminal.isInteractive else {
                throw UsageError(message: "deleting by a filter may remove many documents: say --yes")
            }
            Terminal.write(2, "delete every document with \(Terminal.harmless(filter))? type yes: ")
            guard readLine() == "yes" else { throw CommandFailure("nothing was deleted") }
        }
        let body: JSONObject = [
            "filter": filter.map { .string($0) } ?? ["ids": .array(ids.map { .string($0) })]
        ]
        let place = arguments["--collection"].map { "?collection=" + DocumentURI.escaped($0) } ?? ""
        let session = try await CommandSession.open(arguments, command: "delete")
        let answer: JSONValue
        do {
            answer = try await session.call(
                "POST", "/v1/documents:delete" + place, body: .object(body),
                as: .user(try await session.tenant(arguments), .write))
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        if arguments.has("--json") {
            Terminal.output(answer)
        } else {
            let deleted = answer["deleted"]?.integerValue ?? 0
            let unknown = answer["unknown"]?.integerValue ?? 0
            Terminal.say(
                "deleted \(deleted) document\(deleted == 1 ? "" : "s")" + (unknown > 0 ? ", \(unknown) unknown" : ""))
            for warning in answer["warnings"]?.arrayValue ?? [] { Terminal.say("note: \(warning.stringValue ?? "")") }
        }
    }
}

extension CommandOption {
    static let filter = CommandOption("--filter", "TEXT", "only documents whose metadata passes, as 'year >= 2020'")
}
