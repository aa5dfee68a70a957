/// What a file is, told by its name.
package enum DocumentKind: UInt8, Sendable, CaseIterable {
    case text = 1
    case markdown = 2
    case html = 3
    case pdf = 4
    case docx = 5
    case csv = 6
    case json = 7
    case jsonLines = 8

    /// - Parameter name: A file's name; the part after its last point decides, whatever the case of its letters.
    package init?(fileName name: String) {
        guard let point = name.lastIndex(of: "."), point != name.startIndex else { return nil }
        switch name[name.index(after: point)...].lowercased() {
        case "txt", "text": self = .text
        case "md", "markdown": self = .markdown
        case "html", "htm", "xhtml": self = .html
        case "pdf": self = .pdf
        case "docx": self = .docx
        case "csv", "tsv": self = .csv
        case "json": self = .json
        case "jsonl", "ndjson": self = .jsonLines
        default: return nil
        }
    }

    /// As the metadata of a document names it.
    package var name: String {
        switch self {
        case .text: "text"
        case .markdown: "markdown"
        case .html: "html"
        case .pdf: "pdf"
        case .docx: "docx"
        case .csv: "csv"
        case .json: "json"
        case .jsonLines: "jsonl"
        }
    }

    /// Whether a file may hold many documents.
    package var holdsMany: Bool { self == .csv || self == .json || self == .jsonLines }

    /// Largest file taken, in bytes; JSON lines are read one by one and have no limit of their own.
    package var byteLimit: Int {
        switch self {
        case .text, .markdown: ExtractionLimits.textBytes
        case .html, .json: 32 << 20
        case .csv: 64 << 20
        case .pdf, .docx: 256 << 20
        case .jsonLines: .max
        }
    }
}

/// What one file may cost.
package enum ExtractionLimits {
    /// Text of one document, in bytes of UTF-8: as a JSON line it must fit the 16 MiB of the bulk route.
    package static let textBytes = 15 << 20
    /// Unpacked bytes of one part of a DOCX file.
    static let partBytes = 64 << 20
    /// Bytes of one row of a table.
    static let rowBytes = 4 << 20
    /// Memory a reader may map beyond what it has at its start.
    static let memoryBytes = 1 << 30
    /// Seconds of processor time of one reader process, and of each `pdftotext` it starts.
    static let processorSeconds = 120
    /// A reader that has used this many is replaced after the file in hand.
    static let retirementSeconds = 40
}
