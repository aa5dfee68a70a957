/// One command of the tool: how it is called and what it does.
struct Command: Sendable {
    /// `tenant create`: one or two words.
    let name: String
    /// The operands as the help shows them.
    let operands: String
    /// One line.
    let summary: String
    let options: [CommandOption]
    let run: @Sendable (CommandArguments) async throws -> Void

    init(
        _ name: String, _ operands: String = "", summary: String, options: [CommandOption] = [],
        run: @escaping @Sendable (CommandArguments) async throws -> Void
    ) {
        self.name = name
        self.operands = operands
        self.summary = summary
        self.options = options + [CommandOption("--help", "show this help")]
        self.run = run
    }

    /// The full help of this command.
    var help: String {
        var lines = ["usage: carrel \(name)\(operands.isEmpty ? "" : " " + operands) [options]", "", summary + ".", ""]
        for option in options {
            let left = "  " + option.name + (option.value.map { " " + $0 } ?? "")
            lines.append(left + String(repeating: " ", count: max(2, 30 - left.count)) + option.help)
        }
        return lines.joined(separator: "\n")
    }
}

extension CommandOption {
    /// A switch.
    init(_ name: String, _ help: String) {
        self.init(name, nil, help)
    }

    static let data = CommandOption("--data", "DIR", "the data folder (CARREL_DATA; default ./carrel-data)")
    static let tenant = CommandOption("--tenant", "NAME", "the tenant (CARREL_TENANT; default: the only one)")
    static let collection = CommandOption("--collection", "NAME", "the collection (default: the only one)")
    static let json = CommandOption("--json", "print JSON")
}
