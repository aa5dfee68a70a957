import Access
package import JSON
import TenantStore

/// A change of parts of a document, as a JSON Merge Patch says it (RFC 7396).
package struct DocumentPatch: Sendable {
    /// The new title; empty takes it away.
    package var title: String?
    /// The new text; empty takes it away.
    package var text: String?
    package var metadata: Metadata
    /// The caller's own vector of the changed text.
    package var embedding: [Float]?
    /// The space of ``embedding``, as of ``DocumentInput/space``.
    package var space: String?
    /// Vectors of the changed text in other spaces, by their names.
    package var embeddings: [String: [Float]] = [:]

    /// What happens to the metadata.
    package enum Metadata: Sendable {
        case keep
        case merge(JSONObject)
        case remove
    }

    package init(title: String? = nil, text: String? = nil, metadata: Metadata = .keep) {
        self.title = title
        self.text = text
        self.metadata = metadata
    }

    /// Whether nothing would change.
    package var isEmpty: Bool {
        guard case .keep = metadata else { return false }
        return title == nil && text == nil && embedding == nil && embeddings.isEmpty
    }

    /// Bytes of what comes in.
    package var byteCount: Int {
        var count = (title?.utf8.count ?? 0) + (text?.utf8.count ?? 0) + 4 * (embedding?.count ?? 0)
        for vector in embeddings.values { count += 4 * vector.count }
        if case .merge(let patch) = metadata { count += patch.encoded().count }
        return count
    }

    fileprivate func metadata(after old: [UInt8]) throws -> JSONObject {
        switch metadata {
        case .remove: return [:]
        case .keep: return try JSONValue(parsing: old).objectValue ?? [:]
        case .merge(let patch): return (try JSONValue(parsing: old).objectValue ?? [:]).merging(patch)
        }
    }
}

extension WriteBatch {
    /// Decides what becomes of one document: read, changed and written in one turn, so that no change in between is lost.
    /// - Throws: ``ApplianceError/documentNotFound(id:)``, ``ApplianceError/ambiguousDocument(id:collections:)``; else as
    ///   ``add(_:collection:options:)``.
    mutating func patch(
        _ id: String, with patch: DocumentPatch, collection name: String?, options: WriteOptions
    ) throws -> WriteReport {
        let found = try deleteTargets(name).filter { try exists(id, in: $0) }
        guard let collection = found.first else {
            // With a condition on the version it is that which fails: there is none.
            if let condition = options.condition { try check(condition, nil, id: id) }
            throw ApplianceError.documentNotFound(id: id)
        }
        guard found.count == 1 else { throw ApplianceError.ambiguousDocument(id: id, collections: found) }
        if let condition = options.condition { try check(condition, Key(collection: collection, id: id)) }
        let mode = collections[collection]?.record.passageMode ?? .auto
        var report = WriteReport()
        report.collection = collection
        do {
            let input = try changed(Key(collection: collection, id: id), by: patch, mode: mode)
            var warnings = MetadataWarnings()
            try plan(input, collection: collection, mode: mode, into: &report, warnings: &warnings)
            report.warnings += warnings.texts
        } catch let problem as DocumentProblem {
            throw ApplianceError.invalidArgument(name: "the document", reason: problem.reason)
        }
        keep(options)
        return report
    }

    private func changed(_ key: Key, by patch: DocumentPatch, mode: PassageMode) throws -> DocumentInput {
        let planned = plannedInsertion(key)
        let stored = planned == nil ? try storedVersion(key) : nil
        guard let title = planned?.document.title ?? stored?.title,
            let metadata = planned?.document.metadata ?? stored?.metadata
        else { throw ApplianceError.documentNotFound(id: key.id) }
        let text =
            try planned.map { $0.document.passages.map(\.text).joined() } ?? stored.map(writer.documentText) ?? ""
        var input = DocumentInput(
            id: key.id, title: patch.title ?? title, text: patch.text ?? text,
            metadata: try patch.metadata(after: metadata))
        (input.embedding, input.space, input.embeddings) = (patch.embedding, patch.space, patch.embeddings)
        // A caller's own vector stands for the text it came with; in the spaces that callers fill it follows it by itself.
        let hasOwn = try collections[key.collection].map { try BroughtVectors(input, in: $0).models != nil } ?? false
        if !hasOwn, input.title.utf8.elementsEqual(title.utf8), input.text.utf8.elementsEqual(text.utf8) {
            input.embeddings[modelSpace.name] =
                try planned?.document.suppliedVectors[modelSpace.name]?.first
                ?? stored.flatMap { try callersVector(of: $0, input, in: key.collection, mode: mode) }
        }
        return input
    }

    /// The vector that came with a stored document: the one whose hash covers itself beside the first passage.
    private func callersVector(
        of stored: StoredDocument, _ input: DocumentInput, in collection: String, mode: PassageMode
    ) throws -> [Float]? {
        let vectors = try writer.vectorsByTextHash(stored, space: modelSpace.name)
        guard !vectors.isEmpty, let collection = collections[collection] else { return nil }
        let passages = try DocumentContent(input, mode: mode, in: collection).document.passages
        let own = Set(passages.map(\.textHash))
        guard let first = passages.first else { return nil }
        // A version from before headings were indexed covers the title alone.
        let titles = Set([DocumentContent.indexedTitle(input.title, heading: first.heading), input.title])
        for (hash, group) in vectors where !own.contains(hash) {
            guard let vector = group.first.map(Self.floats) else { continue }
            let isCallers = titles.contains { title in
                DocumentContent.textHash(title: title, passage: first.text, embedding: vector) == hash
            }
            if isCallers { return vector }
        }
        return nil
    }

    private static func floats(_ bytes: [UInt8]) -> [Float] {
        bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { index in
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
            }
        }
    }
}
