/// One document in a leg's answer, with its best passage.
public struct DocumentHit: Sendable, Equatable {
    /// The first passage id of the document's version; it names the document.
    public var document: PassageID
    /// The passage that scored best.
    public var passage: PassageID
    /// The leg's own score: BM25 or cosine.
    public var score: Float

    /// A hit of `passage`, which belongs to `document`.
    @inlinable
    public init(document: PassageID, passage: PassageID, score: Float) {
        self.document = document
        self.passage = passage
        self.score = score
    }

    /// Whether this hit stands before `other`: the higher score, then the lower document id.
    @inlinable
    public func precedes(_ other: DocumentHit) -> Bool {
        score != other.score ? score > other.score : document < other.document
    }
}
