package import IndexCore

// What tests look at.
extension VectorSegment {
    /// All sections one after another: equal segments have equal bytes.
    package var bytes: [UInt8] {
        sections.copies.flatMap { $0.bytes }
    }

    /// The neighbours of a row on a level, as rows; empty where the row does not reach the level.
    package func neighbors(row: Int, level: Int) -> [Int] { graph.neighbors(row, level: level) }

    /// The highest level of a row's node.
    package func level(row: Int) -> Int { GraphView.level(of: ids[row], m: header.m) }

    /// The passage of a row.
    package func passage(row: Int) -> PassageID { PassageID(ids[row]) }

    /// The row a search enters at, and its level.
    package var entry: (row: Int, level: Int) { (graph.entry, graph.highestLevel) }

    /// Vectors there were when the quantiser was trained.
    package var trainedCount: Int { header.trainedCount }
}

extension VectorBlock {
    /// All sections one after another.
    package var bytes: [UInt8] {
        sections.copies.flatMap { $0.bytes }
    }
}
