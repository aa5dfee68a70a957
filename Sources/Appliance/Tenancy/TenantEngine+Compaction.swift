import TenantStore

extension TenantEngine {
    /// Begins to write all that a collection's indexes hold to new files: keywords to one, vectors in id order with the
    /// graph that follows from them alone.
    ///
    /// The work goes on behind the call: ``CollectionSnapshot/isCompacting``. What is asked for while one runs is done by
    /// another one behind it.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``.
    package func compact(_ collection: String, options: WriteOptions = WriteOptions()) async throws {
        try await step { state in try state.beginCompaction(of: collection, options: options) }
        upkeep.look()
    }
}

extension WriterState {
    fileprivate mutating func beginCompaction(of name: String, options: WriteOptions) throws {
        guard var state = collections[name], state.isStored else {
            throw ApplianceError.unknownCollection(name: name, existing: collections.keys.sorted())
        }
        try writer.transaction {
            try writer.appendUsage(options.usage.map { [$0] } ?? [])
            try writer.appendAudit(options.audit.map { [$0] } ?? [])
        }
        state.beginCompaction()
        collections[name] = state
    }
}
