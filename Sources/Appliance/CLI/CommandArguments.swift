/// What a user typed wrong; ends with exit code 2 and a pointer to the command's help.
package struct UsageError: Error {
    package var message: String
}

/// One option of a command.
package struct CommandOption: Sendable {
    /// With its dashes: `--tenant`.
    package let name: String
    /// What follows it, for the help; `nil` for a switch.
    package let value: String?
    package let help: String
    /// Whether it may be given several times.
    package let repeats: Bool

    package init(_ name: String, _ value: String? = nil, _ help: String, repeats: Bool = false) {
        self.name = name
        self.value = value
        self.help = help
        self.repeats = repeats
    }
}

/// The words after a command's name, sorted into options and operands.
///
/// Options may stand after operands.
package struct CommandArguments {
    private var values: [String: [String]] = [:]
    private var switches: Set<String> = []
    package private(set) var operands: [String] = []

    /// - Throws: ``UsageError`` for an unknown option, a missing or a repeated value.
    package init(_ words: [String], options: [CommandOption]) throws(UsageError) {
        let known = Dictionary(options.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            if word == "--" {
                operands += rest
                break
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let option = known[parts[0]] else {
                throw UsageError(message: "unknown option \(parts[0])")
            }
            try take(option, inline: parts.count > 1 ? parts[1] : nil, rest: &rest)
        }
    }

    private mutating func take(
        _ option: CommandOption, inline: String?, rest: inout ArraySlice<String>
    ) throws(UsageError) {
        guard option.value != nil else {
            guard inline == nil else { throw UsageError(message: "option \(option.name) takes no value") }
            switches.insert(option.name)
            return
        }
        guard let value = inline ?? rest.popFirst() else {
            throw UsageError(message: "option \(option.name) needs a value")
        }
        guard option.repeats || values[option.name] == nil else {
            throw UsageError(message: "option \(option.name) is given twice")
        }
        values[option.name, default: []].append(value)
    }

    /// Whether a switch was given.
    package func has(_ name: String) -> Bool { switches.contains(name) }

    /// The value of an option.
    package subscript(_ name: String) -> String? { values[name]?.first }

    /// Every value of an option that may be given several times.
    package func all(_ name: String) -> [String] { values[name] ?? [] }

    /// The value of an option that must be given.
    package func required(_ name: String) throws(UsageError) -> String {
        guard let value = self[name] else { throw UsageError(message: "option \(name) is required") }
        return value
    }

    /// The value of an option as a whole number.
    package func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                message:
                    "option \(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }

    /// The value of an option that names one of a few things.
    package func choice(_ name: String, of allowed: [String]) throws(UsageError) -> String? {
        guard let text = self[name] else { return nil }
        guard allowed.contains(text) else {
            throw UsageError(message: "option \(name) takes \(allowed.joined(separator: ", ")), not \(text)")
        }
        return text
    }

    /// The operands when there must be exactly `count`, named in the message.
    package func operands(_ names: String...) throws(UsageError) -> [String] {
        guard operands.count == names.count else {
            throw UsageError(
                message: names.isEmpty
                    ? "unexpected \(operands.joined(separator: " "))"
                    : "expected \(names.joined(separator: " ")), found \(operands.count) words")
        }
        return operands
    }
}
