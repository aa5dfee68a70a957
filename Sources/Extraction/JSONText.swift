import JSON

/// A `.json` file: one document or an array of them, as lines of JSON would hold them; anything else is text.
enum JSONText {
    private static let members: Set<String> = ["id", "title", "text", "content", "metadata", "embedding"]

    /// - Returns: The text to index where the file holds no documents; what was emitted otherwise is all of it.
    static func extract(_ text: String, emit: (ExtractionEvent) throws -> Void) throws -> String? {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            throw ExtractionFailure("not valid JSON: \(error)")
        }
        let items = value.arrayValue ?? [value]
        guard !items.isEmpty else { throw ExtractionFailure("an empty list") }
        guard items.allSatisfy(isDocument) else { return text }
        for item in items { try emit(.line(item.encoded())) }
        return nil
    }

    private static func isDocument(_ value: JSONValue) -> Bool {
        guard let object = value.objectValue, object.keys.allSatisfy(members.contains) else { return false }
        return (object["text"] ?? object["content"] ?? object["title"])?.stringValue != nil
    }
}
