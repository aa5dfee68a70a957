import JSON

/// Shaping as it is given on the command line.
enum ShapingOptions {
    static let all: [CommandOption] = [
        CommandOption(
            "--boost", "FACTOR:FILTER",
            "multiply the score of documents that pass a filter; may be given several times", repeats: true),
        CommandOption(
            "--decay", "FIELD:SCALE[:ORIGIN]",
            "let documents count less the farther a date or number of theirs lies from ORIGIN (dates: now), half at SCALE "
                + "(30d, 12h, or a number); may be given several times", repeats: true),
        CommandOption("--pin", "ID", "put a document on top; may be given several times", repeats: true),
        CommandOption("--hide", "ID", "leave a document out; may be given several times", repeats: true),
        CommandOption("--rerank", "have the server's rerank model order the first hits"),
    ]

    /// Adds what was given to the body of a search.
    static func add(_ arguments: CommandArguments, to body: inout JSONObject) throws(UsageError) {
        var boosts: [JSONValue] = []
        for text in arguments.all("--boost") { boosts.append(try boost(text)) }
        if !boosts.isEmpty { body["boosts"] = .array(boosts) }
        var decays: [JSONValue] = []
        for text in arguments.all("--decay") { decays.append(try decay(text)) }
        if !decays.isEmpty { body["decay"] = .array(decays) }
        for (option, member) in [("--pin", "pinned"), ("--hide", "hidden")] {
            let ids = arguments.all(option)
            if !ids.isEmpty { body[member] = .array(ids.map { .string($0) }) }
        }
        if arguments.has("--rerank") { body["rerank"] = .bool(true) }
    }

    private static func boost(_ text: String) throws(UsageError) -> JSONValue {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let factor = Double(parts[0]), factor.isFinite else {
            throw UsageError(message: "option --boost takes FACTOR:FILTER, such as 2:'team = hr', not '\(text)'")
        }
        return ["filter": .string(parts[1]), "factor": .number(factor)]
    }

    private static func decay(_ text: String) throws(UsageError) -> JSONValue {
        let parts = text.split(separator: ":", maxSplits: 2).map(String.init)
        guard parts.count >= 2 else {
            throw UsageError(
                message: "option --decay takes FIELD:SCALE or FIELD:SCALE:ORIGIN, such as published:30d, not '\(text)'")
        }
        func value(_ text: String) -> JSONValue {
            guard let number = Double(text), number.isFinite else { return .string(text) }
            return .number(number)
        }
        var members: JSONObject = ["field": .string(parts[0]), "scale": value(parts[1])]
        // Of a field of dates, 2024 is a text.
        if parts.count == 3 { members["origin"] = Double(parts[1]) == nil ? .string(parts[2]) : value(parts[2]) }
        return .object(members)
    }
}
