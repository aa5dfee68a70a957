import Access
import Glibc
import JSON
import TenantStore

extension Command {
    static let spaces = Command(
        "collection spaces", "NAME [ACTION [SPACE]]", kind: .collection,
        summary: "Show, make, choose or drop a collection's vector spaces",
        about: [
            "Without ACTION, or with list: show them. set-default SPACE makes searches that name no space use this one; "
                + "set-default alone leaves the choice to the installed model again. put SPACE makes a space for your own "
                + "vectors, or replaces its settings: dimension (to make it), metric, codes, m, ef_construction, ef. "
                + "drop SPACE deletes it with all its vectors.",
            "After another model was installed, the vectors of the one before are in a space of their own: drop it when "
                + "the new one is complete.",
        ],
        examples: [
            "carrel collection spaces notes",
            "carrel collection spaces notes put images --set dimension=512 --set metric=dot",
            "carrel collection spaces notes set-default images", "carrel collection spaces notes drop images --yes",
        ],
        options: [
            .data, .tenant, CommandOption("--set", "KEY=VALUE", "one setting of put", repeats: true),
            CommandOption("--yes", "drop without asking"), .json,
        ], run: runSpaces)

    private enum SpaceAction: String, CaseIterable {
        case list, put, drop
        case setDefault = "set-default"
    }

    @Sendable private static func runSpaces(_ arguments: CommandArguments) async throws {
        let words = arguments.operands
        guard let name = words.first else { throw UsageError(message: "NAME is missing") }
        guard words.count <= 3 else { throw UsageError(message: "there are too many words after NAME") }
        guard let action = words.count == 1 ? .list : SpaceAction(rawValue: words[1]) else {
            let known = SpaceAction.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError(message: "there is no action '\(words[1])'; there are \(known)")
        }
        let space = words.count == 3 ? words[2] : nil
        guard space != nil || action == .list || action == .setDefault else {
            throw UsageError(message: "SPACE is missing")
        }
        let settings = try JSONObject(arguments.all("--set").map(SettingsFile.pair).map { ($0.key, $0.value) })
        if action == .drop, !arguments.has("--yes") {
            guard Terminal.isInteractive else {
                throw UsageError(message: "dropping a space deletes its vectors: say --yes")
            }
            Terminal.write(2, "delete every vector of \(Terminal.harmless(space ?? ""))? type yes: ")
            guard readLine() == "yes" else { throw CommandFailure("nothing was dropped") }
        }
        let path = "/v1/collections/\(DocumentURI.escaped(name))"
        let place = path + "/spaces/" + DocumentURI.escaped(space ?? "")
        let answer = try await CommandSession.using(arguments, command: "collection spaces") { session in
            let tenant = try await session.tenant(arguments)
            switch action {
            case .list: break
            case .put: _ = try await session.call("PUT", place, body: .object(settings), as: .user(tenant, .write))
            case .drop:
                let confirmed = place + "?confirm=" + DocumentURI.escaped(space ?? "")
                _ = try await session.call("DELETE", confirmed, as: .user(tenant, .write))
            case .setDefault:
                _ = try await session.changeSettings(at: path + "/settings", of: tenant) { settings in
                    var changed = settings
                    changed["default_space"] = space.map { .string($0) }
                    return changed
                }
            }
            return try await session.call("GET", path + "/spaces", as: .user(tenant, .search))
        }
        arguments.has("--json") ? Terminal.output(answer) : show(answer)
    }

    private static func show(_ answer: JSONValue) {
        let chosen = answer["default_space"]?.stringValue
        for space in answer["spaces"]?.arrayValue ?? [] {
            let name = space["name"]?.stringValue ?? ""
            func number(_ key: String) -> Int64 { space[key]?.integerValue ?? 0 }
            let settings = space["settings"]
            var parts = [
                "\(number("vectors")) vectors of \(number("dimension")) numbers",
                "\(settings?["metric"]?.stringValue ?? ""), \(settings?["codes"]?.stringValue ?? "")",
            ]
            if number("waiting") > 0 { parts.append("\(number("waiting")) waiting") }
            if space["is_loaded"]?.boolValue == false { parts.append("its model is not loaded") }
            if let rebuilding = space["rebuilding"] {
                parts.append(
                    "being made anew: \(rebuilding["done"]?.integerValue ?? 0) of "
                        + "\(rebuilding["total"]?.integerValue ?? 0)")
            }
            let bytes = (space["walk_bytes"]?.objectValue?.members ?? []).map {
                "\($0.key) \($0.value.integerValue ?? 0)"
            }
            parts.append("a walk keeps in memory: " + bytes.joined(separator: ", ") + " bytes")
            let mark = name == chosen ? " (default)" : ""
            Terminal.output(Terminal.bold(Terminal.harmless(name)) + mark + "  " + parts.joined(separator: "; "))
        }
    }
}
