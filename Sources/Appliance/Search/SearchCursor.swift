import Access
package import Columns
import JSON

/// Where the next page of a search starts.
struct SearchCursor: Equatable {
    var offset: Int
    var depth: Int
    /// What the clock said at the first page, in seconds since 1970; 0 where nobody looked.
    var now: Int64 = 0
    /// What another model said of the first documents; empty: nothing, nil: it was not to be asked.
    var rerankScores: [Float]?
    /// ``SearchResponse/indexFingerprint`` of the page before.
    var fingerprint: String

    /// Offset, depth, the halves of the clock's moment, how many scores follow and one more (0 for none at all) and their
    /// bits, in four bytes each, little-endian; then the fingerprint.
    var payload: [UInt8] {
        let scores = rerankScores ?? []
        let moment = UInt64(bitPattern: now)
        let numbers =
            [
                UInt32(offset), UInt32(depth), UInt32(truncatingIfNeeded: moment), UInt32(moment >> 32),
                rerankScores == nil ? 0 : UInt32(scores.count) + 1,
            ] + scores.map(\.bitPattern)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * numbers.count + fingerprint.utf8.count)
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        return bytes + Array(fingerprint.utf8)
    }

    init(offset: Int, depth: Int, now: Int64 = 0, rerankScores: [Float]? = nil, fingerprint: String) {
        self.offset = offset
        self.depth = depth
        self.now = now
        self.rerankScores = rerankScores
        self.fingerprint = fingerprint
    }

    /// - Throws: ``ApplianceError/invalidCursor``.
    init(payload: [UInt8]) throws(ApplianceError) {
        guard payload.count > 20 else { throw .invalidCursor }
        func number(_ place: Int) -> Int { (0..<4).reduce(0) { $0 | Int(payload[4 * place + $1]) << (8 * $1) } }
        offset = number(0)
        depth = number(1)
        now = Int64(number(2)) | Int64(truncatingIfNeeded: number(3)) << 32
        let count = number(4)
        let end = 20 + 4 * max(0, count - 1)
        guard count <= RerankSettings.documentRange.upperBound + 1, payload.count > end else { throw .invalidCursor }
        if count > 0 { rerankScores = (5..<4 + count).map { Float(bitPattern: UInt32(number($0))) } }
        fingerprint = String(decoding: payload[end...], as: UTF8.self)
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
    /// What the clock said at the first page.
    package private(set) var now: FieldDate
    /// What another model said of the first documents, once it is known: kept for the pages that follow.
    package var rerankScores: [Float]?
    /// Of the index that answers.
    private let fingerprint: String
    /// Whether the index is another one than that of the page before.
    package private(set) var hasIndexChanged = false

    /// - Throws: ``ApplianceError/invalidCursor`` when the request's cursor is another's.
    /// - Parameter now: Seconds since 1970, where the request looks at the clock.
    package init(
        _ request: SearchRequest, fingerprint: String, cursors: CursorSeal, now: Int64 = 0
    ) throws(ApplianceError) {
        self.cursors = cursors
        self.fingerprint = fingerprint
        binding = cursors.binding("search", request.pagedContent)
        depth = max(request.depth, min(request.limit, SearchRequest.depthRange.upperBound))
        self.now = FieldDate(seconds: now)
        guard let text = request.cursor else { return }
        let cursor = try SearchCursor(payload: try cursors.open(text, for: binding))
        offset = cursor.offset
        depth = cursor.depth
        self.now = FieldDate(seconds: cursor.now)
        rerankScores = cursor.rerankScores
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
        let place = SearchCursor(
            offset: next, depth: depth, now: now.microseconds / 1_000_000, rerankScores: rerankScores,
            fingerprint: fingerprint)
        return cursors.close(place.payload, for: binding)
    }
}

extension FieldDate {
    fileprivate init(seconds: Int64) {
        self.init(microseconds: seconds.multipliedReportingOverflow(by: 1_000_000).partialValue)
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
        (embedding ?? []).withUnsafeBytes { bytes.append(contentsOf: $0) }
        bytes += query.utf8
        bytes += "\u{0}\(metadata.pagedContent)".utf8
        if !shaping.isEmpty { bytes += shaping.json }
        return bytes
    }
}
