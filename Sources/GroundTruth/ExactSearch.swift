import CBLAS
import Glibc
import IndexCore

/// Exact nearest neighbours of many queries at once, by matrix products: ground truth for recall and evaluation.
public enum ExactSearch {
    /// A row of the base and its fixed-order inner product with the query.
    public typealias Neighbor = (row: Int, score: Float)

    /// The `k` rows with the greatest inner product, for each query: score descending, then row ascending.
    ///
    /// `cblas_sgemm` finds the candidates block by block; all within its rounding error of the k-th are scored again in
    /// the fixed order of ``VectorKernels/score(_:_:count:level:)``, so the answer does not depend on the BLAS.
    /// - Parameters:
    ///   - queries: `[count x dimension]`, row-major.
    ///   - base: `[count x dimension]`, row-major.
    /// - Complexity: O(queries x rows x dimension); 4 MB of scratch.
    public static func topK(queries: [Float], base: [Float], dimension: Int, k: Int) -> [[Neighbor]] {
        guard dimension > 0 else { return [] }
        precondition(
            queries.count.isMultiple(of: dimension) && base.count.isMultiple(of: dimension),
            "matrices hold whole rows of \(dimension) components")
        BLAS.useOneThread
        let queryCount = queries.count / dimension
        let rowCount = base.count / dimension
        let largestNorm = largestNorm(base, dimension: dimension)

        var results: [[Neighbor]] = []
        results.reserveCapacity(queryCount)
        var products = [Float](repeating: 0, count: queryBlock * min(rowBlock, max(1, rowCount)))
        for firstQuery in stride(from: 0, to: queryCount, by: queryBlock) {
            let block = firstQuery..<min(firstQuery + queryBlock, queryCount)
            var searches = block.map { query in
                CandidateSearch(
                    k: k,
                    // Twice the worst rounding of a sum of `dimension` products, in any order.
                    margin: 4 * Float(dimension) * 0x1p-24 * largestNorm
                        * norm(queries[query * dimension..<(query + 1) * dimension]))
            }
            for firstRow in stride(from: 0, to: rowCount, by: rowBlock) {
                let rows = min(rowBlock, rowCount - firstRow)
                multiply(
                    queries, from: firstQuery, count: block.count, base, from: firstRow, count: rows,
                    dimension: dimension, into: &products)
                for index in searches.indices {
                    searches[index].offer(products[index * rows..<(index + 1) * rows], firstRow: firstRow)
                }
            }
            for (index, query) in block.enumerated() {
                results.append(searches[index].finish(query: query, queries, base, dimension: dimension))
            }
        }
        return results
    }

    private static let queryBlock = 256
    private static let rowBlock = 4_096

    private static func multiply(
        _ queries: [Float], from query: Int, count queryCount: Int, _ base: [Float], from row: Int, count rowCount: Int,
        dimension: Int, into products: inout [Float]
    ) {
        queries.withUnsafeBufferPointer { queries in
            base.withUnsafeBufferPointer { base in
                guard let left = queries.baseAddress, let right = base.baseAddress else { return }
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans, Int32(queryCount), Int32(rowCount), Int32(dimension), 1,
                    left + query * dimension, Int32(dimension), right + row * dimension, Int32(dimension), 0,
                    &products, Int32(rowCount))
            }
        }
    }

    private static func norm(_ vector: ArraySlice<Float>) -> Float {
        Float(vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()).nextUp
    }

    private static func largestNorm(_ base: [Float], dimension: Int) -> Float {
        stride(from: 0, to: base.count, by: dimension).reduce(0) { max($0, norm(base[$1..<$1 + dimension])) }
    }
}

/// One query's candidates: every row whose product could still be among the `k` greatest.
private struct CandidateSearch {
    let k: Int
    let margin: Float
    var best: TopK<Int>
    var candidates: [ExactSearch.Neighbor] = []

    init(k: Int, margin: Float) {
        self.k = k
        self.margin = margin
        best = TopK(k: k)
    }

    mutating func offer(_ products: ArraySlice<Float>, firstRow: Int) {
        for (offset, product) in products.enumerated() where product >= best.threshold - margin {
            candidates.append((firstRow + offset, product))
            best.insert(firstRow + offset, score: product)
        }
    }

    consuming func finish(query: Int, _ queries: [Float], _ base: [Float], dimension: Int) -> [ExactSearch.Neighbor] {
        let needed = best.threshold - margin
        var exact = TopK<Int>(k: k)
        queries.withUnsafeBufferPointer { queries in
            base.withUnsafeBufferPointer { base in
                guard let left = queries.baseAddress, let right = base.baseAddress else { return }
                for (row, product) in candidates where product >= needed {
                    let score = VectorKernels.score(left + query * dimension, right + row * dimension, count: dimension)
                    exact.insert(row, score: score)
                }
            }
        }
        return exact.finish().map { ($0.id, $0.score) }
    }
}

/// Settings of whichever BLAS is installed.
private enum BLAS {
    /// Keeps OpenBLAS on the calling thread, where the library is OpenBLAS: other implementations lack the function,
    /// so it is looked up by name. (Its environment variables are read when the library loads, before any of our
    /// code runs.)
    static let useOneThread: Void = {
        guard let symbol = dlsym(nil, "openblas_set_num_threads") else { return }
        typealias SetThreads = @convention(c) (Int32) -> Void
        unsafeBitCast(symbol, to: SetThreads.self)(1)
    }()
}
