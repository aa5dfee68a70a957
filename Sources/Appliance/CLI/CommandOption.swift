/// What a word on the command line can be: completions offer it, and the parser checks what it can.
package enum WordKind: Sendable, Equatable {
    /// Nothing can be offered: a name to invent, a number, a question.
    case text
    case file
    case folder
    /// One of these words and no other.
    case oneOf([String])
    /// The name of a tenant of the data folder.
    case tenant
    /// The name of a collection of the tenant.
    case collection
}

/// One option of a command: what the parser takes, what the help shows and what completions offer.
package struct CommandOption: Sendable {
    /// With its dashes: `--tenant`.
    package let name: String
    /// What follows it, for the help; `nil` for a switch.
    package let value: String?
    /// Lower case, no full stop.
    package let help: String
    /// What the value can be.
    package let kind: WordKind
    /// Whether it may be given several times.
    package let repeats: Bool

    package init(
        _ name: String, _ value: String? = nil, _ help: String, kind: WordKind = .text, repeats: Bool = false
    ) {
        self.name = name
        self.value = value
        self.help = help
        self.kind = kind
        self.repeats = repeats
    }
}

extension CommandOption {
    /// A switch.
    init(_ name: String, _ help: String) {
        self.init(name, nil, help)
    }

    static let data = CommandOption(
        "--data", "DIR", "the data folder (CARREL_DATA; default ./carrel-data)", kind: .folder)
    static let tenant = CommandOption(
        "--tenant", "NAME", "the tenant (CARREL_TENANT; default: the only one)", kind: .tenant)
    static let collection = CommandOption(
        "--collection", "NAME", "the collection (default: the only one)", kind: .collection)
    static let json = CommandOption("--json", "print JSON instead of text for people")
    static let help = CommandOption("--help", "show this help")
    static let mode = CommandOption(
        "--mode", "MODE", "hybrid, bm25 (words) or vector (meaning); default hybrid",
        kind: .oneOf(SearchRequest.Mode.allCases.map(\.rawValue)))
    static let fusion = CommandOption(
        "--fusion", "HOW",
        "how the two rankings are joined: rrf (by rank), minmax (by score) or calibrated (by score and noise); default: "
            + "the collection's setting, else rrf",
        kind: .oneOf(SearchRequest.Fusion.allCases.map(\.rawValue)))
}
