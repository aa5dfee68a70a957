import Glibc

/// Reads answers from standard input: one key from a terminal, one line from a pipe.
struct KeyReader: ~Copyable {
    enum Answer: Sendable {
        case yes, no, skip, quit
    }

    private var lines: FileLineReader
    private let isTerminal = isatty(STDIN_FILENO) == 1

    init() throws(CommandFailure) {
        lines = try FileLineReader("-", limit: 1_024)
    }

    /// Asks until there is an answer; the end of the input is ``Answer/quit``.
    mutating func next(_ question: String) throws -> Answer {
        while true {
            Terminal.write(STDERR_FILENO, question)
            guard let key = try isTerminal ? Self.pressed() : typed() else { return .quit }
            if isTerminal, key > 0x20 { Terminal.write(STDERR_FILENO, String(UnicodeScalar(key))) }
            Terminal.say("")
            switch key | 0x20 {
            case UInt8(ascii: "y"): return .yes
            case UInt8(ascii: "n"): return .no
            case UInt8(ascii: "s"): return .skip
            case UInt8(ascii: "q"): return .quit
            default: continue
            }
        }
    }

    /// The first letter of the next line.
    private mutating func typed() throws -> UInt8? {
        guard let line = try lines.next() else { return nil }
        guard case .text(let bytes) = line else { return UInt8(ascii: " ") }
        return bytes.first { $0 > 0x20 } ?? UInt8(ascii: " ")
    }

    /// One key, at once; nil for the end of the input and for an interruption.
    private static func pressed() -> UInt8? {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
        var raw = before
        // Signals too come as keys, or an interruption would leave the terminal like this.
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        withUnsafeMutableBytes(of: &raw.c_cc) { keys in
            keys[Int(VMIN)] = 1
            keys[Int(VTIME)] = 0
        }
        guard tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0 else { return nil }
        defer { tcsetattr(STDIN_FILENO, TCSADRAIN, &before) }
        var key: UInt8 = 0
        let interrupt: UInt8 = 3
        let end: UInt8 = 4
        guard read(STDIN_FILENO, &key, 1) == 1, key != interrupt, key != end else { return nil }
        return key == 0x7F || key >= 0x80 ? UInt8(ascii: " ") : key
    }
}
