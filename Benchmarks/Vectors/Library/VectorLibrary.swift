import HNSW
import IndexCore

/// An index with what its searches need, behind a pointer.
private final class BuiltIndex {
    let snapshot: VectorSnapshot
    let segment: VectorSegment
    let live: IDSet
    let dimension: Int

    init(snapshot: VectorSnapshot, segment: VectorSegment, live: IDSet) {
        self.snapshot = snapshot
        self.segment = segment
        self.live = live
        dimension = snapshot.dimension
    }

    static func at(_ handle: UnsafeRawPointer) -> BuiltIndex {
        Unmanaged<BuiltIndex>.fromOpaque(handle).takeUnretainedValue()
    }
}

/// Builds an index of `count` rows of `dimension` floats on this thread; row r is passage r.
/// - Parameters:
///   - codes: The raw value of a ``TraversalCodes``.
///   - best: Not 0 for the best graph, whatever `construction` says.
/// - Returns: A handle for the other functions; nil if it cannot be built.
@_cdecl("carrel_vectors_build")
public func carrelVectorsBuild(
    _ rows: UnsafePointer<Float>, _ count: Int, _ dimension: Int, _ codes: Int, _ m: Int, _ construction: Int,
    _ best: Int
) -> UnsafeMutableRawPointer? {
    guard let codes = TraversalCodes(rawValue: UInt32(codes)) else { return nil }
    var parameters =
        best != 0
        ? HNSWParameters.best(codes: codes, m: m) : HNSWParameters(codes: codes, m: m, efConstruction: construction)
    parameters.graphThreshold = 1
    var index = VectorIndex(dimension: dimension, parameters: parameters, expecting: count)
    var live = IDSet()
    do {
        for row in 0..<count {
            let id = PassageID(UInt32(row))
            let bytes = UnsafeRawBufferPointer(start: rows + row * dimension, count: 4 * dimension)
            try index.append(id, document: id, bytes: bytes)
            live.insert(id)
        }
        let merge = index.merge(live: live)
        index.install(try merge.run().segment, from: merge)
    } catch {
        return nil
    }
    guard let segment = index.segment else { return nil }
    return Unmanaged.passRetained(BuiltIndex(snapshot: index.snapshot, segment: segment, live: live)).toOpaque()
}

/// Answers `count` queries, `k` row numbers each in `found`, best first, -1 where there are no more.
/// - Parameters:
///   - bare: Not 0 for the bare loop; 0 for what a search of the product calls: live passages, documents, bounds.
///   - whole: Gets the rows that the walks of the bare loop read whole.
/// - Returns: The rows that the walks of the bare loop met, 0 for the other; -1 if a search failed.
@_cdecl("carrel_vectors_search")
public func carrelVectorsSearch(
    _ handle: UnsafeRawPointer, _ queries: UnsafePointer<Float>, _ count: Int, _ k: Int, _ ef: Int, _ rescored: Int,
    _ bare: Int, _ found: UnsafeMutablePointer<Int32>, _ whole: UnsafeMutablePointer<Int>
) -> Int {
    let built = BuiltIndex.at(handle)
    var distances = 0
    whole.pointee = 0
    for place in 0..<count {
        let query = queries + place * built.dimension
        let row = found + place * k
        row.update(repeating: -1, count: k)
        if bare != 0 {
            row.withMemoryRebound(to: UInt32.self, capacity: k) { row in
                let walk = built.segment.nearest(query, k: k, ef: ef, rescored: rescored, into: row)
                distances += walk.distances
                whole.pointee += walk.whole
            }
        } else {
            let vector = Array(UnsafeBufferPointer(start: query, count: built.dimension))
            guard let hits = try? built.snapshot.search(vector, k: k, ef: ef, live: built.live) else { return -1 }
            for (rank, hit) in hits.enumerated() {
                row[rank] = Int32(hit.passage.rawValue)
            }
        }
    }
    return distances
}

/// Frees an index.
@_cdecl("carrel_vectors_free")
public func carrelVectorsFree(_ handle: UnsafeRawPointer) {
    Unmanaged<BuiltIndex>.fromOpaque(handle).release()
}

/// Writes three sizes in bytes: of what a walk reads, of the int8 codes that filters and scans read, of the floats.
@_cdecl("carrel_vectors_memory")
public func carrelVectorsMemory(_ handle: UnsafeRawPointer, _ sizes: UnsafeMutablePointer<Int>) {
    let built = BuiltIndex.at(handle)
    let floats = built.segment.blocks.reduce(0) { $0 + $1.count * $1.dimension * 4 }
    sizes[0] = built.segment.byteCount
    sizes[1] = built.segment.blocks.reduce(0) { $0 + $1.byteCount } - floats
    sizes[2] = floats
}
