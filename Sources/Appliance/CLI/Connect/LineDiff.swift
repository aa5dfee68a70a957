/// What one change in one place does to a text, line by line.
enum LineDiff {
    /// The lines that go (`-`) and come (`+`), below the number of the first; empty when nothing changes.
    ///
    /// Lines around them are left out: in the files this is for, they hold other programs' keys.
    static func lines(from old: [UInt8], to new: [UInt8]) -> [String] {
        let before = split(old)
        let after = split(new)
        var start = 0
        while start < min(before.count, after.count), before[start] == after[start] { start += 1 }
        var tail = 0
        while tail < min(before.count, after.count) - start,
            before[before.count - 1 - tail] == after[after.count - 1 - tail]
        {
            tail += 1
        }
        var gone = Array(before[start..<(before.count - tail)])
        var come = Array(after[start..<(after.count - tail)])
        guard !gone.isEmpty || !come.isEmpty else { return [] }
        cutEqualEnds(&gone, &come)
        return ["line \(start + 1)"] + gone.map { "- " + $0 } + come.map { "+ " + $0 }
    }

    /// A file on one line is all one change; what both have at its ends is left out like the lines around.
    private static func cutEqualEnds(_ gone: inout [String], _ come: inout [String]) {
        guard let oldStart = gone.first, let newStart = come.first else { return }
        let head = zip(oldStart, newStart).prefix { $0 == $1 }.count
        if head > longestShown {
            gone[0] = "…" + oldStart.dropFirst(head)
            come[0] = "…" + newStart.dropFirst(head)
        }
        guard let oldEnd = gone.last, let newEnd = come.last else { return }
        let tail = zip(oldEnd.reversed(), newEnd.reversed()).prefix { $0 == $1 }.count
        if tail > longestShown {
            gone[gone.count - 1] = oldEnd.dropLast(tail) + "…"
            come[come.count - 1] = newEnd.dropLast(tail) + "…"
        }
    }

    /// Equal characters at an end of a line that are still shown.
    private static let longestShown = 40

    private static func split(_ text: [UInt8]) -> [String] {
        text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
