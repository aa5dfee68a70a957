import Glibc
import IndexCore

/// What the live vectors of a segment are like as a whole: what scores of other sources are brought in line with.
struct SpaceShape {
    /// The mean of the vectors at unit length.
    let mean: [Float]
    /// 0.8 of the standard deviation of the cosines between some of them; 0 where there are fewer than two.
    let deviation: Float

    /// Vectors whose cosines are measured, at equal steps in id order.
    static let sampleCount = 512

    /// Looks at `places`, whose order does not matter.
    init(_ places: [VectorPlace], of sources: [VectorColumns], dimension: Int) {
        mean = Self.mean(of: places, sources, dimension: dimension)
        deviation = Self.deviation(places.sorted { $0.id < $1.id }, sources, dimension: dimension)
    }

    /// The mean of `places` at unit length, whatever their order.
    static func mean(of places: [VectorPlace], _ sources: [VectorColumns], dimension: Int) -> [Float] {
        // Whole numbers of 2^-30, so that their sum does not depend on the order.
        var sums = [Int64](repeating: 0, count: dimension)
        sums.withUnsafeMutableBufferPointer { sums in
            for place in places {
                let source = sources[place.source]
                let vector = source.vector(place.row)
                let unit = Self.scale(source, place.row) * 0x1p30
                for index in sums.indices {
                    // Damaged components have a place too.
                    let number = vector[index] * unit
                    sums[index] &+= Int64(number < 0x1p40 ? (number > -0x1p40 ? number : -0x1p40) : 0x1p40)
                }
            }
        }
        let divisor = Double(max(1, places.count)) * 0x1p30
        return sums.map { Float(Double($0) / divisor) }
    }

    /// What brings a row to unit length.
    private static func scale(_ source: VectorColumns, _ row: Int) -> Float {
        guard let norm = source.norms?[row] else { return 1 }
        return norm >= .leastNormalMagnitude ? 1 / norm.squareRoot() : 0
    }

    private static func deviation(_ places: [VectorPlace], _ sources: [VectorColumns], dimension: Int) -> Float {
        let count = min(sampleCount, places.count)
        guard count >= 2 else { return 0 }
        let samples = (0..<count).map { index in
            let place = places[index * places.count / count]
            return (sources[place.source].vector(place.row), scale(sources[place.source], place.row))
        }
        var sum = 0.0
        var squares = 0.0
        for (index, left) in samples.enumerated() {
            for right in samples[..<index] {
                let cosine = Double(
                    VectorKernels.score(left.0, right.0, count: dimension) * left.1 * right.1)
                sum += cosine
                squares += cosine * cosine
            }
        }
        let pairs = Double(count * (count - 1) / 2)
        let variance = max(0, squares / pairs - (sum / pairs) * (sum / pairs))
        return Float(0.8 * variance.squareRoot())
    }
}
