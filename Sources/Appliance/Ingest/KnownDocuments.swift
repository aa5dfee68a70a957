import JSON
import TenantStore

/// A document of the collection as its metadata tells where it came from.
package struct KnownDocument: Sendable {
    package var id: String
    /// `path` of the file, as an id.
    package var path: String
    /// Of the file's bytes.
    package var sha256: String?
    /// Names the folder that a sync brought it from; `nil` for any other document.
    package var source: String?

    package init(id: String, path: String, sha256: String?, source: String?) {
        (self.id, self.path) = (id, path)
        (self.sha256, self.source) = (sha256, source)
    }
}

/// The documents a collection holds already, in a range of ids.
enum KnownDocuments {
    private static let pageSize = 500

    /// Documents whose ids lie from `first` through `last`, both included, in the order of their bytes.
    ///
    /// Costs one call per 500 documents in the range, whatever else the collection holds.
    static func load(
        _ session: CommandSession, as caller: CommandSession.Caller, collection: String?, from first: String,
        through last: String
    ) async throws -> [KnownDocument] {
        guard let collection = try await name(session, caller, collection) else { return [] }
        // A listing begins behind an id; what is one sign shorter stands before it.
        var before = first.unicodeScalars
        if !before.isEmpty { before.removeLast() }
        let start = before.isEmpty ? "" : "&after=" + DocumentURI.escaped(String(before))
        var cursor: String?
        var found: [KnownDocument] = []
        let (low, high) = (Array(first.utf8), Array(last.utf8))
        while true {
            let target =
                "/v1/documents?collection=\(collection)&limit=\(pageSize)\(start)"
                + (cursor.map { "&cursor=\($0)" } ?? "")
            let page = try await session.call("GET", target, as: caller)
            for entry in page["documents"]?.arrayValue ?? [] {
                guard let id = entry["doc_id"]?.stringValue else { continue }
                let bytes = Array(id.utf8)
                if high.lexicographicallyPrecedes(bytes) { return found }
                if bytes.lexicographicallyPrecedes(low) { continue }
                let metadata = entry["metadata"]
                found.append(
                    KnownDocument(
                        id: id, path: metadata?["path"]?.stringValue ?? id, sha256: metadata?["sha256"]?.stringValue,
                        source: metadata?["synced_from"]?.stringValue))
            }
            cursor = page["next_cursor"]?.stringValue
            guard cursor != nil else { return found }
        }
    }

    /// The collection a write would go to, `nil` when it would make it or be refused.
    private static func name(
        _ session: CommandSession, _ caller: CommandSession.Caller, _ collection: String?
    ) async throws -> String? {
        let answer = try await session.call("GET", "/v1/collections", as: caller)
        let names = (answer["collections"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        guard let collection else { return names.count == 1 ? names[0] : nil }
        return names.contains(collection) ? collection : nil
    }
}
