/// The commands' names taken apart into words, as completions need them.
enum CommandTree {
    /// Each first word once, in the order of the help.
    static func firstWords(_ commands: [Command]) -> [String] {
        var seen: Set<String> = []
        return commands.map(firstWord).filter { seen.insert($0).inserted }
    }

    /// The first words that need a second one, with their commands.
    static func groups(_ commands: [Command]) -> [(word: String, commands: [Command])] {
        firstWords(commands).compactMap { word in
            let members = commands.filter { $0.name.hasPrefix(word + " ") }
            return members.isEmpty ? nil : (word, members)
        }
    }

    static func firstWord(_ command: Command) -> String { String(command.name.prefix { $0 != " " }) }

    /// `create` of `tenant create`.
    static func lastWord(_ command: Command) -> String {
        command.name.split(separator: " ").last.map(String.init) ?? command.name
    }

    /// What to say about a first word: its command's summary, or the names of its commands.
    static func summary(_ word: String, _ commands: [Command]) -> String {
        if let command = commands.first(where: { $0.name == word }) { return command.summary }
        let members = commands.filter { $0.name.hasPrefix(word + " ") }
        return members.map(lastWord).joined(separator: ", ")
    }
}
