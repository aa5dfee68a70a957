import Access

/// Where the next page of a search starts.
///
/// Opaque to clients: version, offset, depth, the fingerprint of the index it was made on and a hash of the request
/// it belongs to, in base64url. It grants nothing, so it is checked but not signed.
package struct SearchCursor: Equatable {
    package var offset: Int
    package var depth: Int
    /// ``SearchResponse/indexFingerprint`` of the page before.
    package var fingerprint: String
    /// Ties the cursor to its query.
    package var requestHash: [UInt8]

    private static let version: UInt8 = 1
    private static let hashLength = 8

    /// The text clients hand back.
    package var encoded: String {
        var bytes: [UInt8] = [Self.version]
        for number in [UInt32(offset), UInt32(depth)] {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += requestHash
        bytes += Array(fingerprint.utf8)
        return Digest.base64URL(bytes)
    }

    package init(offset: Int, depth: Int, fingerprint: String, requestHash: [UInt8]) {
        self.offset = offset
        self.depth = depth
        self.fingerprint = fingerprint
        self.requestHash = requestHash
    }

    /// Reads a cursor back.
    /// - Throws: ``ApplianceError/invalidCursor`` for anything this version did not make for this request.
    package init(_ text: String, for request: SearchRequest) throws(ApplianceError) {
        let head = 1 + 4 + 4 + Self.hashLength
        guard text.utf8.count <= 256, let bytes = Digest.decodeBase64URL(text), bytes.count > head,
            bytes[0] == Self.version
        else { throw .invalidCursor }
        func number(_ start: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
        }
        offset = number(1)
        depth = number(5)
        requestHash = Array(bytes[9..<head])
        fingerprint = String(decoding: bytes[head...], as: UTF8.self)
        guard requestHash == Self.hash(of: request), SearchRequest.depthRange.contains(depth),
            (1...SearchRequest.deepestDocument).contains(offset)
        else { throw .invalidCursor }
    }

    /// A short hash of what the pages of one search have in common.
    package static func hash(of request: SearchRequest) -> [UInt8] {
        var bytes = Array(
            "\(request.mode.rawValue)\u{0}\(request.fusion.rawValue)\u{0}\(request.collection ?? "")\u{0}".utf8)
        bytes.reserveCapacity(bytes.count + 64 + request.query.utf8.count + 4 * (request.embedding?.count ?? 0))
        let numbers = [
            request.keywordWeight, request.vectorWeight, request.k, request.minScore ?? -1,
            request.minVectorScore ?? -2,
            Double(request.ef ?? 0),
        ]
        for number in numbers {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for number in request.embedding ?? [] {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += request.query.utf8
        return Array(Digest.sha256(bytes).prefix(hashLength))
    }
}
