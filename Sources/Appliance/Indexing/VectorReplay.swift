import HNSW
import IndexCore
import TenantStore

/// Brings the vectors of one space back: maps the files of its manifest, and reads from the rows what they do not hold.
struct VectorReplay {
    let reader: TenantReader
    let collection: UInt32
    let space: String

    /// Some vectors, as they lie in the rows.
    struct Slice: Sendable {
        var rows: [(id: PassageID, document: PassageID, vector: [Float])] = []
        /// The greatest id that was looked at: the next slice begins behind it.
        var end: UInt32
    }

    /// The vectors of a range of ids that are not in the index, from its beginning on.
    func slice(of range: ClosedRange<UInt32>, limit: Int, isIndexed: (PassageID) -> Bool) throws -> Slice {
        var slice = Slice(end: range.upperBound)
        let start = range.lowerBound > 0 ? PassageID(range.lowerBound - 1) : nil
        try reader.forEachVector(in: collection, space: space, after: start) { id, document, bytes in
            guard id.rawValue <= range.upperBound else { return false }
            if slice.rows.count == limit {
                slice.end = id.rawValue - 1
                return false
            }
            if !isIndexed(id) { slice.rows.append((id, document, Self.floats(bytes))) }
            return true
        }
        return slice
    }

    /// Reads the vectors that arrived after change `sequence` into an index, those of dead passages left out.
    /// - Returns: How many there were.
    func replay(newerThan sequence: Int64, into state: inout SpaceState, live: IDSet) throws -> Int {
        var count = 0
        try reader.forEachVector(in: collection, space: space, newerThan: sequence) { id, document, bytes in
            guard live.contains(id), !state.vectors.contains(id) else { return true }
            try state.vectors.append(id, document: document, bytes: bytes)
            count += 1
            return true
        }
        return count
    }

    /// The live passages that have a vector.
    func embedded(live: IDSet) throws -> IDSet {
        // Where all have one nothing needs to be read.
        if try reader.vectorCount(in: collection, space: space) == live.count { return live }
        var found = IDSet()
        try reader.forEachVectorID(in: collection, space: space) { id in
            if live.contains(id) { found.insert(id) }
        }
        return found
    }

    private static func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
        (0..<bytes.count / 4).map { component in
            let raw = bytes.loadUnaligned(fromByteOffset: 4 * component, as: UInt32.self)
            return Float(bitPattern: UInt32(littleEndian: raw))
        }
    }
}

extension IndexFolder {
    /// Opens the files of a manifest of vectors.
    /// - Returns: Nil where it names none.
    /// - Throws: ``LostFile``, naming the first that is not what it should be.
    func openVectors(
        _ manifest: Manifest, of collection: UInt32, dimension: Int
    ) throws(LostFile) -> VectorSegment? {
        var blocks: [VectorBlock] = []
        var graph: (sections: SegmentSections, row: ManifestFile)?
        for row in manifest.files {
            let isGraph = row.name.hasSuffix(Kind.graph.suffix)
            do {
                let file = try open(row.name, as: isGraph ? .graph : .vectors, of: collection)
                guard !isGraph else {
                    graph = (SegmentSections(file), row)
                    continue
                }
                let block = try VectorBlock(sections: SegmentSections(file))
                guard block.count == row.passageCount, block.idRange == row.passages else {
                    throw SegmentFileError.damaged(path: row.name, .content("it holds other passages"))
                }
                blocks.append(block)
            } catch {
                throw LostFile(name: row.name, error: error)
            }
        }
        guard let graph else {
            guard let name = manifest.files.first?.name else { return nil }
            throw LostFile(name: name, error: SegmentFileError.damaged(path: name, .content("no graph refers to it")))
        }
        do {
            let segment = try VectorSegment(sections: graph.sections, blocks: blocks)
            guard segment.count == graph.row.passageCount, segment.dimension == dimension,
                segment.parametersFingerprint == manifest.settings
            else {
                throw SegmentFileError.damaged(path: graph.row.name, .content("it holds another graph"))
            }
            return segment
        } catch {
            throw LostFile(name: graph.row.name, error: error)
        }
    }

    /// A file that cannot be used.
    struct LostFile: Error {
        let name: String
        let error: any Error
    }

    /// Writes what a merge has made: vectors that are in no file yet, then the graph.
    /// - Parameter keep: Told of each file when it is there.
    /// - Returns: The same segment as it lies in the files.
    func publish(
        _ segment: VectorSegment, of collection: UInt32, keep: (String) -> Void
    ) throws -> VectorSegment {
        let blocks = try segment.blocks.map { block in
            guard block.sections.file == nil else { return block }
            let file = try publish(block.sections, as: .vectors, of: collection)
            keep(file.name)
            return try VectorBlock(sections: SegmentSections(file))
        }
        let file = try publish(segment.sections, as: .graph, of: collection)
        keep(file.name)
        return try VectorSegment(sections: SegmentSections(file), blocks: blocks)
    }
}
