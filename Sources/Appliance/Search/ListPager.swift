import Access

/// Which page of a list is asked for.
struct PageRequest: Sendable {
    var limit: Int
    var cursor: String?
}

/// The place of one page in a list; makes the cursors that lead on.
///
/// A cursor holds a fingerprint of what is listed and the texts of the last entry's place, so a list goes on behind an entry
/// that is gone by then.
package struct ListPager: Sendable {
    package static let indexChanged =
        "index_changed: the list changed since the first page; some may repeat or be missing"

    private let cursors: CursorSeal
    private let list: String
    private let request: [String]
    private let content: @Sendable () -> [UInt8]
    /// The place to go on behind; nil at the start.
    package let place: [String]?
    /// What to tell of changes since the page before.
    package let warnings: [String]

    private static let fingerprintLength = 8

    /// - Parameters:
    ///   - list: Its name.
    ///   - request: What its pages have in common.
    ///   - fingerprint: Everything that, if it changes, makes it another list; asked for only by lists of several pages.
    ///   - placeCount: Texts in a place.
    /// - Throws: ``ApplianceError/invalidCursor`` when the cursor is another's.
    package init(
        _ cursor: String?, list: String, request: [String],
        fingerprint: @autoclosure @escaping @Sendable () -> [UInt8], placeCount: Int, cursors: CursorSeal
    ) throws(ApplianceError) {
        self.cursors = cursors
        self.list = list
        self.request = request
        content = fingerprint
        guard let cursor else {
            place = nil
            warnings = []
            return
        }
        let payload = try cursors.open(cursor, for: Self.binding(cursors, list, request))
        let place = payload.dropFirst(Self.fingerprintLength).split(separator: 0, omittingEmptySubsequences: false)
            .compactMap { String(validating: $0, as: UTF8.self) }
        guard place.count == placeCount else { throw .invalidCursor }
        self.place = place
        let isSame = payload.prefix(Self.fingerprintLength).elementsEqual(Self.fingerprint(of: fingerprint()))
        warnings = isSame ? [] : [Self.indexChanged]
    }

    private static func fingerprint(of content: [UInt8]) -> ArraySlice<UInt8> {
        Digest.sha256(content).prefix(fingerprintLength)
    }

    private static func binding(_ cursors: CursorSeal, _ list: String, _ request: [String]) -> CursorSeal.Binding {
        cursors.binding(list, Array(request.map { "\($0.utf8.count):\($0)" }.joined().utf8))
    }

    /// What leads to the page behind the entry at this place; its texts hold no NUL.
    package func cursor(after place: [String]) -> String {
        cursors.close(
            Self.fingerprint(of: content()) + Array(place.joined(separator: "\u{0}").utf8),
            for: Self.binding(cursors, list, request))
    }
}
