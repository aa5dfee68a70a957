/// Which engine an index file belongs to.
public enum IndexEngine: String, Sendable {
    /// Keyword segments.
    case bm25
    /// Vectors and graphs, a manifest for each space.
    case hnsw
}

/// What the index files of one engine hold of one collection.
///
/// They hold every live passage whose row arrived with change ``sequence`` or before; what came later is indexed anew when
/// the tenant is opened. Of an engine that indexes passages as they come, those are the ones with ids below
/// ``nextPassage``; vectors arrive in any order.
public struct Manifest: Sendable, Equatable {
    /// The last change that the files know of.
    public var sequence: Int64
    /// The first passage id that came later; of vectors, above every id in the files.
    public var nextPassage: UInt32
    /// The fingerprint of the settings that shaped the files' bytes.
    public var settings: UInt64
    /// By first passage, then name.
    public var files: [ManifestFile]

    /// A manifest; see the properties for units.
    public init(sequence: Int64, nextPassage: UInt32, settings: UInt64, files: [ManifestFile]) {
        self.sequence = sequence
        self.nextPassage = nextPassage
        self.settings = settings
        self.files = files
    }
}

/// One index file.
public struct ManifestFile: Sendable, Hashable {
    /// In the collection's index folder.
    public var name: String
    /// The whole file's size.
    public var byteCount: Int
    /// Rows, those of dead passages included.
    public var passageCount: Int
    /// The least and the greatest passage id in it.
    public var passages: ClosedRange<UInt32>

    /// A file; see the properties for units.
    public init(name: String, byteCount: Int, passageCount: Int, passages: ClosedRange<UInt32>) {
        self.name = name
        self.byteCount = byteCount
        self.passageCount = passageCount
        self.passages = passages
    }
}
