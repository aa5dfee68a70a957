import HNSW
import TenantStore

/// Which spaces a search asks for: one for each collection, by the request or by the collection's default.
struct QuerySpaces {
    /// Each collection's space; nil where it lacks the one that the request names.
    private(set) var targets: [(collection: CollectionSnapshot, space: SpaceSnapshot?)] = []

    /// - Parameter earlier: The space of the model before the present one, where that is loaded too.
    /// - Throws: ``ApplianceError/unknownSpace(name:collection:existing:)`` where no collection has the space that the
    ///   request names.
    init(_ request: SearchRequest, in collections: [CollectionSnapshot], earlier: String?) throws(ApplianceError) {
        targets = collections.map { ($0, $0.space(for: request, earlier: earlier)) }
        if let name = request.space, let first = collections.first, targets.allSatisfy({ $0.space == nil }) {
            throw .unknownSpace(
                name: name, collection: first.record.name, existing: first.spaces.map(\.name))
        }
    }

    /// The names of the spaces, each once.
    var names: [String] { Set(targets.compactMap { $0.space?.name }).sorted() }

    /// Checks a floor of the cosine against what vectors are compared by.
    func check(_ request: SearchRequest) throws(ApplianceError) {
        guard request.minVectorScore != nil,
            let other = targets.lazy.compactMap(\.space).first(where: { $0.settings.parameters.metric != .cosine })
        else { return }
        throw .invalidArgument(
            name: "min_vector_score",
            reason: "is a cosine; vectors of space \(other.name) are compared by another metric")
    }

    /// The caller's vector under the name of each space that it fits.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)`` where it fits none.
    func place(_ embedding: [Float], modelSpace: SpaceRecord) throws(ApplianceError) -> [String: [Float]] {
        var vectors: [String: [Float]] = [:]
        for space in targets.lazy.compactMap(\.space) where space.dimension == embedding.count {
            vectors[space.name] = embedding
        }
        let first = targets.lazy.compactMap(\.space).first
        let (name, dimension) = (first?.name ?? modelSpace.name, first?.dimension ?? modelSpace.dimension)
        guard !vectors.isEmpty || (first == nil && embedding.count == dimension) else {
            throw .invalidArgument(
                name: "embedding", reason: "must have \(dimension) numbers for space \(name), not \(embedding.count)")
        }
        return vectors
    }
}

extension CollectionSnapshot {
    /// The space whose vectors answer a request: the one it names, or the usual one.
    func space(for request: SearchRequest, earlier: String?) -> SpaceSnapshot? {
        if let name = request.space { return space(named: name) }
        return usualSpace(earlier: earlier)
    }

    /// The space whose vectors answer requests that name none: the collection's default.
    ///
    /// A default that was not set follows the models: the present one's space, or while that is being filled and holds
    /// fewer vectors the space of the model before, where that is loaded too.
    /// - Parameter earlier: That space's name.
    func usualSpace(earlier: String?) -> SpaceSnapshot? {
        if let name = settings.defaultSpace, let space = space(named: name) { return space }
        let present = space(named: modelSpace)
        if waitingCount > 0, let earlier = earlier.flatMap({ space(named: $0) }),
            earlier.embeddedCount > present?.embeddedCount ?? 0
        {
            return earlier
        }
        return present
    }

    /// What a search by this space should say about vectors that are still to come.
    func note(on space: SpaceSnapshot) -> (text: String, isDegraded: Bool)? {
        guard space.name == modelSpace || SpaceName.isModels(space.name), waitingCount > 0 else { return nil }
        let name = record.name
        let present = self.space(named: modelSpace)?.embeddedCount ?? 0
        if space.name != modelSpace {
            return (
                "collection \(name) is answered by the vectors of the model before, \(space.name), until those of "
                    + "\(modelSpace) are complete: \(present) of \(passageCount) passages", false
            )
        }
        // Without a model nothing is on its way.
        let others = spaces.filter {
            $0.name != modelSpace && SpaceName.isModels(modelSpace) && SpaceName.isModels($0.name)
        }
        if let before = others.first(where: { $0.embeddedCount > present }) {
            return (
                "collection \(name) is being embedded by another model than before (\(before.name)): \(present) of "
                    + "\(passageCount) passages are found by meaning so far", true
            )
        }
        return ("\(waitingCount) passages of collection \(name) still wait for vectors", false)
    }
}
