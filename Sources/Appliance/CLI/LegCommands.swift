import Access
import JSON
import TenantStore

extension Command {
    static let legCommands: [Command] = [
        Command(
            "collection legs", "NAME", kind: .collection,
            summary: "Show whether a collection's rankings work, or switch one",
            about: [
                "Hybrid search joins two rankings: bm25 by words, vector by meaning. One that fails its probe is switched "
                    + "off by itself. --set LEG=auto leaves that to the probe, LEG=on and LEG=off decide by hand.",
                "Where both are off, searches use both all the same and say so.",
            ],
            examples: ["carrel collection legs notes", "carrel collection legs notes --set vector=on"],
            options: [
                .data, .tenant, CommandOption("--set", "LEG=RULE", "auto, on or off", repeats: true),
                CommandOption("--space", "SPACE", "vector space of --set vector=…; default the one searches use"),
                .json,
            ], run: runLegs),
        Command(
            "collection probe", "NAME", kind: .collection, summary: "Ask both rankings for documents they should find",
            about: [
                "The first twelve words of 64 documents are the questions; a healthy ranking has the document among its "
                    + "own first ten. One that finds fewer than a tenth is switched off for hybrid search, one that passes "
                    + "is switched on again. It says whether a ranking is broken, not how good it is: for that see carrel "
                    + "eval. Collections of fewer than 200 documents are not probed.",
                "The same happens by itself after a load, and when the rankings disagree over a hundred searches.",
            ],
            examples: ["carrel collection probe notes", "carrel collection probe notes --json"],
            options: [.data, .tenant, .json], run: runProbe),
    ]

    @Sendable private static func runLegs(_ arguments: CommandArguments) async throws {
        let name = try arguments.operands("NAME")[0]
        let path = "/v1/collections/\(DocumentURI.escaped(name))/legs"
        let changes = try arguments.all("--set").map(SettingsFile.pair)
        let answer = try await CommandSession.using(arguments, command: "collection legs") { session in
            let tenant = try await session.tenant(arguments)
            for (leg, rule) in changes {
                var body: JSONObject = ["leg": .string(leg), "rule": rule]
                if leg == "vector" { body["space"] = arguments["--space"].map { .string($0) } }
                _ = try await session.call("PUT", path, body: .object(body), as: .user(tenant, .write))
            }
            return try await session.call("GET", path, as: .user(tenant, .search))
        }
        arguments.has("--json") ? Terminal.output(answer) : show(answer)
    }

    @Sendable private static func runProbe(_ arguments: CommandArguments) async throws {
        let name = try arguments.operands("NAME")[0]
        let answer = try await CommandSession.using(arguments, command: "collection probe") { session in
            let tenant = try await session.tenant(arguments)
            return try await session.call(
                "POST", "/v1/collections/\(DocumentURI.escaped(name)):probe", as: .user(tenant, .write))
        }
        arguments.has("--json") ? Terminal.output(answer) : show(answer)
    }

    private static func show(_ answer: JSONValue) {
        for leg in answer["legs"]?.arrayValue ?? [] {
            var parts = [leg["state"]?.stringValue ?? ""]
            if let rule = leg["rule"]?.stringValue, rule != "auto" { parts.append("by hand") }
            if let probed = leg["probed"]?.integerValue {
                parts.append("found \(leg["found"]?.integerValue ?? 0) of \(probed) documents by their first words")
            }
            if let obstacle = leg["not_probed"]?.stringValue { parts.append("not probed: \(obstacle)") }
            if let mean = leg["agreement"]?.doubleValue, let count = leg["agreement_searches"]?.integerValue {
                let tenths = (mean * 10).rounded() / 10
                parts.append("agrees with bm25 by \(tenths) deviations over \(count) searches")
            }
            let space = leg["space"]?.stringValue.map { " " + Terminal.harmless($0) } ?? ""
            let mark = leg["is_default"]?.boolValue == true ? " (default)" : ""
            Terminal.output(
                Terminal.bold((leg["leg"]?.stringValue ?? "") + space) + mark + "  " + parts.joined(separator: "; "))
        }
    }
}
