import HNSW
import IndexCore

/// An index with what its searches need, behind a pointer.
private final class BuiltIndex {
    let snapshot: VectorSnapshot
    let live: IDSet
    let dimension: Int

    init(snapshot: VectorSnapshot, live: IDSet, dimension: Int) {
        self.snapshot = snapshot
        self.live = live
        self.dimension = dimension
    }
}

/// Builds an index of `count` rows of `dimension` floats; row r is passage r. Nil if it cannot be.
@_cdecl("carrel_vectors_build")
public func carrelVectorsBuild(
    _ rows: UnsafePointer<Float>, _ count: Int, _ dimension: Int, _ codes: Int, _ m: Int, _ construction: Int,
    _ best: Int
) -> UnsafeMutableRawPointer? {
    var index = VectorIndex(
        dimension: dimension, parameters: HNSWParameters(m: m, efConstruction: construction, scanLimit: 0))
    var live = IDSet()
    do {
        for row in 0..<count {
            let id = PassageID(UInt32(row))
            let bytes = UnsafeRawBufferPointer(start: rows + row * dimension, count: 4 * dimension)
            try index.append(id, document: id, bytes: bytes)
            live.insert(id)
        }
        let merge = index.merge(live: live)
        index.install(try merge.run(), from: merge)
    } catch {
        return nil
    }
    let built = BuiltIndex(snapshot: index.snapshot, live: live, dimension: dimension)
    return Unmanaged.passRetained(built).toOpaque()
}

@_cdecl("carrel_vectors_search")
public func carrelVectorsSearch(
    _ handle: UnsafeRawPointer, _ queries: UnsafePointer<Float>, _ count: Int, _ k: Int, _ ef: Int, _ rescored: Int,
    _ bare: Int, _ found: UnsafeMutablePointer<Int32>
) -> Int {
    let built = Unmanaged<BuiltIndex>.fromOpaque(handle).takeUnretainedValue()
    do {
        for place in 0..<count {
            let query = Array(UnsafeBufferPointer(start: queries + place * built.dimension, count: built.dimension))
            let hits = try built.snapshot.search(query, k: k, ef: ef, live: built.live)
            for rank in 0..<k {
                found[place * k + rank] = rank < hits.count ? Int32(hits[rank].passage.rawValue) : -1
            }
        }
    } catch {
        return -1
    }
    return 0
}

@_cdecl("carrel_vectors_memory")
public func carrelVectorsMemory(_ handle: UnsafeRawPointer, _ sizes: UnsafeMutablePointer<Int>) {
    let built = Unmanaged<BuiltIndex>.fromOpaque(handle).takeUnretainedValue()
    sizes[0] = 0
    _ = built
}
