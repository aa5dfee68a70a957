import HNSW
import IndexCore
import TenantStore

/// A vector space as a caller wants it.
package struct SpaceChange: Sendable {
    var collection: String
    var space: String
    /// Components of a vector; nil where the space is there already.
    var dimension: Int?
    var settings: SpaceSettings

    package init(collection: String, space: String, dimension: Int?, settings: SpaceSettings) {
        self.collection = collection
        self.space = space
        self.dimension = dimension
        self.settings = settings
    }
}

extension WriterState {
    /// Vectors that arrived while an index was made anew and are added in the writer's turn; more are added outside first.
    static let vectorsAtSwap = 256

    /// Makes a space for vectors that callers bring, or changes its settings.
    /// - Returns: Whether it was made.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``, ``ApplianceError/invalidArgument(name:reason:)``.
    mutating func put(_ change: SpaceChange, options: WriteOptions) throws -> Bool {
        guard var state = collections[change.collection] else {
            throw ApplianceError.unknownCollection(name: change.collection, existing: collections.keys.sorted())
        }
        guard change.space != modelSpace.name, !SpaceName.isModels(change.space) else {
            throw ApplianceError.invalidArgument(
                name: "space", reason: "is filled by a model; its settings are the collection's own, under vectors")
        }
        try SpaceName.check(change.space)
        let existing = state.spaces[change.space]
        if let existing, let dimension = change.dimension, dimension != existing.dimension {
            throw ApplianceError.invalidArgument(
                name: "dimension",
                reason: "is \(existing.dimension) in this space and stays; drop the space to begin anew")
        }
        guard let dimension = existing?.dimension ?? change.dimension else {
            throw ApplianceError.invalidArgument(name: "dimension", reason: "is required: numbers of a vector")
        }
        if state.wanted.spaces[change.space] == nil, state.wanted.spaces.count >= SpaceName.limit {
            throw ApplianceError.invalidArgument(
                name: "space", reason: "would be one more than \(SpaceName.limit) of this collection; drop one first")
        }
        state.wanted.spaces[change.space] = change.settings
        state.spaces[change.space] =
            existing ?? SpaceState(name: change.space, dimension: dimension, settings: change.settings)
        state.spaces[change.space]?.follow(change.settings)
        let stored = state.storedSettings
        state.record.settings = stored
        do {
            try writer.transaction {
                try writer.registerSpace(
                    SpaceRecord(name: change.space, dimension: dimension), of: state.record.id)
                try writer.saveSettings(stored, of: state.record.id)
                try writer.appendUsage(options.usage.map { [$0] } ?? [])
                try writer.appendAudit(options.audit.map { [$0] } ?? [])
            }
        } catch StoreError.tooMany {
            throw ApplianceError.invalidArgument(
                name: "space", reason: "would be one more than a tenant can have; drop one that is not needed")
        } catch StoreError.dimensionMismatch(_, let expected, _) {
            throw ApplianceError.invalidArgument(
                name: "dimension",
                reason: "must be \(expected): another collection has a space of this name, and a name has one dimension"
            )
        }
        collections[change.collection] = state
        return existing == nil
    }

    /// Deletes a space with all its vectors, in one transaction with the rows that say so.
    /// - Returns: How many vectors it held.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``,
    ///   ``ApplianceError/unknownSpace(name:collection:existing:)``, ``ApplianceError/invalidArgument(name:reason:)``.
    mutating func dropSpace(_ space: String, of collection: String, options: WriteOptions) throws -> Int {
        guard var state = collections[collection] else {
            throw ApplianceError.unknownCollection(name: collection, existing: collections.keys.sorted())
        }
        guard state.spaces[space] != nil else {
            throw ApplianceError.unknownSpace(
                name: space, collection: collection, existing: state.spaces.keys.sorted())
        }
        guard space != modelSpace.name else {
            throw ApplianceError.invalidArgument(
                name: "space", reason: "is that of the installed model, which would fill it again")
        }
        guard space != state.wanted.defaultSpace else {
            throw ApplianceError.invalidArgument(
                name: "space", reason: "is the collection's default; set another default_space first")
        }
        let before = Self.names(of: state)
        state.spaces[space] = nil
        state.wanted.spaces[space] = nil
        state.legs.forget(space: space)
        let stored = state.storedSettings
        var count = 0
        try writer.transaction {
            count = try writer.dropSpace(named: space, of: state.record.id)
            // A collection that was never set anything keeps the defaults of the day.
            if state.record.settings != nil { try writer.saveSettings(stored, of: state.record.id) }
            try writer.appendUsage(options.usage.map { [$0] } ?? [])
            try writer.appendAudit(options.audit.map { [$0] } ?? [])
        }
        if state.record.settings != nil { state.record.settings = stored }
        collections[collection] = state
        remove(before.subtracting(Self.names(of: state)), of: state.record.id)
        return count
    }

    // MARK: Indexes made anew

    /// The indexes of vectors that must be made anew and are not yet, marked as begun.
    mutating func takeSpaceRebuilds() -> [SpaceRebuild] {
        var begun: [SpaceRebuild] = []
        for name in collections.keys.sorted() {
            guard let state = collections[name], state.isStored else { continue }
            for space in state.spaces.values.sorted(by: { $0.name < $1.name }) {
                let wanted = state.wanted.settings(of: space.name)
                guard space.rebuilding == nil, !space.rebuildRetry.isPending, !space.isMade(by: wanted) else {
                    continue
                }
                let rebuild = SpaceRebuild(
                    progress: ReindexProgress(collection: state.record.id, total: space.embedded.count),
                    space: SpaceRecord(name: space.name, dimension: space.dimension), settings: wanted)
                collections[name]?.spaces[space.name]?.rebuilding = rebuild
                begun.append(rebuild)
            }
        }
        return begun
    }

    /// Puts a new index of vectors in the place of the old one.
    /// - Returns: Whether nothing is left to do: not if too much has arrived since to add it here.
    mutating func install(_ draft: SpaceDraft, of rebuild: SpaceRebuild) throws -> Bool {
        guard let name = name(of: rebuild.collection), var state = collections[name],
            var space = state.spaces[rebuild.space.name], space.rebuilding?.progress === rebuild.progress
        else {
            remove(files(of: draft, of: rebuild), of: rebuild.collection)
            return true
        }
        var draft = draft
        var count = 0
        try writer.forEachVector(in: rebuild.collection, space: space.name, newerThan: draft.sequence) {
            id, document, bytes in
            count += 1
            if state.live.contains(id) { try draft.append(id, document, bytes) }
            return count <= Self.vectorsAtSwap
        }
        guard count <= Self.vectorsAtSwap else { return false }
        let before = Self.names(of: state)
        space.replace(by: draft.index, settings: rebuild.settings)
        let manifest = space.manifest(completeTo: draft.merged?.sequence ?? 0)
        state.spaces[space.name] = space
        let stored = state.storedSettings
        state.record.settings = stored
        try writer.transaction {
            try writer.saveSettings(stored, of: state.record.id)
            // The files of the index before hold another graph.
            if !before.isEmpty || draft.merged != nil {
                try writer.saveManifest(manifest, of: state.record.id, engine: .hnsw, space: space.name)
            }
        }
        collections[name] = state
        remove(before.subtracting(Self.names(of: state)), of: rebuild.collection)
        return true
    }

    /// Gives up an attempt; the index in use stays.
    /// - Returns: How many pauses to wait until ``resumeRebuild(_:)``; nil where the attempt was not wanted any more.
    mutating func endRebuild(_ rebuild: SpaceRebuild, leaving draft: SpaceDraft) -> Int? {
        remove(files(of: draft, of: rebuild), of: rebuild.collection)
        guard let name = name(of: rebuild.collection),
            collections[name]?.spaces[rebuild.space.name]?.rebuilding?.progress === rebuild.progress
        else { return nil }
        collections[name]?.spaces[rebuild.space.name]?.rebuilding = nil
        return collections[name]?.spaces[rebuild.space.name]?.rebuildRetry.fail()
    }

    /// An index whose making failed may be begun again now.
    mutating func resumeRebuild(_ rebuild: SpaceRebuild) {
        guard let name = name(of: rebuild.collection) else { return }
        collections[name]?.spaces[rebuild.space.name]?.rebuildRetry.resume()
    }

    /// The files that were written for an index that is not wanted.
    private func files(of draft: SpaceDraft, of rebuild: SpaceRebuild) -> Set<String> {
        let used = name(of: rebuild.collection).flatMap { collections[$0] }.map { Self.names(of: $0) } ?? []
        return Set(draft.merged?.files ?? []).subtracting(used)
    }
}
