/// A mapped pack whose every offset, type and shape was checked.
///
/// Nothing is read through the map before the hash was verified by reading the file; after that the tensors are used in
/// place, without copies.
final class PackReader: Sendable {
    let id: EmbedderID
    let precision: ModelPack.Precision
    private let file: MappedFile
    private let tensors: [String: Tensor]

    /// Where a tensor lies in the file.
    struct Tensor: Equatable {
        let type: PackFormat.ElementType
        let rows: Int
        let columns: Int
        let bytes: Range<Int>
    }

    var byteCount: Int { file.bytes.count }

    /// Opens and validates a pack.
    /// - Parameter trustsRecord: Whether the hash of a file that did not change since it was verified is believed.
    init(_ path: String, trustsRecord: Bool = true) throws(EmbeddingError) {
        let file = try OpenFile(path)
        let header = try PackHeader(file)
        try Self.verifyHash(of: file, header, trustsRecord: trustsRecord)
        tensors = try Self.readTable(file, header)
        try Self.checkLayout(of: file, tensors, header.precision)
        precision = header.precision
        id = EmbedderID(
            provider: MiniLMShape.provider, model: MiniLMShape.model, dimension: MiniLMShape.hidden,
            precision: header.precision.description, packSHA256: hexadecimal(header.hash)
        )
        self.file = try MappedFile(file)
    }

    /// The numbers of a tensor; the layout was checked, so an unknown name is a bug.
    func floats(_ name: String) -> UnsafePointer<Float> { pointer(name, .float32) }

    /// See ``floats(_:)``.
    func int8s(_ name: String) -> UnsafePointer<Int8> { pointer(name, .int8) }

    /// See ``floats(_:)``.
    func int32s(_ name: String) -> UnsafePointer<Int32> { pointer(name, .int32) }

    func bytes(_ name: String) -> UnsafeRawBufferPointer {
        guard let tensor = tensors[name] else { preconditionFailure("no tensor \(name)") }
        return UnsafeRawBufferPointer(rebasing: file.bytes[tensor.bytes])
    }

    private func pointer<Element>(_ name: String, _ type: PackFormat.ElementType) -> UnsafePointer<Element> {
        guard let tensor = tensors[name], tensor.type == type, let base = file.bytes.baseAddress else {
            preconditionFailure("no tensor \(name) of \(type)")
        }
        return (base + tensor.bytes.lowerBound).assumingMemoryBound(to: Element.self)
    }
}

extension OpenFile {
    fileprivate func corrupt(_ defect: PackDefect) -> EmbeddingError { .corruptPack(path: path, defect: defect) }
}

/// The first 64 bytes of a pack.
struct PackHeader {
    let precision: ModelPack.Precision
    let entryCount: Int
    let hash: [UInt8]

    init(_ file: borrowing OpenFile) throws(EmbeddingError) {
        let size = PackFormat.headerSize
        guard file.byteCount >= size else { throw file.corrupt(.size(expected: size, found: file.byteCount)) }
        var fields = ByteFields(try file.bytes(at: 0, count: size))
        guard fields.take(8) == PackFormat.magic[...] else { throw file.corrupt(.magic) }
        let version = fields.takeUInt32()
        guard version == PackFormat.version else { throw file.corrupt(.version(version)) }
        let code = fields.takeUInt32()
        guard let precision = ModelPack.Precision(rawValue: code) else { throw file.corrupt(.precision(code)) }
        let entryCount = Int(fields.takeUInt32())
        guard 1...PackFormat.maximumEntries ~= entryCount else {
            throw file.corrupt(.header(field: "number of entries"))
        }
        guard fields.takeUInt32() == 0 else { throw file.corrupt(.header(field: "reserved field")) }
        guard let byteCount = Int(exactly: fields.takeUInt64()) else { throw file.corrupt(.header(field: "size")) }
        guard byteCount == file.byteCount else {
            throw file.corrupt(.size(expected: byteCount, found: file.byteCount))
        }
        guard size + entryCount * PackFormat.entrySize <= byteCount else {
            throw file.corrupt(.header(field: "number of entries"))
        }
        self.precision = precision
        self.entryCount = entryCount
        hash = Array(fields.take(32))
    }
}

extension PackReader {
    private static func verifyHash(
        of file: borrowing OpenFile, _ header: PackHeader, trustsRecord: Bool
    ) throws(EmbeddingError) {
        let record = VerifiedRecord(packAt: file.path, identity: file.identity, hash: header.hash)
        if trustsRecord && record.holds { return }
        let found = try file.sha256(from: PackFormat.headerSize)
        guard found == header.hash else {
            throw file.corrupt(.hash(expected: hexadecimal(header.hash), found: hexadecimal(found)))
        }
        record.save()
    }

    private static func readTable(
        _ file: borrowing OpenFile, _ header: PackHeader
    ) throws(EmbeddingError) -> [String: Tensor] {
        let byteCount = header.entryCount * PackFormat.entrySize
        var fields = ByteFields(try file.bytes(at: PackFormat.headerSize, count: byteCount))
        var tensors: [String: Tensor] = [:]
        var end = PackFormat.headerSize + byteCount
        for entry in 0..<header.entryCount {
            do throws(EntryError) {
                let (name, tensor) = try readEntry(&fields, after: end, fileSize: file.byteCount)
                guard tensors.updateValue(tensor, forKey: name) == nil else { throw EntryError(field: "name") }
                end = tensor.bytes.upperBound
            } catch {
                throw file.corrupt(.table(entry: entry, field: error.field))
            }
        }
        return tensors
    }

    private struct EntryError: Error { let field: String }

    /// Tensors lie in the order of the table, so that none overlaps another.
    private static func readEntry(
        _ fields: inout ByteFields, after end: Int, fileSize: Int
    ) throws(EntryError) -> (String, Tensor) {
        let nameBytes = fields.take(PackFormat.nameSize)
        let letters = nameBytes.prefix { $0 != 0 }
        let isName = !letters.isEmpty && letters.allSatisfy { 0x21...0x7E ~= $0 }
        guard isName, nameBytes[letters.endIndex...].allSatisfy({ $0 == 0 }) else { throw EntryError(field: "name") }
        guard let type = PackFormat.ElementType(rawValue: fields.takeUInt32()) else { throw EntryError(field: "type") }
        let rows = Int(fields.takeUInt32())
        let columns = Int(fields.takeUInt32())
        guard fields.takeUInt32() == 0 else { throw EntryError(field: "reserved field") }
        guard let offset = Int(exactly: fields.takeUInt64()) else { throw EntryError(field: "offset") }
        guard let byteCount = Int(exactly: fields.takeUInt64()) else { throw EntryError(field: "size") }
        // Two UInt32 and at most 4: the product of the shape fits 64 bits only below this bound.
        guard rows <= 1 << 28, columns <= 1 << 28, byteCount == rows * columns * type.byteCount else {
            throw EntryError(field: "shape")
        }
        guard offset % PackFormat.alignment == 0, offset >= end, offset <= fileSize, byteCount <= fileSize - offset
        else { throw EntryError(field: "offset") }
        let tensor = Tensor(type: type, rows: rows, columns: columns, bytes: offset..<offset + byteCount)
        return (String(decoding: letters, as: UTF8.self), tensor)
    }

    private static func checkLayout(
        of file: borrowing OpenFile, _ tensors: [String: Tensor], _ precision: ModelPack.Precision
    ) throws(EmbeddingError) {
        for wanted in PackLayout.tensors(precision) {
            guard let tensor = tensors[wanted.name] else {
                throw file.corrupt(.tensor(name: wanted.name, problem: "is missing"))
            }
            guard tensor.type == wanted.type else {
                throw file.corrupt(.tensor(name: wanted.name, problem: "has type \(tensor.type), not \(wanted.type)"))
            }
            guard tensor.rows == wanted.rows, tensor.columns == wanted.columns else {
                let found = "\(tensor.rows) x \(tensor.columns)"
                let expected = "\(wanted.rows) x \(wanted.columns)"
                throw file.corrupt(.tensor(name: wanted.name, problem: "is \(found), not \(expected)"))
            }
        }
        guard let vocabulary = tensors[PackLayout.vocabulary], vocabulary.type == .uint8 else {
            throw file.corrupt(.tensor(name: PackLayout.vocabulary, problem: "is missing"))
        }
    }
}
