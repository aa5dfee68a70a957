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
        let gone = before[start..<(before.count - tail)]
        let come = after[start..<(after.count - tail)]
        guard !gone.isEmpty || !come.isEmpty else { return [] }
        return ["line \(start + 1)"] + gone.map { "- " + $0 } + come.map { "+ " + $0 }
    }

    private static func split(_ text: [UInt8]) -> [String] {
        text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
