/// The help as text, made from the commands' descriptions.
///
/// Lines are cut at 80 columns, the width of a terminal nobody has changed.
enum CommandHelp {
    private static let width = 80
    /// Where the right column starts at the latest.
    private static let rightColumn = 30

    /// All commands, by group.
    static func overview(_ groups: [CommandGroup]) -> String {
        var lines = [
            "Carrel: a search appliance for agents and people, on one box.", "", "usage: carrel COMMAND [options]",
        ]
        let column = groups.flatMap(\.commands).map { left($0.name, $0.operands).count + 4 }.max() ?? 0
        for group in groups {
            lines += ["", group.title + ":"]
            lines += columns(group.commands.map { (left($0.name, $0.operands), $0.summary) }, from: column)
        }
        lines += [
            "", "carrel COMMAND --help shows a command's options, carrel --version the release.",
            "Commands work the same whether a server runs on the data folder or not.",
        ]
        return lines.joined(separator: "\n")
    }

    /// One command in full.
    static func page(_ command: Command) -> String {
        var lines = ["usage: carrel \(left(command.name, command.operands)) [options]", ""]
        lines += wrapped(command.summary + ".", to: width)
        for paragraph in command.about {
            lines += [""] + wrapped(paragraph, to: width)
        }
        lines += ["", "options:"]
        lines += columns(command.options.map { (left($0.name, $0.value ?? ""), $0.help) })
        if !command.examples.isEmpty {
            lines += ["", "for example:"] + command.examples.map { "  " + $0 }
        }
        return lines.joined(separator: "\n")
    }

    /// The commands of a group named by their common first word, for who typed that word alone.
    static func group(_ word: String, _ commands: [Command]) -> String {
        (["usage: carrel \(word) COMMAND [options]", ""]
            + columns(commands.map { (left($0.name, $0.operands), $0.summary) })
            + ["", "carrel \(word) COMMAND --help shows a command's options."]).joined(separator: "\n")
    }

    private static func left(_ name: String, _ rest: String) -> String {
        rest.isEmpty ? name : name + " " + rest
    }

    /// Two columns; a left side too long for its column has a line of its own.
    private static func columns(_ rows: [(left: String, right: String)], from least: Int = 0) -> [String] {
        let column = min(rightColumn, max(least, (rows.map(\.left.count).max() ?? 0) + 4))
        let indent = String(repeating: " ", count: column)
        return rows.flatMap { row in
            let right = wrapped(row.right, to: width - column)
            let left = "  " + row.left
            guard left.count + 2 <= column else { return [left] + right.map { indent + $0 } }
            let first = left + String(repeating: " ", count: column - left.count) + (right.first ?? "")
            return [first] + right.dropFirst().map { indent + $0 }
        }
    }

    /// `text` in lines of at most `columns`; a longer word stays whole.
    private static func wrapped(_ text: String, to columns: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > columns {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
