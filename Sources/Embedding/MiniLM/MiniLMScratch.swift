import CKernels

/// The working memory of one thread that embeds: about 5 MB of address space, of which short texts touch little.
///
/// Made by ``MiniLM/makeScratch()`` and never shared; everything is as large as the largest batch needs from the start.
public final class MiniLMScratch {
    private static let rows = MiniLMShape.maximumTokens

    /// `[tokens x 384]`: the state between layers, and the result of each half of a layer.
    let state: UnsafeMutablePointer<Float>
    let result: UnsafeMutablePointer<Float>
    let attended: UnsafeMutablePointer<Float>
    /// `[tokens x 1,536]`: queries, keys and values, then the intermediate layer.
    let wide: UnsafeMutablePointer<Float>
    /// 8-bit codes of a layer's input, and their scales.
    let codes: UnsafeMutablePointer<UInt8>
    let codeScales: UnsafeMutablePointer<Float>
    private(set) var attention: embedding_attention_scratch
    private var allocations: [UnsafeMutableRawPointer] = []

    init() {
        let rows = Self.rows
        var allocations: [UnsafeMutableRawPointer] = []
        func room<Element: BitwiseCopyable>(_ count: Int, of type: Element.Type) -> UnsafeMutablePointer<Element> {
            let byteCount = count * MemoryLayout<Element>.stride
            let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
            allocations.append(memory)
            return memory.bindMemory(to: Element.self, capacity: count)
        }
        let hidden = MiniLMShape.hidden
        let width = MiniLMShape.headWidth
        state = room(rows * hidden, of: Float.self)
        result = room(rows * hidden, of: Float.self)
        attended = room(rows * hidden, of: Float.self)
        wide = room(rows * MiniLMShape.intermediate, of: Float.self)
        codes = room(rows * MiniLMShape.intermediate, of: UInt8.self)
        codeScales = room(rows, of: Float.self)
        let tileRows = EMBEDDING_TILE_ROWS
        attention = embedding_attention_scratch(
            capacity: rows,
            queries: room(rows * width, of: Int16.self),
            keys: room(rows * width, of: Int16.self),
            values: room(rows * width, of: Int16.self),
            query_scales: room(rows, of: Float.self),
            key_scales: room(rows, of: Float.self),
            scores: room(tileRows * rows, of: Float.self),
            weights: room(tileRows * rows, of: Int16.self)
        )
        self.allocations = allocations
    }

    deinit {
        for memory in allocations { memory.deallocate() }
    }
}
