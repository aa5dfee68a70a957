import TenantStore

/// The vectors a document comes with, checked and sorted by where they go.
struct BroughtVectors {
    /// In the space of the present embedder, for the first passage.
    ///
    /// It counts as part of that passage's text, since the embedder would make another of the text alone.
    var models: [Float]?
    /// In spaces that callers fill, by name, for the first passage.
    var callers: [String: [Float]] = [:]

    /// - Throws: ``DocumentProblem`` for a space that the collection lacks, and a vector that does not belong in its.
    init(_ input: DocumentInput, in collection: CollectionState) throws(DocumentProblem) {
        var vectors = input.embeddings
        if let embedding = input.embedding {
            let name = input.space ?? collection.wanted.defaultSpace ?? collection.modelSpace
            guard vectors.updateValue(embedding, forKey: name) == nil else {
                throw DocumentProblem(reason: "embedding and embeddings both hold a vector for space \(name)")
            }
        }
        for (name, vector) in vectors.sorted(by: { $0.key < $1.key }) {
            guard let space = collection.spaces[name] else {
                throw DocumentProblem(
                    reason: "the collection has no vector space \(name); make it first, or name one of "
                        + collection.spaces.keys.sorted().joined(separator: ", "))
            }
            guard name == collection.modelSpace || !SpaceName.isModels(name) else {
                throw DocumentProblem(
                    reason: "space \(name) holds the vectors of another model; bring your own in a space of your own")
            }
            try Self.check(vector, for: space)
            if name == collection.modelSpace { models = vector } else { callers[name] = vector }
        }
    }

    private static func check(_ vector: [Float], for space: SpaceState) throws(DocumentProblem) {
        guard vector.count == space.dimension else {
            throw DocumentProblem(
                reason: "embedding must have \(space.dimension) numbers for space \(space.name), not \(vector.count)")
        }
        let squares = vector.reduce(Float(0)) { $0 + $1 * $1 }
        guard squares.isFinite, squares > 0 else {
            throw DocumentProblem(reason: "embedding must be finite and not all zeros")
        }
    }
}

extension NewDocument {
    /// Takes over the vectors that a version which was never written brought for the same beginning, but for those of one
    /// space.
    mutating func inherit(_ vectors: [String: [[Float]?]], of other: NewDocument, besides space: String) {
        guard other.passages.first?.textHash == passages.first?.textHash else { return }
        for (name, brought) in vectors where name != space && suppliedVectors[name] == nil {
            suppliedVectors[name] = passages.indices.map { $0 == 0 ? brought.first ?? nil : nil }
        }
    }
}
