import TenantStore

extension WriterState {
    /// Deletes a collection with all its documents, in one transaction with the rows that say so.
    /// - Returns: How many documents it held.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``.
    mutating func drop(_ name: String, options: WriteOptions) throws -> (collection: UInt32, documents: Int) {
        guard let state = collections[name] else {
            throw ApplianceError.unknownCollection(name: name, existing: collections.keys.sorted())
        }
        try writer.transaction {
            try writer.dropCollection(state.record.id)
            try writer.appendUsage(options.usage.map { [$0] } ?? [])
            try writer.appendAudit(options.audit.map { [$0] } ?? [])
        }
        collections[name] = nil
        indexFolder.removeCollection(state.record.id)
        return (state.record.id, state.documentCount)
    }
}
