/// Collects tensors and makes a pack's bytes of them; the same tensors give the same bytes.
struct PackWriter {
    private var tensors: [(specification: TensorSpecification, bytes: [UInt8])] = []

    mutating func append(_ specification: TensorSpecification, _ bytes: [UInt8]) {
        precondition(bytes.count == specification.rows * specification.columns * specification.type.byteCount)
        precondition(specification.name.utf8.count <= PackFormat.nameSize)
        tensors.append((specification, bytes))
    }

    mutating func append<Element>(_ specification: TensorSpecification, _ numbers: [Element]) {
        append(specification, numbers.withUnsafeBytes { Array($0) })
    }

    consuming func finish(_ precision: ModelPack.Precision) -> [UInt8] {
        let tableEnd = PackFormat.headerSize + tensors.count * PackFormat.entrySize
        var table: [UInt8] = []
        var end = tableEnd
        for (specification, bytes) in tensors {
            let offset = PackFormat.aligned(end)
            appendEntry(specification, at: offset, byteCount: bytes.count, to: &table)
            end = offset + bytes.count
        }
        var body = table
        body.reserveCapacity(end)
        for (_, bytes) in tensors {
            let position = PackFormat.headerSize + body.count
            body.append(contentsOf: repeatElement(0, count: PackFormat.aligned(position) - position))
            body.append(contentsOf: bytes)
        }
        return header(precision, byteCount: end, hash: sha256(body)) + body
    }

    private func header(_ precision: ModelPack.Precision, byteCount: Int, hash: [UInt8]) -> [UInt8] {
        var header = PackFormat.magic
        header.appendLittleEndian(PackFormat.version)
        header.appendLittleEndian(precision.rawValue)
        header.appendLittleEndian(UInt32(tensors.count))
        header.appendLittleEndian(UInt32(0))
        header.appendLittleEndian(UInt64(byteCount))
        return header + hash
    }

    private func appendEntry(
        _ specification: TensorSpecification, at offset: Int, byteCount: Int, to table: inout [UInt8]
    ) {
        let name = Array(specification.name.utf8)
        table += name + repeatElement(0, count: PackFormat.nameSize - name.count)
        table.appendLittleEndian(specification.type.rawValue)
        table.appendLittleEndian(UInt32(specification.rows))
        table.appendLittleEndian(UInt32(specification.columns))
        table.appendLittleEndian(UInt32(0))
        table.appendLittleEndian(UInt64(offset))
        table.appendLittleEndian(UInt64(byteCount))
    }
}

extension ModelPack {
    /// The bytes of a pack with the hash that fits them: for tests of what is checked beside the hash.
    package static func rehashed(_ pack: [UInt8]) -> [UInt8] {
        guard pack.count >= PackFormat.headerSize else { return pack }
        let hash = sha256(Array(pack[PackFormat.headerSize...]))
        return Array(pack[..<PackFormat.hashOffset]) + hash + Array(pack[PackFormat.headerSize...])
    }
}
