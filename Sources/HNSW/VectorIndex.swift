public import IndexCore

/// The vectors of one space, as their single writer holds them: a segment, and a delta that takes new vectors.
///
/// A value. ``snapshot`` is what searches see; ``pendingMerge(live:)`` says when the delta should become part of the
/// segment. Deletions are not told to it: the caller's `live` set is the record, and a merge drops what is not in it.
/// An id that has died never comes back.
///
/// ```swift
/// import HNSW
/// import IndexCore
///
/// var index = VectorIndex(dimension: 3)
/// var live = IDSet()
/// for (number, vector) in ([[1, 0, 0], [0, 1, 0], [0.6, 0.8, 0]] as [[Float]]).enumerated() {
///     let id = PassageID(UInt32(number))
///     try index.append(id, document: id, vector: vector)
///     live.insert(id)
/// }
/// let hits = try index.snapshot.search([1, 0.1, 0], k: 2, live: live)  // documents 0 and 2
/// ```
public struct VectorIndex: Sendable {
    /// Components a vector can have.
    public static let dimensions = 1...4_096
    /// Vectors an index can hold.
    public static let capacity = CandidatePool.rowLimit
    /// Delta rows at which a merge is due, in a small index; a large one waits for an eighth of itself.
    public static let mergeThreshold = 10_000
    /// Delta rows, and their bytes, at which a merge cannot wait.
    public static let urgentCount = 20_000
    /// See ``urgentCount``.
    public static let urgentByteCount = 64 << 20

    /// Components of a vector.
    public let dimension: Int
    /// What the graph is like.
    public let parameters: HNSWParameters
    /// The merged vectors.
    public private(set) var segment: VectorSegment?
    private var delta: Delta
    private var deltaIDs = IDSet()

    /// An empty index of vectors with `dimension` components, one of ``dimensions``.
    /// - Parameter expected: Vectors that will be added before the first merge, where that is known. If they come in the
    ///   order of their ids, and all are live then, that merge takes them as they lie instead of copying them.
    public init(
        dimension: Int, parameters: HNSWParameters = HNSWParameters(), expecting expected: Int = 0
    ) {
        precondition(Self.dimensions.contains(dimension), "vectors have 1...4096 components")
        self.dimension = dimension
        self.parameters = parameters
        delta = Delta(
            dimension: dimension, metric: parameters.metric, expecting: min(max(0, expected), Self.capacity))
    }

    /// Adds a passage's vector; for the cosine scaled to unit length.
    /// - Parameter document: The first passage id of the document's version.
    /// - Throws: ``HNSWError``; the index is then unchanged.
    public mutating func append(_ id: PassageID, document: PassageID, vector: [Float]) throws(HNSWError) {
        guard vector.count == dimension else {
            throw .dimensionMismatch(expected: dimension, found: vector.count)
        }
        try vector.withUnsafeBufferPointer { vector throws(HNSWError) -> Void in
            try append(id, document: document, components: vector)
        }
    }

    /// Adds a passage's vector from its stored form: little-endian 32-bit floats, at any alignment.
    public mutating func append(
        _ id: PassageID, document: PassageID, bytes: UnsafeRawBufferPointer
    ) throws(HNSWError) {
        guard bytes.count == 4 * dimension else {
            throw .dimensionMismatch(expected: dimension, found: bytes.count / 4)
        }
        let vector = [Float](unsafeUninitializedCapacity: dimension) { components, count in
            count = dimension
            for component in 0..<count {
                let raw = bytes.loadUnaligned(fromByteOffset: 4 * component, as: UInt32.self)
                components.initializeElement(at: component, to: Float(bitPattern: UInt32(littleEndian: raw)))
            }
        }
        try append(id, document: document, vector: vector)
    }

    private mutating func append(
        _ id: PassageID, document: PassageID, components: UnsafeBufferPointer<Float>
    ) throws(HNSWError) {
        let scale = try PreparedVector.scale(of: components, metric: parameters.metric)
        guard !contains(id) else { throw .duplicatePassage(id) }
        guard count < Self.capacity else { throw .full(capacity: Self.capacity) }
        delta.append(id, document: document, vector: components, scale: scale)
        deltaIDs.insert(id)
    }

    /// Vectors not yet in the segment.
    public var deltaCount: Int { delta.count }

    /// All vectors, those of dead passages included until they are merged away.
    public var count: Int { (segment?.count ?? 0) + delta.count }

    /// Bytes of memory and mapped files in use.
    public var byteCount: Int {
        (segment.map { segment in segment.byteCount + segment.blocks.reduce(0) { $0 + $1.byteCount } } ?? 0)
            + delta.byteCount
    }

    /// Whether the passage has a vector here.
    ///
    /// O(log n) for each block of the segment.
    public func contains(_ id: PassageID) -> Bool {
        deltaIDs.contains(id) || segment?.blocks.contains { $0.contains(id) } == true
    }

    /// What searches see from now on; later appends do not change it.
    ///
    /// O(chunks of 256 rows).
    public var snapshot: VectorSnapshot {
        VectorSnapshot(
            dimension: dimension, parameters: parameters, segment: segment, delta: delta, deltaIDs: deltaIDs)
    }
}

// MARK: Merges

extension VectorIndex {
    /// Whether a merge is due: the delta has reached the smallest of max(``mergeThreshold``, n / 8) vectors,
    /// ``urgentCount`` vectors and ``urgentByteCount`` bytes, n the vectors of the segment.
    public var isMergeDue: Bool {
        delta.count >= max(Self.mergeThreshold, (segment?.count ?? 0) / 8) || isMergeUrgent
    }

    /// Whether the delta has grown so large that nothing should be added before the merge.
    public var isMergeUrgent: Bool {
        delta.count >= Self.urgentCount || delta.byteCount >= Self.urgentByteCount
    }

    /// Whether so much waits for its merge that writes should wait as well.
    public var isMemoryFull: Bool {
        delta.count >= 2 * Self.urgentCount || delta.byteCount >= 2 * Self.urgentByteCount
    }

    /// The merge that is due, if one is.
    public func pendingMerge(live: IDSet) -> VectorMerge? {
        isMergeDue ? continuation(live: live) : nil
    }

    /// The merge that ``pendingMerge(live:)`` gives, due or not.
    package func continuation(live: IDSet) -> VectorMerge {
        VectorMerge(
            dimension: dimension, parameters: parameters, segment: segment, delta: delta, live: live,
            isCompaction: false)
    }

    /// A merge that writes all live vectors anew, in id order, with the canonical graph and quantiser: equal rows under
    /// equal ids give equal bytes, whatever happened before.
    public func merge(live: IDSet) -> VectorMerge {
        VectorMerge(
            dimension: dimension, parameters: parameters, segment: segment, delta: delta, live: live,
            isCompaction: true)
    }

    /// Puts a merge's segment, or its twin in files, in the place of what it was made from; the delta keeps what came
    /// after it was taken.
    /// - Returns: Whether it was installed: not if another merge was since.
    @discardableResult
    public mutating func install(_ merged: VectorSegment?, from merge: VectorMerge) -> Bool {
        guard merge.segment === segment, merge.delta.positions.lowerBound == delta.positions.lowerBound else {
            return false
        }
        segment = merged
        delta.removeRows(before: merge.delta.positions.upperBound)
        deltaIDs = IDSet()
        for (rows, range) in delta.pieces {
            for row in range {
                deltaIDs.insert(PassageID(rows.columns.ids[row]))
            }
        }
        return true
    }

    /// Puts a segment from files under the delta.
    public mutating func attach(_ segment: VectorSegment) {
        precondition(segment.dimension == dimension, "a segment of another dimension")
        self.segment = segment
    }

    /// Drops the segment and keeps the delta: for files that are lost.
    ///
    /// A merge that was taken before cannot be installed.
    public mutating func detachSegment() {
        segment = nil
    }
}
