/// The tensors of a safetensors file: a JSON table of names and byte ranges, then raw numbers.
///
/// Reads one known file, whose hash was checked before, so it looks for the few members it needs instead of parsing JSON;
/// every offset is checked all the same.
struct Safetensors {
    private let path: String
    private let bytes: [UInt8]
    /// Offset of the first tensor.
    private let body: Int

    init(_ bytes: [UInt8], path: String) throws(EmbeddingError) {
        var prefix = ByteFields(Array(bytes.prefix(8)))
        guard bytes.count >= 8, let length = Int(exactly: prefix.takeUInt64()), length <= bytes.count - 8 else {
            throw .corruptSource(path: path, reason: "not a safetensors file")
        }
        self.path = path
        self.bytes = bytes
        body = 8 + length
    }

    /// The numbers of the float32 tensor `name`, which must be `count`.
    func floats(_ name: String, count: Int) throws(EmbeddingError) -> [Float] {
        guard let range = range(of: name), range.count == count * 4 else {
            throw .corruptSource(path: path, reason: "no tensor \(name) of \(count) float32")
        }
        return bytes.withUnsafeBytes { buffer in
            (0..<count).map { index in
                let bits = buffer.loadUnaligned(fromByteOffset: range.lowerBound + 4 * index, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
        }
    }

    /// Finds `"name":{"dtype":"F32","shape":[…],"data_offsets":[first,last]}`; the range is within the file.
    private func range(of name: String) -> Range<Int>? {
        let member = Array("\"\(name)\":{\"dtype\":\"F32\",".utf8)
        let offsets = Array("\"data_offsets\":[".utf8)
        guard let start = position(after: member, from: 8), var next = position(after: offsets, from: start),
            let first = number(at: &next, before: UInt8(ascii: ",")),
            let last = number(at: &next, before: UInt8(ascii: "]")),
            first <= last, last <= bytes.count - body
        else { return nil }
        return body + first..<body + last
    }

    private func position(after pattern: [UInt8], from start: Int) -> Int? {
        var position = start
        while position + pattern.count <= body {
            if bytes[position] == pattern[0], bytes[position..<position + pattern.count].elementsEqual(pattern) {
                return position + pattern.count
            }
            position += 1
        }
        return nil
    }

    private func number(at position: inout Int, before end: UInt8) -> Int? {
        var value = 0
        while position < body, bytes[position] != end {
            let digit = Int(bytes[position]) - 48
            guard 0...9 ~= digit, value < 1 << 50 else { return nil }
            value = value * 10 + digit
            position += 1
        }
        position += 1
        return value
    }
}
