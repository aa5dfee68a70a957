import Access
import JSON
import TenantStore

extension DocumentPatch {
    /// Takes `title`, `text` and `metadata` of a JSON Merge Patch (RFC 7396): `null` takes the member away.
    ///
    /// And the vectors of the changed document: `embedding` in `space`, `embeddings` in several.
    init(_ fields: inout Fields) throws(ApplianceError) {
        self.init(
            title: try Self.text("title", &fields), text: try Self.text("text", &fields),
            metadata: try Self.metadata(&fields))
        (embedding, space, embeddings) = try DocumentInput.vectors(&fields)
    }

    private static func text(_ name: String, _ fields: inout Fields) throws(ApplianceError) -> String? {
        guard let value = fields.value(name) else { return nil }
        if value.isNull { return "" }
        guard let text = value.stringValue else {
            throw .invalidArgument(name: name, reason: "must be a string, or null to take it away")
        }
        return text
    }

    private static func metadata(_ fields: inout Fields) throws(ApplianceError) -> Metadata {
        guard let value = fields.value("metadata") else { return .keep }
        if value.isNull { return .remove }
        guard let patch = value.objectValue else {
            throw .invalidArgument(name: "metadata", reason: "must be an object, or null to take all of it away")
        }
        return .merge(patch)
    }
}

extension SearchAppliance {
    /// Changes parts of a document, for whichever door.
    func patch(
        _ id: String, with patch: DocumentPatch, collection: String?, condition: WriteCondition? = nil,
        _ context: RequestContext
    ) async throws -> WriteReport {
        let engine = try await registry.engine(for: context.requireTenant())
        var options = context.writeOptions(
            target: Self.target([id], in: collection ?? ""), byteCount: patch.byteCount)
        options.condition = condition
        let report = try await engine.patch(id, with: patch, collection: collection, options: options)
        context.tally.update { tally in
            tally.isRecorded = true
            tally.resultCount = report.acceptedCount
        }
        return report
    }
}
