import JSON

/// What an import did, for a person and for a program.
struct ImportReport {
    /// Lines of one kind that are told one by one.
    static let listed = 100

    /// A list whose end is only counted.
    struct Listing {
        private(set) var entries: [(origin: String, reason: String)] = []
        private(set) var count = 0

        mutating func add(_ origin: String, _ reason: String) {
            count += 1
            if entries.count < ImportReport.listed { entries.append((origin, reason)) }
        }

        mutating func addUnlisted(_ number: Int) { count += number }

        func lines(_ form: (String, String) -> String) -> [String] {
            var lines = entries.map { form(Terminal.harmless($0.origin), Terminal.harmless($0.reason)) }
            if count > entries.count { lines.append("and \(count - entries.count) more") }
            return lines
        }

        func json(_ key: String) -> JSONValue {
            .array(entries.map { ["origin": .string($0.origin), key: .string($0.reason)] as JSONValue })
        }
    }

    var added = 0
    var updated = 0
    var unchanged = 0
    /// Files among the unchanged that were not even read: their hash is stored.
    var unread = 0
    var bytes = 0
    var seconds = 0.0
    /// Documents that should have gone in and did not.
    var leftOut = Listing()
    /// Things below the paths that are no documents.
    var passedOver = Listing()
    var unreadKinds: [String: Int] = [:]
    var encodings = Listing()
    var notes = Listing()
    var isInterrupted = false
    var passages = 0
    var waiting = 0
    var parked = 0
    var textsCut = 0
    var indexBytes = 0
    var embedSeconds = 0.0
    var warnings: [String] = []

    var committed: Int { added + updated + unchanged }

    /// The report in words.
    var lines: [String] {
        var lines = leftOut.lines { "left out \($0): \($1)" }
        lines += passedOver.lines { "passed over \($0): \($1)" }
        if !unreadKinds.isEmpty {
            let kinds = unreadKinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            let listed = kinds.prefix(12).map { "\(Terminal.harmless($0.key)) \($0.value)" }.joined(separator: ", ")
            let count = unreadKinds.values.reduce(0, +)
            lines.append(
                "passed over \(count) \(count == 1 ? "file" : "files") of kinds that are not read: \(listed)"
                    + (kinds.count > 12 ? " and others" : ""))
        }
        lines += encodings.lines { "read \($0) as \($1), which is a guess" }
        lines += notes.lines { "note on \($0): \($1)" }
        let rate = seconds > 0 ? Int(Double(committed) / seconds) : 0
        lines.append(
            "\(added) added, \(updated) updated, \(unchanged) unchanged, \(leftOut.count) left out; "
                + "\(bytes / 1_048_576) MiB in \(Self.rounded(seconds)) s (\(rate) documents/s)")
        if passages > 0 {
            lines.append(
                "the collection now has \(passages) passages, \(indexBytes / passages) index bytes each; "
                    + "\(waiting) wait for vectors")
        }
        if embedSeconds > 0 {
            lines.append("embedding took \(Self.rounded(embedSeconds)) s more")
        }
        if textsCut > 0 {
            lines.append(
                "\(textsCut) passages are longer than the embedder reads; it saw their first 256 word pieces")
        }
        if parked > 0 {
            lines.append("\(parked) passages could not be embedded and are found by keywords alone")
        }
        if isInterrupted {
            lines.append("interrupted; what is counted above is stored, and the same command goes on from there")
        }
        return lines + warnings
    }

    var json: JSONValue {
        [
            "added": .integer(Int64(added)), "updated": .integer(Int64(updated)),
            "unchanged": .integer(Int64(unchanged)), "unread": .integer(Int64(unread)),
            "left_out": .integer(Int64(leftOut.count)), "problems": leftOut.json("reason"),
            "passed_over": passedOver.json("reason"),
            "unread_kinds": .object(
                JSONObject(unreadKinds.sorted { $0.key < $1.key }.map { ($0.key, .integer(Int64($0.value))) })),
            "encodings": encodings.json("encoding"), "notes": notes.json("note"),
            "interrupted": .bool(isInterrupted), "bytes": .integer(Int64(bytes)), "seconds": .number(seconds),
            "embed_seconds": .number(embedSeconds), "passages": .integer(Int64(passages)),
            "waiting": .integer(Int64(waiting)), "parked": .integer(Int64(parked)),
            "texts_cut": .integer(Int64(textsCut)), "index_bytes": .integer(Int64(indexBytes)),
        ]
    }

    private static func rounded(_ seconds: Double) -> Double { (seconds * 100).rounded() / 100 }
}
