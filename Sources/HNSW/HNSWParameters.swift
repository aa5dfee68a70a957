/// The shape of the graph, in the words of Malkov & Yashunin ("Efficient and robust approximate nearest neighbor
/// search using Hierarchical Navigable Small World graphs", 2018).
public struct HNSWParameters: Sendable, Hashable {
    /// Links of a node on the upper levels, `2...32`; level 0 has room for twice as many (``m0``).
    public var m: Int
    /// Candidates kept while a node's neighbours are searched, at least `m`.
    public var efConstruction: Int
    /// Up to this many passages (or a tenth of the segment, if that is more) are scanned instead of searched by graph:
    /// exact, and faster than any graph.
    public var scanLimit: Int

    /// The parameters; values outside their ranges are moved to the nearest bound.
    public init(m: Int = 16, efConstruction: Int = 64, scanLimit: Int = 10_000) {
        self.m = min(32, max(2, m))
        self.efConstruction = max(self.m, efConstruction)
        self.scanLimit = max(0, scanLimit)
    }

    /// Links of a node on level 0.
    public var m0: Int { 2 * m }
}
