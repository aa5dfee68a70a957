/// What is wrong with a filter's text, and where.
public struct FilterError: Error, Sendable, Equatable {
    /// The place in the text, in Unicode scalars from 0; the length of the text if it ends too early.
    public let offset: Int
    /// What is wrong, in words.
    public let reason: String
    /// The part of the text around the place, on one line.
    public let excerpt: String
    /// Where in the excerpt the place is.
    public let caret: Int

    /// Scalars shown on either side of the place.
    private static let reach = 40

    init(_ reason: String, at offset: Int, of text: [Unicode.Scalar]) {
        self.offset = offset
        self.reason = reason
        let start = max(0, offset - Self.reach)
        let end = min(text.count, offset + Self.reach)
        var line = start > 0 ? "..." : ""
        caret = line.unicodeScalars.count + offset - start
        for scalar in text[min(start, end)..<end] {
            line.unicodeScalars.append(scalar.properties.generalCategory.isShownBlank ? " " : scalar)
        }
        excerpt = line + (end < text.count ? "..." : "")
    }
}

extension FilterError: CustomStringConvertible {
    /// Three lines: place and reason, the text, and a mark below the place.
    public var description: String {
        "at character \(offset + 1): \(reason)\n\(excerpt)\n\(String(repeating: " ", count: caret))^"
    }
}

extension Unicode.GeneralCategory {
    /// Whether a scalar of this category would break a line of plain text or vanish in it.
    fileprivate var isShownBlank: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
