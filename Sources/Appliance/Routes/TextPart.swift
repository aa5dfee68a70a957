import JSON

/// As much of a text, from a place on, as fits into a budget of JSON bytes.
struct TextPart {
    let text: String
    /// What it is of the whole text, in Unicode scalars.
    let range: Range<Int>
    /// Whether the text ends with it.
    let isLast: Bool

    /// Cuts at white space in the last eighth of the budget, where there is some; at least one scalar is taken, so that
    /// whoever goes on from `range.upperBound` gets on.
    /// - Parameter start: Scalars to leave out; behind the end is the end.
    init(of whole: String, from start: Int, budget: Int) {
        let scalars = whole.unicodeScalars
        let first = scalars.index(scalars.startIndex, offsetBy: start, limitedBy: scalars.endIndex) ?? scalars.endIndex
        let lower = first == scalars.endIndex ? scalars.count : start
        let rest = scalars[first...]
        var size = 2
        var count = 0
        var space: (index: String.Index, count: Int)?
        var index = first
        while index < rest.endIndex {
            let scalar = rest[index]
            size += JSONWriter.byteCount(of: scalar)
            guard size <= budget || count == 0 else { break }
            index = rest.index(after: index)
            count += 1
            if scalar.properties.isWhitespace, size > budget - budget / 8 { space = (index, count) }
        }
        if index < rest.endIndex, let space { (index, count) = space }
        text = String(rest[first..<index])
        range = lower..<lower + count
        isLast = index == rest.endIndex
    }
}
