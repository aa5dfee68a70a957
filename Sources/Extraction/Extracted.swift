package import JSON

/// One document taken out of a file.
package struct ExtractedDocument: Sendable, Equatable {
    /// The id inside its file, where rows have one; `nil` for a file that is one document.
    package var id: String?
    /// Empty where the file tells none.
    package var title: String
    package var text: String
    /// What the file itself says of it by name.
    package var metadata: JSONObject

    package init(id: String? = nil, title: String, text: String, metadata: JSONObject = [:]) {
        (self.id, self.title) = (id, title)
        (self.text, self.metadata) = (text, metadata)
    }
}

/// What came out of a file, piece by piece.
package enum ExtractionEvent: Sendable, Equatable {
    case document(ExtractedDocument)
    /// One JSON object, as a line of the bulk route.
    case line([UInt8])
    /// A part of the file that was left out, and why.
    case problem(place: String, reason: String)
    /// The last event of a file that was read.
    case end(ExtractionSummary)
}

/// What is known of a file after it was read.
package struct ExtractionSummary: Sendable, Equatable {
    /// Pages of a paged document.
    package var pages: Int?
    /// The encoding, where it had to be guessed.
    package var guessedEncoding: String?
    /// Other things a person should know of.
    package var notes: [String] = []

    package init(pages: Int? = nil, guessedEncoding: String? = nil, notes: [String] = []) {
        self.pages = pages
        self.guessedEncoding = guessedEncoding
        self.notes = notes
    }
}

/// Why a file, or a part of it, was left out; in words for its owner.
package struct ExtractionFailure: Error, Equatable {
    package var reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
