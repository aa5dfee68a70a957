/// Makes one column, row by row.
struct ColumnBuilder {
    private let type: FieldType
    private var rows: [UInt32] = []
    private var keys: [Int64] = []
    private var rests: [Int16] = []
    private var keywords: [Keyword] = []
    private var unfit: [UInt32] = []

    init(_ type: FieldType) { self.type = type }

    /// Adds the values of one row; rows come ascending.
    mutating func add(_ values: [FieldValue], row: Int) {
        var found: [FieldKey] = []
        for value in values {
            if let key = type.key(of: value) {
                found.append(key)
            } else if unfit.last != UInt32(row) {
                unfit.append(UInt32(row))
            }
        }
        if found.count > 1 { found.sort() }
        for (place, key) in found.enumerated() where place == 0 || key != found[place - 1] {
            rows.append(UInt32(row))
            if case .keyword(let keyword) = key {
                keywords.append(keyword)
            } else if let cell = key.cell {
                let (key, rest) = CellValue.split(cell)
                keys.append(key)
                rests.append(rest)
            }
        }
    }

    func build(rowCount: Int) -> Column {
        let cells: Column.Cells
        if type == .keyword {
            let distinct = Set(keywords).sorted()
            let ordinals = Dictionary(
                distinct.enumerated().map { ($0.element, UInt32($0.offset)) }, uniquingKeysWith: { first, _ in first })
            cells = .ordinals(keywords.map { ordinals[$0] ?? 0 }, KeywordDictionary(distinct))
        } else {
            cells = .keys(keys, rests: rests.allSatisfy { $0 == 0 } ? [] : rests)
        }
        return Column(type: type, rows: RowList(rows, rowCount: rowCount), cells: cells, unfit: unfit)
    }
}
