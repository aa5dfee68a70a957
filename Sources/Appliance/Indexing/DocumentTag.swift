import Access

/// The strong entity tag of one version of a document, quotes included: equal tags, equal representation, byte for byte.
///
/// It is made of what is stored, so it outlives restarts; a version that comes back later has another time and another tag.
package struct DocumentTag: Sendable, Hashable {
    package let text: String

    /// - Parameters:
    ///   - contentHash: ``StoredDocument/contentHash``.
    ///   - updatedAt: Milliseconds since 1970.
    package init(collection: String, id: String, contentHash: [UInt8], updatedAt: Int64) {
        // Neither name holds a NUL.
        var record = Array("carrel document 1\u{0}\(collection)\u{0}\(id)\u{0}".utf8)
        withUnsafeBytes(of: updatedAt.littleEndian) { record.append(contentsOf: $0) }
        text = EntityTags.strong(of: record + contentHash)
    }
}

/// What a document, or the settings of a collection, must be for a change of it to be made: `If-Match` and `If-None-Match`
/// of RFC 9110.
///
/// It is asked in the writer's own turn, so that nothing comes between the question and the change.
package struct WriteCondition: Sendable {
    private let matching: EntityTags?
    private let notMatching: EntityTags?

    /// - Parameters:
    ///   - matching: The document must be one of these.
    ///   - notMatching: The document must be none of these.
    package init(matching: EntityTags?, notMatching: EntityTags? = nil) {
        self.matching = matching
        self.notMatching = notMatching
    }

    /// - Parameter current: The tag of what there is; nil if there is nothing.
    func holds(for current: String?) -> Bool {
        if let matching {
            guard let current, matching.namesStrongly(current) else { return false }
        }
        if let notMatching, let current, notMatching.names(current) { return false }
        return true
    }
}
