import Glibc
import JSON
import Synchronization

/// Where a command talks: data on standard output, talk on standard error.
enum Terminal {
    /// Whether a person watches standard error.
    static let isInteractive = isatty(STDERR_FILENO) == 1
    /// Whether standard output goes to a person.
    static let showsOutput = isatty(STDOUT_FILENO) == 1

    /// One line of data.
    static func output(_ line: String) {
        write(STDOUT_FILENO, line + "\n")
    }

    /// One JSON value on a line of its own.
    static func output(_ value: JSONValue) {
        output(String(decoding: value.encoded(), as: UTF8.self))
    }

    /// One line of talk.
    static func say(_ line: String) {
        write(STDERR_FILENO, line + "\n")
    }

    static func write(_ descriptor: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = bytes[...]
            while let base = UnsafeBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, base, rest.count)
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Documents are not to be trusted with a terminal: control characters become spaces.
    static func harmless(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? " " : scalar
    }

    /// The text without control characters.
    static func harmless(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { shown.append(harmless(scalar)) }
        return String(shown)
    }

    /// `text` in bold where a person reads standard output.
    static func bold(_ text: String) -> String {
        showsOutput ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }
}

/// A progress bar on standard error with rate and time left; silent where nobody watches.
final class ProgressBar: Sendable {
    private struct State {
        var lastDraw: ContinuousClock.Instant?
        var isDrawn = false
    }

    private let title: String
    private let unit: String
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(_ title: String, unit: String) {
        self.title = title
        self.unit = unit
    }

    /// Shows `done` of `total` (`nil`: unknown), at most ten times a second.
    func update(_ done: Int, of total: Int?) {
        guard Terminal.isInteractive else { return }
        let isDue = state.withLock { state in
            if let last = state.lastDraw, last + .milliseconds(100) > .now, done != total { return false }
            state.lastDraw = .now
            state.isDrawn = true
            return true
        }
        guard isDue else { return }
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let rate = elapsed > 0 ? Double(done) / elapsed : 0
        var line = "\r\u{1B}[2K\(title) "
        if let total, total > 0 {
            let filled = min(24, 24 * done / total)
            line += "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: 24 - filled) + "] "
            line += "\(done)/\(total) \(unit), \(Int(rate))/s"
            if rate > 0, done < total {
                line += ", \(Self.clock(Double(total - done) / rate)) left"
            }
        } else {
            line += "\(done) \(unit), \(Int(rate))/s"
        }
        Terminal.write(STDERR_FILENO, line)
    }

    /// Ends the bar's line.
    func finish() {
        if state.withLock({ $0.isDrawn }) {
            Terminal.write(STDERR_FILENO, "\r\u{1B}[2K")
        }
    }

    private static func clock(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 359_999))
        return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
    }
}
