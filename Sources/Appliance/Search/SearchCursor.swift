import Access
import JSON

/// Where the next page of a search starts.
struct SearchCursor: Equatable {
    var offset: Int
    var depth: Int
    /// ``SearchResponse/indexFingerprint`` of the page before.
    var fingerprint: String

    /// Offset and depth in four bytes each, little-endian, then the fingerprint.
    var payload: [UInt8] {
        var bytes: [UInt8] = []
        for number in [UInt32(offset), UInt32(depth)] {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes + Array(fingerprint.utf8)
    }

    init(offset: Int, depth: Int, fingerprint: String) {
        self.offset = offset
        self.depth = depth
        self.fingerprint = fingerprint
    }

    /// - Throws: ``ApplianceError/invalidCursor``.
    init(payload: [UInt8]) throws(ApplianceError) {
        guard payload.count > 8 else { throw .invalidCursor }
        func number(_ start: Int) -> Int { (0..<4).reduce(0) { $0 | Int(payload[start + $1]) << (8 * $1) } }
        offset = number(0)
        depth = number(4)
        fingerprint = String(decoding: payload[8...], as: UTF8.self)
        guard SearchRequest.depthRange.contains(depth), (1...SearchRequest.deepestDocument).contains(offset) else {
            throw .invalidCursor
        }
    }
}

/// The place of one answer among the pages of its search; makes the cursors that lead on.
package struct SearchPager: Sendable {
    private let cursors: CursorSeal
    private let binding: CursorSeal.Binding
    package private(set) var offset = 0
    package private(set) var depth: Int
    /// Of the index that answers.
    private let fingerprint: String
    /// Whether the index is another one than that of the page before.
    package private(set) var hasIndexChanged = false

    /// - Throws: ``ApplianceError/invalidCursor`` when the request's cursor is another's.
    package init(_ request: SearchRequest, fingerprint: String, cursors: CursorSeal) throws(ApplianceError) {
        self.cursors = cursors
        self.fingerprint = fingerprint
        binding = cursors.binding("search", request.pagedContent)
        depth = max(request.depth, min(request.limit, SearchRequest.depthRange.upperBound))
        guard let text = request.cursor else { return }
        let cursor = try SearchCursor(payload: try cursors.open(text, for: binding))
        offset = cursor.offset
        depth = cursor.depth
        hasIndexChanged = cursor.fingerprint != fingerprint
    }

    /// The page of the same search that begins behind so many hits.
    func page(at offset: Int) -> SearchPager {
        var page = self
        page.offset = offset
        return page
    }

    /// What leads to the page behind this many hits; nil where paging ends before.
    package func cursor(after count: Int) -> String? {
        let next = offset + count
        guard next <= SearchRequest.deepestDocument else { return nil }
        return cursors.close(
            SearchCursor(offset: next, depth: depth, fingerprint: fingerprint).payload, for: binding)
    }
}

extension SearchRequest {
    /// What the pages of one search have in common: all that decides the ranking, but not the size of a page.
    var pagedContent: [UInt8] {
        var bytes = Array("\(mode.rawValue)\u{0}\(fusion?.rawValue ?? "")\u{0}\(collection ?? "")\u{0}".utf8)
        bytes += "\(syntax.rawValue)\u{0}\(typos)\u{0}".utf8
        if let expression { bytes += expression.json.encoded() }
        bytes.reserveCapacity(bytes.count + 64 + query.utf8.count + 4 * (embedding?.count ?? 0))
        let numbers = [
            keywordWeight ?? -1, vectorWeight ?? -1, k ?? -1, minScore ?? -1, minVectorScore ?? -2, Double(ef ?? 0),
            isExact ? 1 : 0,
            diversity,
        ]
        for number in numbers {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for number in embedding ?? [] {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += query.utf8
        bytes += "\u{0}\(metadata.pagedContent)".utf8
        return bytes
    }
}
