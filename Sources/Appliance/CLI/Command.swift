/// One command of the tool, described once: the parser, the help and the completions read it.
struct Command: Sendable {
    /// `tenant create`: one or two words.
    let name: String
    /// The operands as the help shows them.
    let operands: String
    /// What the operands can be.
    let operandKind: WordKind
    /// One line without a full stop.
    let summary: String
    /// Paragraphs below the summary: what a reader of the options alone would miss.
    let about: [String]
    /// Lines to copy.
    let examples: [String]
    let options: [CommandOption]
    let run: @Sendable (CommandArguments) async throws -> Void

    init(
        _ name: String, _ operands: String = "", kind: WordKind = .text, summary: String, about: [String] = [],
        examples: [String] = [], options: [CommandOption] = [],
        run: @escaping @Sendable (CommandArguments) async throws -> Void
    ) {
        self.name = name
        self.operands = operands
        self.operandKind = kind
        self.summary = summary
        self.about = about
        self.examples = examples
        self.options = options + [.help]
        self.run = run
    }
}
