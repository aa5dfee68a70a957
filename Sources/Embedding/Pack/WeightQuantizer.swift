/// Codes a matrix as 8-bit integers, each row by its own scale, max|w| / 127.
struct WeightQuantizer {
    /// `[rows x columns]`, row-major.
    private(set) var codes: [Int8]
    private(set) var scales: [Float]
    /// Sum of each row's codes.
    private(set) var sums: [Int32]
    private let columns: Int

    init(_ weights: [Float], rows: Int, columns: Int) {
        self.columns = columns
        codes = []
        codes.reserveCapacity(weights.count)
        scales = []
        sums = []
        for row in 0..<rows {
            let values = weights[row * columns..<(row + 1) * columns]
            let peak = values.reduce(0) { max($0, abs($1)) }
            let scale = peak > 0 ? peak / 127 : 1
            var sum: Int32 = 0
            for value in values {
                let code = Int8((value / scale).rounded(.toNearestOrEven))
                codes.append(code)
                sum += Int32(code)
            }
            scales.append(scale)
            sums.append(sum)
        }
    }

    /// The codes as the kernels read them: panels of 32 rows, in a panel four columns of each row side by side,
    /// `[rows / 32][columns / 4][32][4]`.
    var panels: [Int8] {
        let width = 32
        var panels: [Int8] = []
        panels.reserveCapacity(codes.count)
        for first in stride(from: 0, to: scales.count, by: width) {
            for column in stride(from: 0, to: columns, by: 4) {
                for row in first..<first + width {
                    panels += codes[row * columns + column..<row * columns + column + 4]
                }
            }
        }
        return panels
    }
}
