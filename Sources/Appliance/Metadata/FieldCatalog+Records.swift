import Columns
import IndexCore
import JSON
import TenantStore

extension FieldCatalog {
    /// The fields as stored; a type this version does not know is inferred anew.
    init(_ records: [FieldRecord]) {
        self.init(
            Dictionary(
                records.compactMap { record in
                    FieldType(rawValue: record.type).map { (record.name, Field($0, isDeclared: record.isDeclared)) }
                }, uniquingKeysWith: { first, _ in first }))
    }

    /// What is to be stored of fields that are new or have changed, by name.
    var unsavedRecords: [FieldRecord] {
        unsaved.sorted().compactMap { name in
            fields[name].map { FieldRecord(name: name, type: $0.type.rawValue, isDeclared: $0.isDeclared) }
        }
    }
}

extension ColumnIndex {
    /// Documents in one segment of a replay.
    private static let replayCount = 8_192

    /// The columns of a collection, made from its rows.
    /// - Parameter forEach: Gives each document, in the order of first passages.
    /// - Complexity: One pass over the documents, some microseconds each.
    init(
        catalog: FieldCatalog, live: IDSet, replaying forEach: ((DocumentMetadata) throws -> Void) throws -> Void
    ) throws {
        self.init(catalog: catalog)
        var batch: [ColumnDocument] = []
        try forEach { row in
            // What is stored was an object when it came in.
            let metadata = (try? JSONValue(parsing: row.metadata))?.objectValue ?? [:]
            batch.append(
                ColumnDocument(
                    row.firstPassage, passageCount: row.passageCount, entries: metadata.columnEntries.entries))
            guard batch.count == Self.replayCount else { return }
            append(batch, live: live)
            batch = []
        }
        append(batch, live: live)
    }
}
