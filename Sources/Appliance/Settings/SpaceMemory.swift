import HNSW

extension HNSWParameters {
    /// Bytes of one vector that a walk through the graph reads, with these codes: its codes and its links on level 0.
    ///
    /// The vectors themselves stay in their file; of them those of the best candidates alone are read.
    func walkBytes(_ codes: TraversalCodes, dimension: Int) -> Int {
        let row =
            switch codes {
            case .float32: (dimension + 15) / 16 * 64
            case .int8: (dimension + 63) / 64 * 64
            case .int4: (dimension + 127) / 128 * 64
            }
        return row + 4 * m0
    }
}
