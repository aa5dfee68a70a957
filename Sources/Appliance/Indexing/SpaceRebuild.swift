import HNSW
import IndexCore
import TenantStore

/// An index of one space's vectors under way, with other settings than the one in use.
///
/// It is made from the rows, outside the writer's turn; what arrives meanwhile is read behind it by the sequence of its
/// arrival. Deaths need no second look: the collection's live set is tested by every search.
struct SpaceRebuild: Sendable {
    /// Which of several attempts this is, and how far it has come.
    let progress: ReindexProgress
    let space: SpaceRecord
    /// What the new index is made with.
    let settings: SpaceSettings

    var collection: UInt32 { progress.collection }
}

/// A space's index as far as it has been made anew.
struct SpaceDraft: Sendable {
    var index: VectorIndex
    /// All vectors that arrived with this change or before are in the index.
    var sequence: Int64 = 0
    /// The last passage of the first walk through the rows; nil before it begins, and `isWalked` when it has ended.
    var last: PassageID?
    var isWalked = false
    /// Whether the segment has been made, and how far it is complete.
    var merged: (sequence: Int64, files: [String])?

    init(_ rebuild: SpaceRebuild) {
        index = VectorIndex(dimension: rebuild.space.dimension, parameters: rebuild.settings.parameters)
    }

    /// Makes room for so many vectors in one piece, which the segment then takes as it lies; called before the first.
    mutating func expect(_ count: Int) {
        index = VectorIndex(dimension: index.dimension, parameters: index.parameters, expecting: count)
    }

    /// Takes a vector from its row, unless it is there.
    mutating func append(_ id: PassageID, _ document: PassageID, _ bytes: UnsafeRawBufferPointer) throws(HNSWError) {
        if !index.contains(id) { try index.append(id, document: document, bytes: bytes) }
    }
}
