import Extraction
import JSON

/// Makes lines for the bulk route of what was taken out of a file.
struct DocumentLine {
    let file: FoundFile
    let sha256: String
    let byteCount: Int
    /// Names the folder that a sync mirrors; rows then carry the file's name in their ids, so that a folder never
    /// replaces what came from elsewhere.
    var source: String?

    /// A file that is one document.
    func whole(_ document: ExtractedDocument, _ summary: ExtractionSummary) -> [UInt8] {
        var metadata = facts(of: document.metadata)
        metadata["sha256"] = .string(sha256)
        metadata["bytes"] = .integer(Int64(byteCount))
        if let pages = summary.pages { metadata["pages"] = .integer(Int64(pages)) }
        if let encoding = summary.guessedEncoding { metadata["encoding"] = .string(encoding) }
        let title = document.title.isEmpty ? heading(in: document.text) : document.title
        return line(id: file.id, title: Self.cut(title ?? FolderWalk.name(of: file.path)), document.text, metadata)
    }

    /// One row of a table.
    /// - Parameter hasOwnID: Whether the row names itself; otherwise its number does, behind the file's name.
    func row(_ document: ExtractedDocument) -> [UInt8] {
        var metadata = facts(of: document.metadata)
        if source != nil { metadata["sha256"] = .string(sha256) }
        let name = document.id ?? ""
        let hasOwnID = document.metadata["id"]?.stringValue == name
        let id = hasOwnID && source == nil ? name : file.id + "#" + name
        let title = document.title.isEmpty ? "\(FolderWalk.name(of: file.path)) \(name)" : document.title
        return line(id: id, title: Self.cut(title), document.text, metadata)
    }

    /// A line of JSON as it is; for a sync with its id and metadata made the folder's.
    /// - Returns: `nil` when a sync cannot read it; an import lets the server say what is wrong.
    func object(_ json: [UInt8], number: Int) -> [UInt8]? {
        guard source != nil else { return json }
        guard var object = try? JSONValue(parsing: json).objectValue else { return nil }
        var metadata = facts(of: object["metadata"]?.objectValue ?? [:])
        metadata["sha256"] = .string(sha256)
        object["id"] = .string(file.id + "#" + (object["id"]?.stringValue ?? "\(number)"))
        object["metadata"] = .object(metadata)
        return object.encoded()
    }

    private func facts(of metadata: JSONObject) -> JSONObject {
        var metadata = metadata
        metadata["path"] = .string(file.id)
        metadata["type"] = .string(file.kind.name)
        if let source { metadata["synced_from"] = .string(source) }
        return metadata
    }

    private func line(id: String, title: String, _ text: String, _ metadata: JSONObject) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: text.utf8.count + 512)
        writer.beginObject()
        writer.member("id", id)
        writer.member("title", title)
        writer.member("text", text)
        writer.member("metadata", .object(metadata))
        writer.endObject()
        return writer.bytes
    }

    /// Only Markdown has its title in its text; HTML and DOCX say it, and their headings come after.
    private func heading(in text: String) -> String? {
        switch file.kind {
        case .markdown, .html, .docx: HeadingLine.first(in: text)
        default: nil
        }
    }

    /// A title of at most 300 scalars on one line.
    private static func cut(_ title: String) -> String {
        var cut = String.UnicodeScalarView()
        for scalar in title.unicodeScalars.prefix(300) { cut.append(scalar.value < 0x20 ? " " : scalar) }
        return String(cut)
    }
}
