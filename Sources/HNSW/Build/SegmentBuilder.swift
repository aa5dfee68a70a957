import Glibc
import IndexCore

/// Writes the sections of a segment.
struct SegmentBuilder {
    let parameters: HNSWParameters
    let dimension: Int
    let blocks: [VectorBlock]
    /// Where the nodes' vectors lie: `source` is a block's number.
    let places: [VectorPlace]
    /// What those of them that are live are like.
    let shape: SpaceShape

    /// A segment without a graph: rows in the order of `places`.
    func scanned() -> VectorSegment {
        var header = SegmentHeader()
        header.trainedCount = places.count
        return finish(header, rows(places.indices.map { UInt32($0) }))
    }

    /// A segment with a graph, its rows in `order`.
    func walked(
        _ graph: BuildGraph, order: [UInt32], quantizer: Quantizer?, signs: RowSigns?, trainedCount: Int
    ) -> VectorSegment {
        var header = SegmentHeader()
        header.hasGraph = true
        header.trainedCount = trainedCount
        header.highestLevel = graph.highestLevel
        header.upperBlockCount = graph.upperBlockCount
        var rowOfNode = [UInt32](repeating: 0, count: places.count)
        for (row, node) in order.enumerated() {
            rowOfNode[Int(node)] = UInt32(row)
        }
        header.entry = Int(rowOfNode[graph.entry])
        var sections = linkSections(graph, order, rowOfNode)
        sections += codeSections(order, quantizer)
        if let signs, SignCodes.areKept(parameters.codes, dimension: dimension) {
            header.signs = signs.codes.scale
            sections.append((SegmentLayout.signs, signs.copy(in: order)))
        }
        sections += rows(order)
        if let quantizer {
            sections.append(section(SegmentLayout.quantizer, quantizer.mean + quantizer.step))
        }
        return finish(header, sections)
    }

    private typealias Section = (name: SegmentSections.Name, bytes: UnsafeMutableRawBufferPointer)

    private func section<T: BitwiseCopyable>(_ name: SegmentSections.Name, _ values: [T]) -> Section {
        let bytes = SectionMemory.allocate(byteCount: values.count * MemoryLayout<T>.stride)
        values.withUnsafeBytes { bytes.copyMemory(from: $0) }
        return (name, bytes)
    }

    private func linkSections(_ graph: BuildGraph, _ order: [UInt32], _ rowOfNode: [UInt32]) -> [Section] {
        let m0 = graph.m0
        let bytes = SectionMemory.allocate(byteCount: order.count * m0 * 4)
        let links = bytes.bindMemory(to: UInt32.self)
        var starts = [UInt32](repeating: GraphView.noBlock, count: order.count)
        var upper: [UInt32] = []
        upper.reserveCapacity(graph.upperBlockCount * (graph.m + 1))
        for (row, node) in order.enumerated() {
            let node = Int(node)
            for place in 0..<m0 {
                let isUsed = place < Int(graph.counts0[node])
                links[row * m0 + place] = isUsed ? rowOfNode[Int(graph.links0[node * m0 + place])] : UInt32(row)
            }
            guard graph.levels[node] > 0 else { continue }
            starts[row] = UInt32(upper.count / (graph.m + 1))
            for level in 1...Int(graph.levels[node]) {
                let block = graph.upperBlock(node, level: level)
                upper.append(block[0])
                for place in 0..<graph.m {
                    upper.append(place < Int(block[0]) ? rowOfNode[Int(block[1 + place])] : 0)
                }
            }
        }
        return [
            (SegmentLayout.links, bytes), section(SegmentLayout.starts, starts), section(SegmentLayout.upper, upper),
        ]
    }

    private func codeSections(_ order: [UInt32], _ quantizer: Quantizer?) -> [Section] {
        let stride = Quantizer.rowByteCount(parameters.codes, dimension: dimension)
        let bytes = SectionMemory.allocate(byteCount: order.count * stride)
        let keepsCodes = FloatCodes.areKept(parameters.codes, dimension: dimension)
        let hasTerms = SegmentLayout.hasTerms(parameters.metric, parameters.codes, dimension: dimension)
        var terms = [Float](repeating: 0, count: hasTerms ? order.count : 0)
        guard let base = bytes.baseAddress else { return [] }
        for (row, node) in order.enumerated() {
            let place = places[Int(node)]
            let columns = blocks[place.source].columns
            let vector = columns.vector(place.row)
            if let quantizer {
                quantizer.encode(vector, to: (base + row * stride).assumingMemoryBound(to: UInt8.self))
            } else {
                (base + row * stride).copyMemory(from: vector, byteCount: stride)
            }
            if hasTerms {
                terms[row] = quantizer?.term(vector) ?? (columns.norms?[place.row] ?? 0) / 2
            }
        }
        var sections: [Section] = [(SegmentLayout.codes, bytes)]
        if hasTerms { sections.append(section(SegmentLayout.terms, terms)) }
        return keepsCodes ? sections + floatCodeSections(order) : sections
    }

    /// The int8 codes of the blocks and what belongs to them, in the order of the rows.
    private func floatCodeSections(_ order: [UInt32]) -> [Section] {
        let stride = VectorColumns.codeStride(dimension)
        let bytes = SectionMemory.allocateUninitialized(byteCount: order.count * stride)
        let factors = order.enumerated().map { row, node in
            let place = places[Int(node)]
            let columns = blocks[place.source].columns
            (bytes + row * stride).copyMemory(from: columns.code(place.row), byteCount: stride)
            return FloatCodeFactors(scale: columns.scales[place.row], error: columns.errors[place.row])
        }
        return [
            (SegmentLayout.floatCodes, UnsafeMutableRawBufferPointer(start: bytes, count: order.count * stride)),
            section(SegmentLayout.floatCodeFactors, factors),
        ]
    }

    /// Ids and places of the nodes in the order of their rows.
    private func rows(_ order: [UInt32]) -> [Section] {
        let starts = blocks.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
        let ordered = order.map { places[Int($0)] }
        return [
            section(SegmentLayout.ids, ordered.map(\.id)),
            section(SegmentLayout.places, ordered.map { UInt32(starts[$0.source] + $0.row) }),
        ]
    }

    private func finish(_ draft: SegmentHeader, _ sections: [Section]) -> VectorSegment {
        var header = draft
        header.metric = parameters.metric
        header.codes = parameters.codes
        header.dimension = dimension
        header.m = parameters.m
        header.count = places.count
        header.blockCount = blocks.count
        header.fingerprint = parameters.fingerprint
        header.deviation = shape.deviation
        let sections = sections + [section(SegmentLayout.mean, shape.mean)]
        let list = section(
            SegmentLayout.blocks, blocks.flatMap { [$0.contentHash.littleEndian, UInt64($0.count).littleEndian] })
        header.contentHash = contentHash(header, [list] + sections)
        let head = section(SegmentLayout.header, header.bytes())
        do {
            return try VectorSegment(sections: SegmentSections(adopting: [head, list] + sections), blocks: blocks)
        } catch {
            preconditionFailure("a segment is written as it is read: \(error)")
        }
    }

    private func contentHash(_ header: SegmentHeader, _ sections: [Section]) -> UInt64 {
        var hash = ContentHash()
        header.bytes().withUnsafeBytes { hash.add(UInt64(Checksum.crc32c($0))) }
        for (_, bytes) in sections {
            hash.add(UInt64(Checksum.crc32c(UnsafeRawBufferPointer(bytes))))
        }
        return hash.value
    }
}
