import Columns
import IndexCore
import JSON
import TenantStore

/// A metadata field of a collection, as it is told.
struct FieldInfo: Sendable {
    var name: String
    var type: FieldType
    var isDeclared: Bool
    /// Documents that have it.
    var documents: Int
    /// Those of them with a value that is kept with the document alone.
    var unfit: Int

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.member("type", type.rawValue)
        writer.member("declared", isDeclared)
        writer.member("documents", documents)
        writer.member("unfit", unfit)
        writer.endObject()
    }
}

extension TenantEngine {
    /// The metadata fields of a collection, by name.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``.
    func fields(of collection: String) async throws -> [FieldInfo] {
        try await services.searches.run { [published] in
            let snapshot = published.current
            guard let collection = try snapshot.selection(collection).first else { return [] }
            let columns = collection.columns
            return columns.catalog.fields.sorted { $0.key < $1.key }.map { name, field in
                let counts = columns.documentCounts(of: name, live: collection.live)
                return FieldInfo(
                    name: name, type: field.type, isDeclared: field.isDeclared, documents: counts.total,
                    unfit: counts.unfit)
            }
        }
    }

    /// Declares types of fields; a field that gets another one is read anew from the documents before this returns.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``.
    func declare(_ types: [String: FieldType], in collection: String, options: WriteOptions) async throws {
        try await step { state in try state.declare(types, in: collection, options: options) }
    }
}

extension WriterState {
    /// Declares types of fields, in one transaction with the rows that say so.
    ///
    /// Where a type changes, the columns are made anew: a pass over the documents' metadata in the writer's turn, some
    /// microseconds each.
    mutating func declare(_ types: [String: FieldType], in name: String, options: WriteOptions) throws {
        guard var state = collections[name] else {
            throw ApplianceError.unknownCollection(name: name, existing: collections.keys.sorted())
        }
        let before = state.columns.catalog
        guard let isRemade = state.columns.catalog.declare(types) else {
            throw ApplianceError.invalidArgument(
                name: "fields", reason: "would be more than \(FieldCatalog.fieldLimit) with those there are")
        }
        if isRemade {
            state.columns = try ColumnIndex(
                catalog: state.columns.catalog, live: state.live,
                replaying: { try writer.forEachMetadata(in: state.record.id, $0) })
        }
        try writer.transaction {
            try writer.saveFields(state.columns.catalog.unsavedRecords, in: state.record.id)
            if state.columns.catalog.fields != before.fields { try writer.countChange() }
            try writer.appendUsage(options.usage.map { [$0] } ?? [])
            try writer.appendAudit(options.audit.map { [$0] } ?? [])
        }
        state.columns.catalog.markSaved()
        collections[name] = state
    }
}
