import IndexCore
import TestKit
import Testing

@Suite struct VectorKernelsTests {
    static let lengths = [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 191, 384, 385, 1_000, 1_536]

    private struct Rows {
        var query: [Float]
        var rows: [[Float]]
    }

    private static func floats(count: Int, rows: Int, seed: UInt64) -> Rows {
        var random = SeededRandom(seed: seed &+ UInt64(count))
        return Rows(
            query: random.gaussians(count: 1, dimension: count),
            rows: (0..<rows).map { _ in random.gaussians(count: 1, dimension: count) })
    }

    private static func codes(count: Int, seed: UInt64) -> [UInt8] {
        var random = SeededRandom(seed: seed &+ UInt64(count))
        return (0..<count).map { _ in UInt8.random(in: 1...255, using: &random) }
    }

    private static func sum(_ codes: [UInt8]) -> Int32 {
        codes.reduce(0) { $0 + Int32($1) - 128 }
    }

    /// Calls `body` with the address of a non-empty stand-in when the array is empty.
    private static func withBase<Element, Result>(
        _ array: [Element], or filler: Element, _ body: (UnsafePointer<Element>) throws -> Result
    ) throws -> Result {
        try (array.isEmpty ? [filler] : array).withUnsafeBufferPointer { try body(try #require($0.baseAddress)) }
    }

    @Test(arguments: VectorKernels.availableLevels, lengths)
    func floatProductsAgreeWithTheReference(level: VectorKernels.Level, count: Int) throws {
        let data = Self.floats(count: count, rows: 4, seed: 11)
        let tolerance = 1e-6 * Double(count + 1)
        try Self.withBase(data.query, or: 0) { query in
            var bases: [UnsafePointer<Float>] = []
            for row in data.rows {
                let copy = UnsafeMutablePointer<Float>.allocate(capacity: max(1, count))
                copy.initialize(from: row, count: count)
                bases.append(UnsafePointer(copy))
            }
            defer { bases.forEach { $0.deallocate() } }
            let four = VectorKernels.dot4(query, bases, count: count, level: level)
            for (index, row) in data.rows.enumerated() {
                let expected = VectorKernelsReference.dot(data.query, row)
                let single = VectorKernels.dot(query, bases[index], count: count, level: level)
                #expect(abs(Double(single) - expected) <= tolerance)
                #expect(abs(Double(four[index]) - expected) <= tolerance)
            }
        }
    }

    @Test(arguments: VectorKernels.availableLevels, lengths)
    func scoresAreBitEqualToTheReference(level: VectorKernels.Level, count: Int) throws {
        let data = Self.floats(count: count, rows: 11, seed: 12)
        let flat = data.rows.flatMap { $0 }
        try Self.withBase(data.query, or: 0) { query in
            try Self.withBase(flat, or: 0) { base in
                let addresses = data.rows.indices.map { Optional(base + $0 * count) }
                var many = [Float](repeating: .nan, count: data.rows.count)
                try Self.withBase(addresses, or: nil) {
                    VectorKernels.scores(
                        query, rows: $0, rowCount: data.rows.count, count: count, into: &many, level: level)
                }
                for (index, row) in data.rows.enumerated() {
                    let expected = VectorKernelsReference.score(data.query, row)
                    let single = VectorKernels.score(query, base + index * count, count: count, level: level)
                    #expect(single.bitPattern == expected.bitPattern)
                    #expect(many[index].bitPattern == expected.bitPattern)
                }
            }
        }
    }

    @Test(arguments: VectorKernels.availableLevels, lengths)
    func distancesAreBitEqualToTheReference(level: VectorKernels.Level, count: Int) throws {
        let data = Self.floats(count: count, rows: 7, seed: 15)
        let flat = data.rows.flatMap { $0 }
        try Self.withBase(data.query, or: 0) { query in
            try Self.withBase(flat, or: 0) { base in
                let addresses = data.rows.indices.map { Optional(base + $0 * count) }
                var many = [Float](repeating: .nan, count: data.rows.count)
                try Self.withBase(addresses, or: nil) {
                    VectorKernels.distances(
                        query, rows: $0, rowCount: data.rows.count, count: count, into: &many, level: level)
                }
                for (index, row) in data.rows.enumerated() {
                    let expected = VectorKernelsReference.distance(data.query, row)
                    let single = VectorKernels.distance(query, base + index * count, count: count, level: level)
                    #expect(single.bitPattern == expected.bitPattern)
                    #expect(many[index].bitPattern == expected.bitPattern)
                }
            }
        }
    }

    @Test(arguments: VectorKernels.availableLevels, [1, 16, 100, 384, 1_536])
    func listedFloatProductsAgreeWithTheReference(level: VectorKernels.Level, count: Int) throws {
        let data = Self.floats(count: count, rows: 9, seed: 16)
        let list: [UInt32] = [8, 0, 3, 3, 7, 1, 2, 6, 5, 4, 8]
        let stride = count + 3
        let flat = data.rows.flatMap { $0 + [Float](repeating: .nan, count: 3) }
        var products = [Float](repeating: .nan, count: list.count)
        try Self.withBase(flat, or: 0) { base in
            VectorKernels.dots(
                data.query, base: base, stride: stride, rows: list, rowCount: list.count, count: count,
                into: &products, level: level)
        }
        for (place, row) in list.enumerated() {
            let expected = VectorKernelsReference.dot(data.query, data.rows[Int(row)])
            #expect(abs(Double(products[place]) - expected) <= 1e-6 * Double(count + 1))
        }
    }

    @Test(arguments: VectorKernels.availableLevels, [64, 128, 192, 256, 768, 2_048])
    func halfByteProductsAreExact(level: VectorKernels.Level, byteCount: Int) throws {
        var random = SeededRandom(seed: 17 + UInt64(byteCount))
        let rowCount = 9
        let stride = byteCount + 64
        let base = (0..<stride * rowCount).map { _ in UInt8.random(in: 0...255, using: &random) }
        // As far out as codes of a query go, too.
        let query = (0..<2 * byteCount).map { $0 % 7 == 0 ? 127 : Int8.random(in: -127...127, using: &random) }
        let expected = (0..<rowCount).map { row in
            VectorKernelsReference.nibbleDot(query, Array(base[row * stride..<row * stride + byteCount]))
        }
        try Self.withBase(base, or: 0) { base in
            for row in 0..<rowCount {
                let single = VectorKernels.nibbleDot(query, base + row * stride, byteCount: byteCount, level: level)
                #expect(single == expected[row])
            }
        }
        // Rows of a list lie side by side.
        let packed = (0..<rowCount).flatMap { base[$0 * stride..<$0 * stride + byteCount] }
        let list: [UInt32] = [8, 0, 3, 3, 7, 1, 2, 6, 5, 4, 8]
        var listed = [Int32](repeating: -1, count: list.count)
        try Self.withBase(packed, or: 0) { base in
            for areAsked in [false, true] {
                VectorKernels.nibbleDots(
                    query, base: base, stride: byteCount, rows: list, rowCount: list.count, areAsked: areAsked,
                    into: &listed, level: level)
                #expect(listed == list.map { expected[Int($0)] })
            }
        }
    }

    @Test(arguments: VectorKernels.availableLevels, [16, 32, 64, 192, 512])
    func sumsOfBitsAreExact(level: VectorKernels.Level, byteCount: Int) throws {
        var random = SeededRandom(seed: 20 + UInt64(byteCount))
        let rowCount = 9
        let stride = byteCount + 48
        // As far out as codes of a query go, too, and rows of ones and of zeros.
        let query = (0..<8 * byteCount).map { $0 % 7 == 0 ? 127 : Int8.random(in: -127...127, using: &random) }
        let base = (0..<stride * rowCount).map { place in
            place / stride == 3 ? 0xFF : place / stride == 4 ? 0 : UInt8.random(in: 0...255, using: &random)
        }
        let list: [UInt32] = [8, 0, 3, 3, 7, 1, 2, 6, 5, 4, 8]
        var sums = [Int32](repeating: -1, count: list.count)
        try Self.withBase(base, or: 0) { base in
            VectorKernels.signSums(
                query, base: base, stride: stride, rows: list, rowCount: list.count, byteCount: byteCount,
                into: &sums, level: level)
        }
        for (place, row) in list.enumerated() {
            let first = Int(row) * stride
            #expect(sums[place] == VectorKernelsReference.signSum(query, Array(base[first..<first + byteCount])))
        }
    }

    @Test(arguments: VectorKernels.availableLevels, [512, 528, 65_536])
    func extremeSumsOfBitsDoNotSaturate(level: VectorKernels.Level, byteCount: Int) {
        let row = [UInt8](repeating: 0xFF, count: byteCount)
        for extreme: Int8 in [127, -127] {
            let query = [Int8](repeating: extreme, count: 8 * byteCount)
            var sums = [Int32](repeating: 0, count: 5)
            VectorKernels.signSums(
                query, base: row, stride: byteCount, rows: [0, 0, 0, 0, 0], rowCount: 5, byteCount: byteCount,
                into: &sums, level: level)
            #expect(sums == [Int32](repeating: Int32(extreme) * Int32(8 * byteCount), count: 5))
        }
    }

    @Test(arguments: VectorKernels.availableLevels, [1, 7, 8, 100, 384, 1_537])
    func bitsSayWhatIsAtLeastTheMean(level: VectorKernels.Level, count: Int) {
        var data = Self.floats(count: count, rows: 1, seed: 21)
        // Equal to the mean, and no number at all.
        data.query[0] = data.rows[0][0]
        data.query[count / 2] = .nan
        var row = [UInt8](repeating: 0, count: (count + 7) / 8 + 1)
        VectorKernels.signRow(data.query, means: data.rows[0], count: count, into: &row, level: level)
        for place in 0..<8 * row.count {
            let isSet = row[place / 8] >> UInt8(place % 8) & 1 == 1
            #expect(isSet == (place < count && data.query[place] >= data.rows[0][place]))
        }
    }

    @Test(arguments: VectorKernels.availableLevels)
    func numbersAreInsertedInOrder(level: VectorKernels.Level) throws {
        var random = SeededRandom(seed: 19)
        for limit in [1, 7, 8, 9, 24, 100] {
            var found = [UInt64](repeating: 0, count: (limit + 7) / 8 * 8)
            var expected: [UInt64] = []
            for round in 0..<4 * limit {
                // Small ones are often equal.
                let value = UInt64.random(in: 0...(round % 2 == 0 ? 20 : .max), using: &random)
                if expected.count == limit { expected.removeLast() }
                let place = VectorKernels.insert(value, into: &found, count: expected.count, level: level)
                #expect(place == expected.count { $0 < value })
                expected.insert(value, at: place)
                #expect(Array(found[..<expected.count]) == expected)
            }
        }
    }

    @Test func halfBytesAtTheirLimitsDoNotSaturate() throws {
        let row = [UInt8](repeating: 0xFF, count: 2_048)
        for level in VectorKernels.availableLevels {
            for code in [Int8(127), -127] {
                let query = [Int8](repeating: code, count: 4_096)
                let product = VectorKernels.nibbleDot(query, row, byteCount: row.count, level: level)
                #expect(product == 4_096 * 15 * Int32(code))
            }
        }
    }

    @Test(arguments: VectorKernels.availableLevels, lengths)
    func codeProductsAreExact(level: VectorKernels.Level, count: Int) throws {
        let rowCount = 11
        let query = Self.codes(count: count, seed: 13)
        let stride = count + 5
        let base = Self.codes(count: stride * rowCount, seed: 14)
        let expected = (0..<rowCount).map { row in
            VectorKernelsReference.codeDot(query, Array(base[row * stride..<row * stride + count]))
        }
        try Self.withBase(query, or: 128) { query in
            try Self.withBase(base, or: 128) { base in
                let querySum = (0..<count).reduce(Int32(0)) { $0 + Int32(query[$1]) - 128 }
                var consecutive = [Int32](repeating: -1, count: rowCount)
                VectorKernels.codeDots(
                    query, querySum: querySum, base: base, stride: stride, rowCount: rowCount, count: count,
                    into: &consecutive, level: level)
                #expect(consecutive == expected)

                let order: [UInt32] = [10, 0, 3, 3, 9, 1, 2, 8, 7, 6, 5, 4, 10]
                var listed = [Int32](repeating: -1, count: order.count)
                VectorKernels.codeDots(
                    query, querySum: querySum, base: base, stride: stride, rows: order, rowCount: order.count,
                    count: count, into: &listed, level: level)
                #expect(listed == order.map { expected[Int($0)] })

                for row in 0..<rowCount {
                    let single = VectorKernels.codeDot(
                        query, querySum: querySum, base + row * stride, count: count, level: level)
                    #expect(single == expected[row])
                }
            }
        }
    }

    @Test(arguments: VectorKernels.availableLevels)
    func extremeCodesDoNotSaturate(level: VectorKernels.Level) {
        let count = 4_096
        for (left, right) in [(UInt8(1), UInt8(1)), (255, 255), (1, 255), (255, 1)] {
            let query = [UInt8](repeating: left, count: count)
            let row = [UInt8](repeating: right, count: count)
            let product = VectorKernels.codeDot(query, querySum: Self.sum(query), row, count: count, level: level)
            #expect(product == Int32(count) * (Int32(left) - 128) * (Int32(right) - 128))
        }
    }

    @Test(arguments: VectorKernels.availableLevels, lengths)
    func queriesAreFoldedAlikeOnEveryLevel(level: VectorKernels.Level, count: Int) throws {
        let data = Self.floats(count: count, rows: 2, seed: 18)
        for (mean, flip) in [(data.rows[0], UInt8(0)), ([], 128)] {
            func folded(_ level: VectorKernels.Level) throws -> (scale: Float, sum: Int32, bytes: [UInt8]) {
                var products = [Float](repeating: .nan, count: max(1, count))
                var bytes = [UInt8](repeating: 7, count: count + 1)
                let result = try Self.withBase(data.query, or: 0) { query in
                    try Self.withBase(data.rows[1], or: 0) { steps in
                        try Self.withBase(mean, or: 0) { mean in
                            VectorKernels.foldQuery(
                                query, mean: flip == 0 ? mean : nil, steps: steps, count: count, flip: flip,
                                products: &products, into: &bytes, level: level)
                        }
                    }
                }
                return (result.scale, result.sum, bytes)
            }
            let expected = try folded(.portable)
            let found = try folded(level)
            #expect(found.scale == expected.scale && found.sum == expected.sum && found.bytes == expected.bytes)
            // Nothing is written behind the codes, and they are what the products round to.
            #expect(found.bytes[count] == 7)
            let codes = found.bytes.dropLast().map { Int32(Int8(bitPattern: $0 ^ flip)) }
            #expect(codes.reduce(0, +) == found.sum && codes.allSatisfy { (-127...127).contains($0) })
            for index in 0..<count where found.scale > 0 {
                let centered = flip == 0 ? data.query[index] - mean[index] : data.query[index]
                #expect(abs(Double(codes[index]) - Double(centered * data.rows[1][index] / found.scale)) <= 0.501)
            }
        }
    }

    @Test(arguments: VectorKernels.availableLevels, [0, 1, 7, 8, 15, 16, 17, 63, 512])
    func everyLevelFindsTheSameScores(level: VectorKernels.Level, count: Int) {
        var random = SeededRandom(seed: UInt64(count) + 17)
        var scores = (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
        if count > 3 { (scores[1], scores[2], scores[3]) = (.nan, .infinity, -.infinity) }
        for least in [-Float.infinity, -0.5, scores.first ?? 0, 1, .infinity] {
            var places = [UInt32](repeating: 0, count: count + 16)
            let found = VectorKernels.places(of: scores, count: count, atLeast: least, into: &places, level: level)
            #expect(places.prefix(found).map(Int.init) == scores.indices.filter { scores[$0] >= least })
        }
    }

    @Test(arguments: VectorKernels.availableLevels, [0, 1, 7, 8, 17, 512])
    func upperEndsAreThoseOfExactSteps(level: VectorKernels.Level, count: Int) {
        var random = SeededRandom(seed: UInt64(count) + 23)
        let products = (0..<count).map { _ in Int32.random(in: -6_000_000...6_000_000, using: &random) }
        let scales = (0..<count).map { _ in Float.random(in: 0.000_5...0.002, using: &random) }
        let errors = (0..<count).map { _ in Float.random(in: 0...0.01, using: &random) }
        var ends = [Float](repeating: 0, count: count)
        VectorKernels.upperEnds(
            of: products, scales: scales, errors: errors, scale: 0.001, factor: 1.01, rest: 0.003, count: count,
            into: &ends, level: level)
        for index in 0..<count {
            let exact =
                Double(products[index]) * Double(Float(0.001)) * Double(scales[index])
                + Double(errors[index]) * Double(Float(1.01)) + Double(Float(0.003))
            #expect(abs(Double(ends[index]) - exact) <= 4 * 0x1p-24 * (abs(exact) + 0.02))
        }
    }
}
