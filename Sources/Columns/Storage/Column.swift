/// The values of one field in one segment, in the order of their rows.
///
/// A row with several values has them side by side, ascending and each once. Memory: 8 bytes for a number, a date or a
/// truth value (10 for numbers of a column that holds whole numbers beyond 2^53), 4 for a keyword and once per
/// segment its text and 8 bytes; and 4 more for each value unless every row has exactly one.
struct Column: Sendable {
    /// What is stored of each value.
    enum Cells: Sendable {
        /// Integers in the order of the values; `rests` is empty where all are 0.
        case keys([Int64], rests: [Int16])
        case ordinals([UInt32], KeywordDictionary)
    }

    let type: FieldType
    let rows: RowList
    let cells: Cells
    /// Rows with a value that is kept with its document alone, ascending, each once.
    let unfit: [UInt32]

    /// The number of values.
    var count: Int {
        switch cells {
        case .keys(let keys, _): keys.count
        case .ordinals(let ordinals, _): ordinals.count
        }
    }

    var byteCount: Int {
        let own =
            switch cells {
            case .keys(let keys, let rests): 8 * keys.count + 2 * rests.count
            case .ordinals(let ordinals, let dictionary): 4 * ordinals.count + dictionary.byteCount
            }
        return own + rows.byteCount + 4 * unfit.count
    }

    /// The value at a place of the column.
    func key(at place: Int) -> FieldKey {
        switch cells {
        case .keys(let keys, let rests):
            FieldKey(type, CellValue.key(keys[place], rest: rests.isEmpty ? 0 : rests[place]))
        case .ordinals(let ordinals, let dictionary): .keyword(dictionary[Int(ordinals[place])])
        }
    }
}

/// The row of each value of a column; nothing is stored where value `n` is that of row `n`.
struct RowList: Sendable {
    private let rows: [UInt32]
    private let isDense: Bool

    /// - Parameter rows: Ascending, of a segment of `rowCount`.
    init(_ rows: [UInt32], rowCount: Int) {
        isDense = rows.count == rowCount && rows.enumerated().allSatisfy { $0.offset == Int($0.element) }
        self.rows = isDense ? [] : rows
    }

    var byteCount: Int { 4 * rows.count }

    @inline(__always)
    subscript(place: Int) -> Int { isDense ? place : Int(rows[place]) }

    /// The places of a row's values.
    func places(of row: Int) -> Range<Int> {
        if isDense { return row..<row + 1 }
        func bound(_ limit: Int) -> Int {
            var (low, high) = (0, rows.count)
            while low < high {
                let middle = (low + high) / 2
                if Int(rows[middle]) < limit { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return bound(row)..<bound(row + 1)
    }
}

/// A number, date or truth value as one integer in the order of the values: 16 bits of it are a number's rest.
enum CellValue {
    static func key(_ key: Int64, rest: Int16) -> Int128 { (Int128(key) << 16) + Int128(rest) }

    /// Splits what ``key(_:rest:)`` joined.
    static func split(_ value: Int128) -> (key: Int64, rest: Int16) {
        let key = (value + 0x8000) >> 16
        return (Int64(truncatingIfNeeded: key), Int16(truncatingIfNeeded: value - (key << 16)))
    }
}

extension FieldKey {
    /// The value as one integer; nil for a keyword.
    var cell: Int128? {
        switch self {
        case .number(let number): CellValue.key(number.orderedBits, rest: number.rest)
        case .date(let date): CellValue.key(date.microseconds, rest: 0)
        case .boolean(let value): CellValue.key(value ? 1 : 0, rest: 0)
        case .keyword: nil
        }
    }

    /// The value of a column of this type, which holds no keywords.
    init(_ type: FieldType, _ cell: Int128) {
        let (key, rest) = CellValue.split(cell)
        self =
            switch type {
            case .date: .date(FieldDate(microseconds: key))
            case .boolean: .boolean(key != 0)
            case .number, .keyword: .number(FieldNumber(orderedBits: key, rest: rest))
            }
    }
}
