/// What a user typed wrong; ends with exit code 2 and a pointer to the command's help.
package struct UsageError: Error {
    package var message: String
}

/// The words after a command's name, sorted into options and operands.
///
/// Options may stand after operands.
package struct CommandArguments {
    private var values: [String: [String]] = [:]
    private var switches: Set<String> = []
    package private(set) var operands: [String] = []

    /// - Throws: ``UsageError`` for an unknown option, a missing or a repeated value, and one that is none of the
    ///   words its option allows.
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
                let meant = NearestWord.find(parts[0], in: options.map(\.name))
                // Ids of keys may begin with a dash.
                throw UsageError(
                    message: "there is no option \(parts[0])"
                        + (meant.map { "; did you mean \($0)?" } ?? "; if it is no option, write -- before it"))
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
            throw UsageError(message: "option \(option.name) needs a value: \(option.name) \(option.value ?? "")")
        }
        if case .oneOf(let allowed) = option.kind, !allowed.contains(value) {
            throw UsageError(message: "option \(option.name) takes \(Self.alternatives(allowed)), not '\(value)'")
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
        guard let value = self[name] else { throw UsageError(message: "option \(name) is missing") }
        return value
    }

    /// The value of an option as a whole number.
    package func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                message:
                    "option \(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
            )
        }
        return number
    }

    /// The number of an option.
    package func number(_ name: String, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
        guard let text = self[name] else { return nil }
        guard let number = Double(text), range.contains(number) else {
            throw UsageError(
                message: "option \(name) takes a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return number
    }

    /// The operands when there must be exactly those named.
    package func operands(_ names: String...) throws(UsageError) -> [String] {
        if operands.count < names.count {
            throw UsageError(message: "\(names[operands.count]) is missing")
        }
        if operands.count > names.count {
            throw UsageError(
                message: "'\(operands[names.count])' is one word too many; quote words that belong together")
        }
        return operands
    }

    /// `a, b or c`.
    private static func alternatives(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
