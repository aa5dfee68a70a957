public import IndexCore

/// The vectors of one space, as their single writer holds them: a graph segment, and a delta that takes new vectors.
///
/// A value. ``snapshot`` is what searches see; ``pendingMerge(live:)`` says when the delta should become part of the
/// segment. Deletions are not told to it: the caller's `live` set is the record, and a merge drops what is not in it.
public struct VectorIndex: Sendable {
    /// Delta rows at which a merge is due.
    public static let mergeThreshold = 10_000

    /// Components of a vector.
    public let dimension: Int
    private let parameters: HNSWParameters
    private var segment: VectorSegment?
    private var delta: Delta
    private var ids = IDSet()

    /// An empty index of vectors with `dimension` components, `1...32_768`.
    public init(dimension: Int, parameters: HNSWParameters = HNSWParameters()) {
        precondition((1...32_768).contains(dimension), "vectors have 1...32768 components")
        self.dimension = dimension
        self.parameters = parameters
        delta = Delta(dimension: dimension)
    }

    /// Adds a passage's vector, scaled to unit length.
    /// - Parameter document: The first passage id of the document's version.
    /// - Throws: ``HNSWError``; the index is then unchanged.
    public mutating func append(_ id: PassageID, document: PassageID, vector: [Float]) throws(HNSWError) {
        let unit = try UnitVector.normalize(vector, dimension: dimension)
        guard !ids.contains(id) else { throw .duplicatePassage(id) }
        guard count < CandidatePool.rowLimit else { throw .full(capacity: CandidatePool.rowLimit) }
        delta.append(id, document: document, vector: unit)
        ids.insert(id)
    }

    /// Adds a passage's vector from its stored form: little-endian 32-bit floats, at any alignment.
    public mutating func append(
        _ id: PassageID, document: PassageID, bytes: UnsafeRawBufferPointer
    ) throws(HNSWError) {
        guard bytes.count == 4 * dimension else {
            throw .dimensionMismatch(expected: dimension, found: bytes.count / 4)
        }
        let vector = (0..<dimension).map { component in
            let raw = bytes.loadUnaligned(fromByteOffset: 4 * component, as: UInt32.self)
            return Float(bitPattern: UInt32(littleEndian: raw))
        }
        try append(id, document: document, vector: vector)
    }

    /// Vectors not yet in the segment.
    public var deltaCount: Int { delta.count }

    /// All vectors, those of dead passages included until they are merged away.
    public var count: Int { (segment?.count ?? 0) + delta.count }

    /// Bytes of memory in use.
    public var byteCount: Int { (segment?.byteCount ?? 0) + delta.byteCount }

    /// Whether the passage has a vector here.
    public func contains(_ id: PassageID) -> Bool { ids.contains(id) }

    /// What searches see from now on; later appends do not change it.
    ///
    /// O(chunks of 256 rows).
    public var snapshot: VectorSnapshot {
        VectorSnapshot(dimension: dimension, parameters: parameters, segment: segment, delta: delta, ids: ids)
    }

    /// The merge that is due, if one is: the delta has reached ``mergeThreshold``.
    public func pendingMerge(live: IDSet) -> VectorMerge? {
        delta.count >= Self.mergeThreshold ? merge(live: live) : nil
    }

    /// A merge of all there is now, due or not.
    public func merge(live: IDSet) -> VectorMerge {
        VectorMerge(dimension: dimension, parameters: parameters, segment: segment, delta: delta, live: live)
    }

    /// Puts a merge's result in the place of what it was made from; the delta keeps what came after it was taken.
    /// - Returns: Whether it was installed: not if another merge was since.
    @discardableResult
    public mutating func install(_ merged: VectorSegment, from merge: VectorMerge) -> Bool {
        guard merge.segment === segment, merge.delta.positions.lowerBound == delta.positions.lowerBound else {
            return false
        }
        segment = merged.count > 0 ? merged : nil
        delta.removeRows(before: merge.delta.positions.upperBound)
        ids = IDSet()
        for row in 0..<merged.count {
            ids.insert(PassageID(merged.rows.ids[row]))
        }
        for (rows, range) in delta.pieces {
            for row in range {
                ids.insert(PassageID(rows.ids[row]))
            }
        }
        return true
    }
}
