/// Numbers and tables as people read them.
enum Figure {
    /// Four digits after the point.
    static func share(_ value: Double) -> String {
        let scaled = Int((abs(value) * 10_000).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return "\(sign)\(scaled / 10_000).\(String(10_000 + scaled % 10_000).dropFirst())"
    }

    /// The same, always with its sign.
    static func signed(_ value: Double) -> String {
        let text = share(value)
        return text.hasPrefix("-") ? text : "+" + text
    }

    static func range(_ range: ClosedRange<Double>) -> String {
        "\(share(range.lowerBound)) to \(share(range.upperBound))"
    }

    static func signedRange(_ range: ClosedRange<Double>) -> String {
        "\(signed(range.lowerBound)) to \(signed(range.upperBound))"
    }

    /// Columns as wide as their widest cell, two blanks between them.
    static func aligned(_ table: [[String]]) -> String {
        let columns = table.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            table.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return table.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column + 1 < row.count {
                    line += String(repeating: " ", count: widths[column] - cell.count + 2)
                }
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// A Markdown table; the first row is its head.
    static func markdown(_ table: [[String]]) -> String {
        guard let head = table.first else { return "" }
        let rows = [head, head.map { _ in "---" }] + table.dropFirst()
        return rows.map { row in
            "| "
                + row.map { $0.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") }
                .joined(separator: " | ") + " |\n"
        }.joined()
    }
}
