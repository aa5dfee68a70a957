/// The runs of an evaluation as bars with their intervals, in SVG.
package struct EvaluationPicture {
    private let report: EvaluationReport

    package init(_ report: EvaluationReport) {
        self.report = report
    }

    private static let barHeight = 24
    private static let gap = 14
    private static let left = 150
    private static let plotWidth = 480
    private static let top = 44

    /// A whole document; colours follow the reader's light or dark scheme.
    package var svg: String {
        let height = Self.top + report.runs.count * (Self.barHeight + Self.gap) + 30
        let width = Self.left + Self.plotWidth + 80
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" font-family="sans-serif" font-size="13">
            <style>text{fill:#222}.bar{fill:#4477aa}.line{stroke:#222}.grid{stroke:#ccc}
            @media(prefers-color-scheme:dark){text{fill:#ddd}.line{stroke:#ddd}.grid{stroke:#444}}</style>
            <text x="\(Self.left)" y="20">nDCG@\(report.cutoff) over \(report.queries.count) queries, 95 % intervals</text>

            """
        for tenth in stride(from: 0, through: 10, by: 2) {
            let x = place(Double(tenth) / 10)
            svg += """
                <line class="grid" x1="\(x)" y1="\(Self.top - 8)" x2="\(x)" y2="\(height - 26)"/>
                <text x="\(x)" y="\(height - 10)" text-anchor="middle">\(tenth == 10 ? "1" : "0.\(tenth)")</text>

                """
        }
        for (row, run) in report.runs.enumerated() {
            let y = Self.top + row * (Self.barHeight + Self.gap)
            let middle = y + Self.barHeight / 2
            let (low, high) = (place(run.interval.lowerBound), place(run.interval.upperBound))
            svg += """
                <text x="\(Self.left - 10)" y="\(middle + 4)" text-anchor="end">\(Self.escaped(run.name))</text>
                <rect class="bar" x="\(Self.left)" y="\(y)" width="\(place(run.mean.ndcg) - Self.left)" height="\(Self.barHeight)"/>
                <line class="line" x1="\(low)" y1="\(middle)" x2="\(high)" y2="\(middle)" stroke-width="2"/>
                <line class="line" x1="\(low)" y1="\(middle - 5)" x2="\(low)" y2="\(middle + 5)"/>
                <line class="line" x1="\(high)" y1="\(middle - 5)" x2="\(high)" y2="\(middle + 5)"/>
                <text x="\(high + 8)" y="\(middle + 4)">\(Figure.share(run.mean.ndcg))</text>

                """
        }
        return svg + "</svg>\n"
    }

    private func place(_ value: Double) -> Int {
        Self.left + Int((min(1, max(0, value)) * Double(Self.plotWidth)).rounded())
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in Terminal.harmless(text).unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
