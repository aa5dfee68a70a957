import BM25
import IndexCore
import TenantStore

extension WriterState {
    /// Segments written while an index was made anew that are added in the writer's turn; more are added outside first.
    static let writtenAtSwap = 32

    /// Keeps new settings of a collection.
    ///
    /// What concerns scores alone acts at once; for the rest ``takeReindexings()`` and ``takeSpaceRebuilds()`` begin new
    /// indexes.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``,
    ///   ``ApplianceError/unknownSpace(name:collection:existing:)``, ``ApplianceError/settingsChanged(collection:)``.
    mutating func changeSettings(of name: String, to wanted: CollectionSettings, options: WriteOptions) throws {
        guard var state = collections[name] else {
            throw ApplianceError.unknownCollection(name: name, existing: collections.keys.sorted())
        }
        if let condition = options.condition, !condition.holds(for: state.wanted.tag(of: state.record.id)) {
            throw ApplianceError.settingsChanged(collection: name)
        }
        var wanted = wanted
        wanted.spaces = state.wanted.spaces
        if let space = wanted.defaultSpace, state.spaces[space] == nil {
            throw ApplianceError.unknownSpace(name: space, collection: name, existing: state.spaces.keys.sorted())
        }
        let isIndexed = wanted.parameters.fingerprint == state.settings.parameters.fingerprint
        state.wanted = wanted
        if isIndexed { state.use(wanted) }
        // Whoever sets something wants it tried now.
        state.reindexRetry = RetryPause()
        if let running = state.reindexing, running.parameters.fingerprint != wanted.parameters.fingerprint {
            state.reindexing = nil
        }
        for space in state.spaces.keys { state.spaces[space]?.follow(wanted.settings(of: space)) }
        let stored = state.storedSettings
        state.record.settings = stored
        try writer.transaction {
            try writer.saveSettings(stored, of: state.record.id)
            try writer.appendUsage(options.usage.map { [$0] } ?? [])
            try writer.appendAudit(options.audit.map { [$0] } ?? [])
        }
        collections[name] = state
    }

    /// The indexes that must be made anew and are not yet, marked as begun.
    mutating func takeReindexings() -> [Reindexing] {
        var begun: [Reindexing] = []
        for name in collections.keys.sorted() {
            guard let state = collections[name], state.isStored, state.reindexing == nil, !state.isIndexCurrent,
                !state.reindexRetry.isPending
            else { continue }
            let reindexing = Reindexing(
                progress: ReindexProgress(collection: state.record.id, total: state.live.count),
                parameters: state.wanted.parameters, firstNewPassage: state.record.nextPassage)
            collections[name]?.reindexing = reindexing
            begun.append(reindexing)
        }
        return begun
    }

    /// Puts a new index in the place of the old one.
    ///
    /// - Returns: What was written meanwhile, if it is too much to add it here; nil when the index is in its place, or is
    ///   not wanted any more.
    mutating func install(_ keywords: BM25Index, by progress: ReindexProgress) throws -> [BM25Segment]? {
        guard let name = collections.first(where: { $0.value.reindexing?.progress === progress })?.key,
            var state = collections[name], let reindexing = state.reindexing
        else { return nil }
        guard reindexing.written.count <= Self.writtenAtSwap else {
            collections[name]?.reindexing?.written = []
            return reindexing.written
        }
        var keywords = keywords
        for segment in reindexing.written { keywords.append(segment, live: state.live) }
        keywords.keep(state.live, below: state.record.nextPassage)
        let before = Set(state.keywords.fileSegments.compactMap { $0.file?.name })
        state.keywords = keywords
        state.files = IndexFiles()
        state.reindexing = nil
        state.use(state.wanted)
        let stored = state.storedSettings
        state.record.settings = stored
        let manifest = try state.keywordManifest(by: writer)
        // What the last probe found, it found by the terms of before.
        var leg = state.legs[.bm25, ""]
        leg.nextPassage = 0
        state.legs[.bm25, ""] = leg
        state.reindexRetry.succeed()
        try writer.transaction {
            try writer.saveSettings(stored, of: state.record.id)
            if leg.probedAt != 0 { try writer.saveLeg(leg, of: state.record.id) }
            // The files of the index before hold other words.
            if !before.isEmpty { try writer.saveManifest(manifest, of: state.record.id, engine: .bm25) }
        }
        collections[name] = state
        remove(before, of: state.record.id)
        return nil
    }

    /// Gives up an attempt; the index in use stays.
    /// - Returns: How many pauses to wait until ``resumeReindexing(of:)``; nil where the attempt was not wanted any more.
    mutating func endReindexing(_ progress: ReindexProgress) -> Int? {
        guard let name = collections.first(where: { $0.value.reindexing?.progress === progress })?.key else {
            return nil
        }
        collections[name]?.reindexing = nil
        return collections[name]?.reindexRetry.fail()
    }

    /// An index whose making failed may be begun again now.
    mutating func resumeReindexing(of collection: UInt32) {
        if let name = name(of: collection) { collections[name]?.reindexRetry.resume() }
    }
}
