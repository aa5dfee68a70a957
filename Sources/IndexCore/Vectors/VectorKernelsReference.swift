/// What the kernels must answer, in plain Swift: the oracle of their tests, and readable.
public enum VectorKernelsReference {
    /// The inner product, summed as `Double` from first to last.
    public static func dot(_ left: [Float], _ right: [Float]) -> Double {
        zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    /// The fixed-order inner product, step for step: lane `i % 8` sums the `Float` products of component `i` as
    /// `Double`; the lanes are then added in pairs.
    public static func score(_ left: [Float], _ right: [Float]) -> Float {
        sum(zip(left, right).map { $0 * $1 })
    }

    /// The fixed-order squared Euclidean distance: differences and their squares are `Float`s.
    public static func distance(_ left: [Float], _ right: [Float]) -> Float {
        sum(zip(left, right).map { ($0 - $1) * ($0 - $1) })
    }

    private static func sum(_ values: [Float]) -> Float {
        var lanes = [Double](repeating: 0, count: 8)
        for (index, value) in values.enumerated() {
            lanes[index % 8] += Double(value)
        }
        let even = (lanes[0] + lanes[4]) + (lanes[2] + lanes[6])
        let odd = (lanes[1] + lanes[5]) + (lanes[3] + lanes[7])
        return Float(even + odd)
    }

    /// The integer inner product of a query of signed bytes and a row of half bytes.
    public static func nibbleDot(_ query: [Int8], _ row: [UInt8]) -> Int32 {
        var sum: Int32 = 0
        for (index, byte) in row.enumerated() {
            let first = index / 64 * 128 + index % 64
            sum += Int32(byte & 15) * Int32(query[first]) + Int32(byte >> 4) * Int32(query[first + 64])
        }
        return sum
    }

    /// The sum of those bytes of a query whose bits are set.
    public static func signSum(_ query: [Int8], _ row: [UInt8]) -> Int32 {
        query.indices.reduce(0) { $0 + (row[$1 / 8] >> UInt8($1 % 8) & 1 == 1 ? Int32(query[$1]) : 0) }
    }

    /// The integer inner product of two code rows.
    public static func codeDot(_ left: [UInt8], _ right: [UInt8]) -> Int32 {
        zip(left, right).reduce(0) { $0 + (Int32($1.0) - 128) * (Int32($1.1) - 128) }
    }
}
